# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: a has two CPUs for itself, and a task there works for 10 ms and sleeps for 30; 4 busy threads in b, which may use these CPUs meanwhile: from waking to running; as control, a SCHED_FIFO task that does the same; and what the busy ones keep of what the two leave
# unit: us
# ideal: as fifo's, kept 100 %
# groups: a:100 b:100
# keys: a cpus = exclusive:2
# only: ours1 ours2 ours3

run() {
	busy b 4
	wake_latency a b 30000 10000
}
