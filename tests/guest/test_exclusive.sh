# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: cids of one's own: all of them when the owner wants them, at once; lent when not; nobody starves beside a busy owner
# time: instructions
# takes: 80

setup() {
	cat >tree.ini <<-'END'
		[own]
		cgroup = /own
		sched = qmap
		cpus = exclusive:2
		weight = 1
		create = yes
		[others]
		cgroup = /others
		sched = qmap
		weight = 300
		create = yes
	END
	mkfifo never
	start_loader tree.ini
}

# look: what the clock and the cgroups are at, in us. Nothing is started for it: that takes its time here.
look() {
	now=${EPOCHREALTIME/./}
	read -r _ own </sys/fs/cgroup/own/cpu.stat
	read -r _ others </sys/fs/cgroup/others/cpu.stat
}

# shares WHAT: over 1 s, after 0.4: hundredths of a CPU for own ($own) and others ($others)
shares() {
	local now began own_before others_before
	sleep 0.4
	look
	began=$now own_before=$own others_before=$others
	sleep 1
	look
	own=$((100 * (own - own_before) / (now - began)))
	others=$((100 * (others - others_before) / (now - began)))
	echo "$1: own $own, others $others hundredths of a CPU"
}

run() {
	local own others cpus hogs=() captive queued preempted i
	assert_match '^(0-1|2-3)$' "$(node own cids)" 'cids of its own'
	assert_eq null "$(node others cids)" 'cids of the others'
	assert_eq '2 0' "$(node own nr_cids) $(node others nr_cids)" 'how many these are'
	cpus=$(node own cpus)

	for ((i = 0; i < 6; i++)); do
		hog others
	done
	shares 'the owner sleeps'
	((others >= 320)) || fail 'an idle cid is not lent'

	for ((i = 0; i < 3; i++)); do
		hog own
		hogs+=("$pid")
	done
	shares 'all are busy'
	((own >= 165)) || fail 'the owner does not get what is its own'
	((own <= 210)) || fail 'the owner gets more than is its own'
	((others >= 130)) || fail 'the others do not get the rest'

	# a task of the others that may run nowhere else, and a hog of root's own, while the owner is busy
	taskset -c "${cpus%%[,-]*}" cgexec -g cpu:others sh -c 'while :; do :; done' &
	captive=$!
	taskset -c "${cpus%%[,-]*}" sh -c 'while :; do :; done' &
	assert_runs $captive $!
	shares 'others are confined to its cids'
	assert_runs $captive $!
	((own >= 110)) || fail 'those confined there take too much'
	kill_all $captive $! "${hogs[@]}"

	# it takes them back when it wakes
	in_cgroup own bash -c 'exec 3<>never; while :; do read -rt 0.02 -u 3; done'
	sleep 1
	read -r preempted queued < <(node own '| "\(.nr_preempt) \(.nr_enqueued)"')
	wait_until 30 node_is own nr_preempt -ge $((preempted + 100))
	queued=$(($(node own nr_enqueued) - queued)) preempted=$(($(node own nr_preempt) - preempted))
	echo "$preempted wake-ups took a cid back, $queued were queued"
	((preempted >= 4 * queued)) || fail 'most wake-ups of the owner were queued'
	assert_eq 'attached attached' "$(node own state) $(node others state)"

	comes_and_goes
	end_workloads
	rmdir /sys/fs/cgroup/own # it had tasks when its scheduler was detached
	stop_loader
}

# Over the socket: what it had is given back, and to others then
comes_and_goes() {
	local own others
	expect_refusal "scx-loader: [more] wants 2 cids of its own, and of the 4 that there are 1 can be given
hint: lower it: one must be left to others" scx-loader attach -o create=yes -o cpus=exclusive:2 /more fifo
	scx-loader detach /own
	hog others
	shares 'nothing is owned'
	((others >= 320)) || fail 'the cids did not come back'
	scx-loader attach -o create=yes -o cpus=exclusive:75% /more fifo
	assert_eq 1-3 "$(node more cids)" 'cids of its own'
	scx-loader detach /more
	scx-loader attach -o create=yes -o cpus=exclusive:0,2 /more fifo
	assert_eq 0,2 "$(node more cids)" 'cids of its own'
	scx-loader detach /more
}
