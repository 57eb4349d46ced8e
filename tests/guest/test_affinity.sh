# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a task runs on the CPUs that it may use and on no other, and is not starved there by tasks that may use all
# takes: 55

setup() {
	cat >tree.ini <<-'END'
		[web]
		cgroup = /web
		sched = qmap
		create = yes
		[batch]
		cgroup = /batch
		sched = fifo
		create = yes
	END
	start_loader tree.ini
}

# runs_on CPU PID: the CPU that it runs on, or ran on last
runs_on() {
	[[ $(cut -d' ' -f39 "/proc/$2/stat") == "$1" ]]
}

# stays_on CPU PID: it may run on that CPU only, and does
stays_on() {
	taskset -pc "$1" "$2" >/dev/null
	wait_until 5 runs_on "$1" "$2"
	assert_runs "$2"
	runs_on "$1" "$2" || fail "the task is not on CPU $1 any more"
}

# A task that is bound to a CPU from its start
is_pinned() {
	local cpu pid
	for cpu in 0 1 2 3; do
		taskset -c $cpu cgexec -g "cpu:$1" sh -c 'while :; do :; done' &
		pid=$!
		wait_until 5 grep -q "/$1" /proc/$pid/cgroup
		stays_on $cpu $pid
		kill_all $pid
	done
}

is_moved() {
	local cpu pid
	hog "$1"
	for cpu in 0 3 1 2; do
		stays_on $cpu "$pid"
	done
	# and back to all
	taskset -pc 0-3 "$pid" >/dev/null
	assert_runs "$pid"
	kill_all "$pid"
}

run() {
	local i
	for ((i = 0; i < 4; i++)); do
		hog web
		hog batch
	done
	is_pinned web
	is_pinned batch
	is_moved web
	is_moved batch
	assert_eq 'attached attached' "$(node web state) $(node batch state)"
}
