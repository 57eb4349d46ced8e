# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: perf bench sched pipe beside 64 idle siblings, each with a scheduler: instructions for a round trip
# unit: instructions
# ideal: the same with 1 as with 64
# target: pipe at most 1.05 times P4-1
# groups: a:100 idle{1..64}:100
# cpus: 2
# only: eevdf qmap-root qmap-subs floor ours1

run() {
	report pipe "$(pipe a)"
}
