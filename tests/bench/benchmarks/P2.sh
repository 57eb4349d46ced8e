# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: hackbench -g 4 -l 200 in a cgroup of its own: seconds
# unit: seconds
# ideal: as few as can be
# groups: a:100

run() {
	report sockets "$(hackbench_in a)"
	report pipes "$(hackbench_in a -p)"
}

hackbench_in() {
	local group=$1
	shift
	run_in "$group" hackbench -g 4 -l 200 "$@" | awk '/^Time:/ { print $2 }'
}
