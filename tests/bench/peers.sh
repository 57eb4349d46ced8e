# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the schedulers of others have in common: programs that say when they are attached, and detach when they are
# terminated.

peers=()
PATH=$PATH:$HOME # where scx_qmap is

# start_peer LOG REGEX COMMAND...: until its output, in LOG, has the REGEX
start_peer() {
	local log=$1 regex=$2
	shift 2
	"$@" >"$log" 2>&1 </dev/null &
	peers+=($!)
	wait_until 60 has_spoken "$log" "$regex" $!
	grep -q "$regex" "$log" || fail "${1##*/}: $(grep . "$log" | tail -n 1)"
}

has_spoken() {
	grep -q "$2" "$1" || ! kill -0 "$3" 2>/dev/null
}

# The last one first: a sub before its parent
stop_peers() {
	local i
	for ((i = ${#peers[@]} - 1; i >= 0; i--)); do
		kill -TERM "${peers[i]}"
		wait "${peers[i]}" || true
	done
	peers=()
	wait_until 30 scx_is disabled
}

# all_are NAME: root's scheduler and that of every cgroup
all_are() {
	local name
	[[ $(</sys/kernel/sched_ext/root/ops) == "$1" ]] || return
	for name in $(group_names); do
		[[ $(node_of "$base/$name") == "$1" ]] || return
	done
}
