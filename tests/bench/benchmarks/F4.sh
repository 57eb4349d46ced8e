# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: a task that a timer wakes every 1.73 ms, in a, beside 8 busy threads in b of the same weight: from waking to running; as control, a SCHED_FIFO task; and what the busy ones keep of what the two leave
# unit: us
# ideal: as fifo's, kept 100 %
# groups: a:100 b:100

run() {
	busy b 8
	wake_latency a b
}
