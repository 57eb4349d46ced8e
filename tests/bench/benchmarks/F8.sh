# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: a task woken 100 times a second, one SCHED_FIFO, among 63 idle cgroups and 8 busy: time to run
# unit: us
# ideal: as fifo's
# groups: a:100 idle{1..63}:100 busy{1..8}:100
# only: eevdf qmap-root qmap-subs ours1

run() {
	local i
	for i in {1..8}; do
		busy "busy$i" 1
	done
	wake_latency a '' 10000
}
