# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# sched: upstream's scx_qmap as root, which has all tasks

# shellcheck source=tests/bench/peers.sh
. "$bench/peers.sh"

start() {
	start_peer root.log started scx_qmap -i 1000000
}

stop() {
	stop_peers
}

running() {
	[[ $(</sys/kernel/sched_ext/root/ops) == qmap ]]
}
