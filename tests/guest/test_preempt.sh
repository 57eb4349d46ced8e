# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a task that sleeps a lot interrupts hogs when it wakes up, of other nodes and of its own, unless the tunables forbid it

setup() {
	cat >tree.ini <<-'END'
		[eager]
		cgroup = /eager
		sched = qmap
		create = yes
		[patient]
		cgroup = /patient
		sched = fifo
		preempt_us = 0
		preempt_own_us = 0
		create = yes
		[hogs]
		cgroup = /hogs
		sched = qmap
		create = yes
	END
	mkfifo never
	start_loader tree.ini
}

# sleeper CGROUP: 20 ms asleep, then up for a moment; again and again, in one process
sleeper() {
	in_cgroup "$1" bash -c 'exec 3<>never; while :; do read -rt 0.02 -u 3; done'
}

counters() {
	node "$1" '| "\(.nr_preempt) \(.nr_enqueued) \(.nr_direct)"'
}

run() {
	local preempted queued direct more_preempted more_queued more_direct
	for _ in 1 2 3 4 5 6 7 8; do
		hog hogs
	done
	hog patient
	hog patient
	sleeper eager
	sleeper hogs
	sleeper patient
	sleep 2
	read -r preempted queued direct < <(counters eager)
	wait_until 30 node_is eager nr_preempt -ge $((preempted + 100))
	read -r more_preempted more_queued more_direct < <(counters eager)
	preempted=$((more_preempted - preempted)) queued=$((more_queued - queued)) direct=$((more_direct - direct))
	echo "eager: $preempted wake-ups interrupted others, $queued were queued, $direct sent directly"
	((preempted >= 2 * queued)) || fail 'most wake-ups were queued, not run at once'
	((preempted <= direct)) || fail 'more interruptions than tasks sent directly'

	read -r preempted _ < <(counters hogs)
	wait_until 30 node_is hogs nr_preempt -ge $((preempted + 100))

	read -r preempted queued _ < <(counters patient)
	assert_eq 0 "$preempted" 'interruptions by a node that may not'
	((queued >= 20)) || fail "a node that may not interrupt queued only $queued tasks"
}
