# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: the file that is installed has root alone: cgroups share by their weights, a node comes and goes, and a file without a
# test: section is refused and takes nothing away
# time: instructions

# shellcheck source=measure.sh
. /scx/measure.sh

setup() {
	cp /etc/scx-loader/hierarchy.ini tree.ini
	group /light
	group /heavy
	knob /heavy cpu.weight 300
	start_loader tree.ini
}

run() {
	load_in /light hogs 4
	load_in /heavy hogs 4
	measure 1 4 /light /heavy
	expect_near 10 0 'the light one' 1000 "${got[0]}"
	expect_near 10 0 'the heavy one' 3000 "${got[1]}"

	scx-loader attach /light fair
	assert_eq 'root light' "$(status_json | jq -r '.nodes[].name' | xargs)" 'nodes'
	scx-loader reload
	assert_eq 'root' "$(status_json | jq -r '.nodes[].name' | xargs)" 'nodes that the file has'
	: >tree.ini
	assert_match "no section in the file" "$(! scx-loader reload 2>&1)" "a file without a section"
	assert_eq 'root' "$(status_json | jq -r '.nodes[].name' | xargs)" 'nodes after that'
	verdict
}
