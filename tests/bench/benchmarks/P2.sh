# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: hackbench -g 4 -l 200 in a cgroup of its own: seconds
# unit: seconds
# ideal: as few as can be
# target: sockets at most 1.8, pipes at most 0.8
# groups: a:100

run() {
	report sockets "$(messages a hackbench)"
	report pipes "$(messages a hackbench -p)"
}
