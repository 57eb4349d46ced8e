# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: hackbench as in P2, bound to one CPU: seconds
# unit: seconds
# ideal: as few as can be
# groups: a:100
# only: eevdf qmap-subs floor ours1

run() {
	report sockets "$(messages a taskset -c 1 hackbench)"
	report pipes "$(messages a taskset -c 1 hackbench -p)"
}
