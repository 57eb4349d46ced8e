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

printf 'Linux %s, %s CPUs, scheduler: %s\n' "$(uname -r)" "$(nproc)" "$(cat /sys/kernel/sched_ext/state)"
show cat $conf

printf '\n\033[1m$ scx-loader -c demo.ini &\033[0m\n'
scx-loader -c $conf >>$log 2>&1 &
loader=$!
for _ in $(seq 600); do
	grep -q '^scx-loader: up' $log && break
	kill -0 $loader 2>/dev/null || break
	sleep 0.1
done
cat $log
grep -q '^scx-loader: up' $log

show scx-loader status

workload cgexec -g cpu:web hackbench -g 2 -l 100
workload cgexec -g cpu:web/batch stress-ng --quiet --cpu 2 --cpu-method loop --timeout 3
workload cgexec -g cpu:batch stress-ng --quiet --switch 2 --timeout 3

show scx-loader status

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
