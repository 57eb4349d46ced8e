# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: the kernel's own tests of cgroups see what is known under EEVDF, in no node and beneath a node
# tier: long
# time: instructions
# timeout: 1800
# takes: 700

# shellcheck source=selftests/lib.sh
. /scx/selftests/lib.sh

run() {
	local place program
	for place in eevdf none node; do
		[[ $place != none ]] || start_node
		for program in $(programs $place) cpu; do
			selftests $place "$program"
		done
	done
	stop_loader
	print_seen eevdf none node
	judge all
}
