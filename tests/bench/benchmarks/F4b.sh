# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: the same as F4 with the 8 busy threads in the same cgroup
# unit: us
# ideal: as fifo's
# target: p99 at most EEVDF's
# groups: a:100
# only: eevdf qmap-subs ours1

run() {
	busy a 8
	wake_latency a
}
