# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: the kernel's own tests of cgroups fail where it is known, in no node and beneath a node, and nowhere else
# time: instructions
# takes: 90
# long timeout: 2400
# long takes: 1000
#
# The longer form has those of shares, too, and EEVDF beside the tree.

# shellcheck source=selftests/lib.sh
. /scx/selftests/lib.sh

run() {
	local place program places=(none node) of_cpu=(test_cpucg_subtree_control test_cpucg_max test_cpucg_max_nested)
	[[ -z ${LONG-} ]] || places=(eevdf none node) of_cpu=()
	for place in "${places[@]}"; do
		[[ $place != none ]] || start_node
		for program in $(programs "$place"); do
			selftests "$place" "$program"
		done
		selftests "$place" cpu "${of_cpu[@]}"
	done
	stop_loader
	print_seen "${places[@]}"
	judge
}
