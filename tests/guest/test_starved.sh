# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a node with next to no weight waits, but not until the kernel's watchdog ends its scheduler; nor do root's own tasks
# timeout: 600
# time: instructions
# takes: 90
#
# Without a turn a hog of the light node would wait for 40 s.

setup() {
	cat >tree.ini <<-'END'
		[light]
		cgroup = /light
		sched = fifo
		weight = 1
		create = yes
		[heavy]
		cgroup = /heavy
		sched = fifo
		weight = 10000
		create = yes
	END
	start_loader tree.ini
}

# another_turn PID NS: it gets that much more CPU time, from whatever scheduler: when a watchdog came first, the states tell
another_turn() {
	wait_until 60 has_run "$1" $(($(run_ns "$1") + $2))
}

# With the weight of one of root's own tasks this shell and the loader would have a hundredth of a CPU.
go_before_all() {
	chrt -f -p 1 $$
	chrt -a -f -p 1 "$loader_pid"
}

# Root's own tasks have a weight of 1000 beside one of 10000, so 0.36 CPUs: not 0.04, which is 100.
check_own() {
	local ran
	chrt -o 0 sh -c 'while :; do :; done' </dev/null &
	pid=$!
	assert_runs "$pid"
	ran=$(run_ns "$pid")
	sleep 2
	ran=$(($(run_ns "$pid") - ran))
	kill_all "$pid"
	echo "a task of root's own has had $((ran / 1000000)) ms in 2 s"
	((ran > 300000000)) || fail "root's own tasks are starved"
}

run() {
	local pids=() pid
	for _ in 1 2 3 4; do
		hog light
		pids+=("$pid")
	done
	in_cgroup heavy sh -c 'for i in 1 2 3; do while :; do :; done & done; while :; do :; done'
	go_before_all
	check_own
	for pid in "${pids[@]}"; do
		another_turn "$pid" 1000000
	done
	assert_eq 'attached attached' "$(status_json | jq -r '"\(.nodes[1].state) \(.nodes[2].state)"')"
	end_workloads
	stop_loader
}
