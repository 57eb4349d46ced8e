# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# sched: upstream's scx_qmap as root, and one more as a sub for each cgroup

# shellcheck source=tests/bench/peers.sh
. "$bench/peers.sh"

# A cgroup above another one has its scheduler first.
start() {
	local name
	start_peer root.log started scx_qmap -i 1000000
	for name in $(group_names | sort); do
		start_peer "${name//\//-}.log" started scx_qmap -i 1000000 -c "$cgroups/$name"
		[[ $(node_of "/$name") == qmap ]] || fail "scx_qmap refuses a sub beside $((${#peers[@]} - 2)) others"
	done
}

stop() {
	stop_peers
}

# attach CGROUP: one more, while the others run
attach() {
	start_peer late.log started scx_qmap -i 1000000 -c "$cgroups$1"
	[[ $(node_of "$1") == qmap ]]
}

detach() {
	kill -TERM "${peers[-1]}"
	wait "${peers[-1]}" || true
	unset 'peers[-1]'
}

running() {
	all_are qmap
}
