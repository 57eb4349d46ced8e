# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# sched: what sched_ext itself costs: a root and a sub for each cgroup that do as little as possible (tools/floor.bpf.c)

# shellcheck source=tests/bench/peers.sh
. "$bench/peers.sh"

start() {
	local name paths=()
	for name in $(group_names); do
		paths+=("$cgroups/$name")
	done
	start_peer floor.log '^attached' floor "${paths[@]}"
}

stop() {
	stop_peers
}

running() {
	all_are floor
}
