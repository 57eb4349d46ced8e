# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a task that wakes up beside hogs runs at once, whether they are its own node's or another's
# time: instructions

tracing=/sys/kernel/tracing

setup() {
	cat >tree.ini <<-'END'
		[quick]
		cgroup = /quick
		sched = qmap
		create = yes
		[hogs]
		cgroup = /hogs
		sched = qmap
		create = yes
		[more]
		cgroup = /more
		sched = fifo
		create = yes
	END
	start_loader tree.ini
}

# wakes CGROUP: for a second, how long a task takes from waking up to running that sleeps for 1.7 ms, again and again: sets
# the median, and what it takes no longer than in 9 of 10 cases, us
wakes() {
	in_cgroup "$1" sleeper 1730
	echo "pid == $pid" >$tracing/events/sched/sched_waking/filter
	echo "next_pid == $pid" >$tracing/events/sched/sched_switch/filter
	: >$tracing/trace
	echo 1 >$tracing/events/sched/sched_waking/enable
	echo 1 >$tracing/events/sched/sched_switch/enable
	sleep 1
	echo 0 >$tracing/events/enable
	read -r times median most < <(awk '
		match($0, / [0-9]+\.[0-9]+: /) { now = substr($0, RSTART + 1, RLENGTH - 3) * 1000000 }
		/sched_waking:/ { woken = now }
		/sched_switch:/ && woken { printf "%.0f\n", now - woken; woken = 0 }' $tracing/trace | sort -n | awk '
		{ v[NR] = $1 }
		END { print NR, v[int(NR / 2) + 1], v[int(NR * 0.9) + 1] }')
	echo "in $1: $times wake-ups, half of them within $median us, 90 % within $most"
	((times >= 200)) || fail "in $1: only $times wake-ups in a second"
	kill_all "$pid"
}

run() {
	local times median most
	in_cgroup hogs hogs 8
	wakes quick
	((median <= 50)) || fail 'it waits for hogs of another node'
	wakes hogs
	((median <= 50)) || fail 'it waits for hogs of its own node'
	in_cgroup more hogs 4
	# once in a while the emulator's turns on the CPUs fall together with the task's
	for _ in 1 2 3; do
		wakes quick
		((most > 50)) || return 0
	done
	fail 'it waits for hogs of two nodes'
}

cleanup() {
	echo 0 >$tracing/events/enable
	echo 0 >$tracing/events/sched/sched_waking/filter
	echo 0 >$tracing/events/sched/sched_switch/filter
	: >$tracing/trace
	end_workloads
}
