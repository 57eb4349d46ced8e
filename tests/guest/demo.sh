#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# demo.sh: the main job, shown: a file, the tree that it makes, commands in its cgroups, and who scheduled them.
set -eu

conf=/usr/share/doc/scx-loader/demo.ini
log=/tmp/loader.log

show() {
	printf '\n\033[1m$ %s\033[0m\n' "$*"
	"$@"
}

# What belongs to the commands only, not to the reader: no progress, no timing
workload() {
	printf '\n\033[1m$ %s\033[0m\n' "$*"
	"$@" 2>&1 | sed 's/^/    /'
}

# A workload that goes on; its process is the last of ${busy[@]}
busy=()
background() {
	printf '\n\033[1m$ %s &\033[0m\n' "$*"
	"$@" &
	busy+=($!)
}

# What a command shows on a terminal of 80 columns
screen_of() {
	printf '\n\033[1m$ %s\033[0m\n' "$*"
	LC_ALL=C.UTF-8 tmux -L demo -f /dev/null new-session -d -x 80 -y 9 "$@"
	sleep 4
	LC_ALL=C.UTF-8 tmux -L demo capture-pane -p
	tmux -L demo kill-server
}

printf 'Linux %s, %s CPUs, scheduler: %s\n' "$(uname -r)" "$(nproc)" "$(cat /sys/kernel/sched_ext/state)"
show cat $conf

printf '\n\033[1m$ scx-loader -c demo.ini &\033[0m\n'
scx-loader -c $conf >>$log 2>&1 &
loader=$!
until grep -q '^scx-loader: up' $log; do
	kill -0 $loader 2>/dev/null || break
	sleep 0.1
done
cat $log
grep -q '^scx-loader: up' $log

show scx-loader status

workload cgexec -g cpu:web hackbench -g 2 -l 100
background cgexec -g cpu:web/batch stress-ng --quiet --cpu 4 --cpu-method loop
background cgexec -g cpu:batch stress-ng --quiet --cpu 4 --cpu-method loop
sleep 7

show scx-loader status
screen_of scx-loader top
kill "${busy[@]}"
wait "${busy[@]}" || true

# Who scheduled them, in the kernel's own words and in the schedulers' counters
printf '\n\033[1mThe kernel on it:\033[0m\n'
find /sys/kernel/sched_ext/root -name ops -printf '%h ' -exec cat {} \; | sed 's|/sys/kernel/sched_ext/||'
scx-loader status --json | jq -e -r '
	.nodes[] | select(.name != "root") |
	"\(.name): \(.sched) dispatched \(.nr_dispatched + .nr_direct) times, \(.slab_high) of \(.slab_capacity) contexts used at most",
	(if .nr_dispatched + .nr_direct > 0 then empty else error("\(.name) has scheduled nothing") end)'

printf '\n\033[1m$ kill %%1\033[0m\n'
: >$log
kill -TERM $loader
wait $loader
cat $log
printf 'scheduler: %s\n' "$(cat /sys/kernel/sched_ext/state)"
[[ $(cat /sys/kernel/sched_ext/state) == disabled ]]
