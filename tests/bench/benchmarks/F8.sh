# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: a task that wakes 100 times a second, in a cgroup of its own beside 63 idle ones and 8 with a busy thread, all of the same weight: from waking to running; as control, a SCHED_FIFO task
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
