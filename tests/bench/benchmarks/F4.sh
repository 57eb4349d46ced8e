# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: 8 busy threads in b; tasks in a woken by timers, one SCHED_FIFO: time to run, and what is kept for b
# unit: us
# ideal: as fifo's, kept 100 %
# target: p90 at most 10, p99 at most 1.2 times fifo-p99, kept-% at least 97
# groups: a:100 b:100

run() {
	busy b 8
	wake_latency a b
}
