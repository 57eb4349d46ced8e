# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: perf bench sched pipe in a cgroup of its own: instructions of the machine for a round trip
# unit: instructions
# ideal: as few as can be
# target: pipe at most 9500; a level more: 400
# groups: a:100
# cpus: 2

run() {
	report pipe "$(pipe a)"
}
