# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: the kernel's own tests of cgroups see what is known, in no node and beneath a node: those that take seconds
# time: instructions
# takes: 90

# shellcheck source=selftests/lib.sh
. /scx/selftests/lib.sh

run() {
	local place program
	start_node
	for place in none node; do
		for program in $(programs $place); do
			selftests $place "$program"
		done
		selftests $place cpu test_cpucg_subtree_control test_cpucg_max test_cpucg_max_nested
	done
	stop_loader
	print_seen none node
	judge some
}
