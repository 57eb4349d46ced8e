# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a sub schedules its own tasks and no others: its counters move by as much as its tasks are woken up, wait and run

setup() {
	cat >tree.ini <<-'END'
		[busy]
		cgroup = /busy
		sched = qmap
		create = yes
		[idle]
		cgroup = /idle
		sched = fifo
		create = yes
	END
	start_loader tree.ini
}

idle_counters() {
	node idle '| [.nr_tasks, .nr_enqueued, .nr_dispatched, .nr_direct, .nr_kept, .nr_reenq, .nr_waits, .used_ns, .slab_used] | tojson'
}

# How often tasks of [busy] were put on a CPU, those that were sent back before they ran not counted
placed() {
	node busy '| .nr_direct + .nr_dispatched + .nr_rescued - .nr_reenq - .nr_reenq_cap'
}

# check_placed COMMAND...: for each wake-up, and each time that they lost the CPU, its tasks must have been placed once.
# What is more is cgexec's, and made by exec, fork and exit.
check_placed() {
	local before after woken taken
	before=$(placed)
	read -r woken taken _ < <(cgexec -g cpu:busy "$@")
	wait_until 5 node_is busy nr_tasks -eq 0
	after=$(placed)
	echo "$*: woken up $woken times, preempted $taken times, placed $((after - before)) times"
	((after - before >= woken && after - before <= woken + taken + 30)) || fail 'not placed as often as they were woken up'
}

# The same where every CPU is taken: by way of the queue. The hogs are placed too, whenever they lose a CPU.
check_queued() {
	local before woken hogs=()
	for _ in 1 2 3 4; do
		hog busy
		hogs+=("$pid")
	done
	assert_runs "${hogs[@]}"
	before=$(node busy nr_dispatched)
	read -r woken _ _ < <(cgexec -g cpu:busy wakes sleep 200)
	kill_all "${hogs[@]}"
	wait_until 5 node_is busy nr_tasks -eq 0
	echo "beside hogs: woken up $woken times, dispatched $(($(node busy nr_dispatched) - before)) times"
	(($(node busy nr_dispatched) - before >= woken)) || fail 'fewer dispatches than wake-ups'
	assert_eq "$(node busy nr_enqueued)" "$(node busy nr_dispatched)" 'dispatched, of those that were queued'
}

# Nobody is interrupted: a task that wakes up beside hogs waits, or, where a CPU is without one for a moment, is placed at
# once. How long is told within a factor of two; the kernel's figure has the way from the queue to the CPU too, and waits of a
# task that was interrupted.
check_waits() {
	local before after woken taken delay direct waits least most hogs=()
	scx-loader set busy preempt_us=0 preempt_own_us=0 >/dev/null
	for _ in 1 2 3 4; do
		hog busy
		hogs+=("$pid")
	done
	assert_runs "${hogs[@]}"
	direct=$(node busy nr_direct)
	before=$(node busy nr_waits | jq -c)
	read -r woken taken delay < <(cgexec -g cpu:busy wakes sleep 200)
	after=$(node busy nr_waits | jq -c)
	direct=$(($(node busy nr_direct) - direct))
	kill_all "${hogs[@]}"
	wait_until 5 node_is busy nr_tasks -eq 0
	read -r waits least most < <(jq -r -n --argjson a "$before" --argjson b "$after" '
		[range(24) | $b[.] - $a[.]] as $n | [range(24) | $n[.] * pow(2; 10 + .)] | add as $most |
		"\($n | add) \($most / 2) \($most)"')
	echo "beside hogs: woken up $woken times, placed at once $direct times, waited $waits times for $least to $most ns, and" \
		"$delay ns by the kernel"
	((waits >= woken / 2 && waits + direct >= woken && waits <= woken + taken + 30)) || fail 'not as many waits as wake-ups'
	((least <= delay * 5 / 4 && delay <= most * 2)) || fail 'not as long as the kernel says'
}

# Twice halted, what the task has run and what was charged stand still; what it ran since a tick may be charged late.
check_used() {
	local ran used
	hog busy
	wait_until 5 node_is busy nr_tasks -eq 1
	kill -STOP "$pid"
	wait_until 5 is_stopped "$pid"
	ran=$(run_ns "$pid")
	used=$(node busy used_ns)
	kill -CONT "$pid"
	wait_until 5 has_run "$pid" $((ran + 500000000))
	kill -STOP "$pid"
	wait_until 5 is_stopped "$pid"
	ran=$(($(run_ns "$pid") - ran))
	used=$(($(node busy used_ns) - used))
	kill_all "$pid"
	echo "a task ran for $ran ns, charged were $used ns"
	((used >= ran - 20000000 && used <= ran + 20000000)) || fail 'not what it ran was charged'
}

is_stopped() {
	[[ $(cut -d' ' -f3 "/proc/$1/stat") == T ]]
}

run() {
	local sleeper before
	in_cgroup idle sleep 1000
	sleeper=$pid
	wait_until 5 node_is idle nr_tasks -eq 1
	before=$(idle_counters)
	check_placed wakes sleep 1000
	check_placed wakes pipe 1000
	check_queued
	check_waits
	check_used
	assert_eq 0 "$(node busy nr_queued)" 'tasks that wait'
	assert_eq "$before" "$(idle_counters)" 'counters of the sub in which nothing runs'
	kill_all "$sleeper"
}
