# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: as F4, work 10 ms, sleep 30; a has 2 CPUs of its own, which 4 busy threads in b may use meanwhile
# unit: us
# ideal: as fifo's, kept 100 %
# groups: a:100 b:100
# keys: a cpus = exclusive:2
# only: ours1 ours2 ours3

run() {
	busy b 4
	wake_latency a b 30000 10000
}
