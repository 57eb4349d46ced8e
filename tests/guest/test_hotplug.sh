# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: CPUs go and come back under load: nobody ends, tasks go on, and afterwards every CPU is used
# takes: 70

rounds=3

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

turn() {
	echo "$2" >"/sys/devices/system/cpu/cpu$1/online"
}

# All are still there, and get on with their work.
check_all() {
	local name before
	for name in web batch; do
		assert_eq attached "$(node $name state)" "state of $name"
		before=$(node $name nr_dispatched)
		wait_until 10 node_is $name nr_dispatched -gt $((before + 20))
	done
	assert_runs "${hogs[@]}"
}

# Time that a CPU has run tasks for, in ticks
busy() {
	awk -v cpu="cpu$1" '$1 == cpu { print $2 + $3 + $4 }' /proc/stat
}

is_busier() {
	(($(busy "$1") >= $2))
}

# As many busy tasks as CPUs use them all.
check_used() {
	local cpu
	local -a before
	hog web
	hog web
	hog batch
	hog batch
	for cpu in 0 1 2 3; do
		before[cpu]=$(busy $cpu)
	done
	for cpu in 0 1 2 3; do
		wait_until 10 is_busier $cpu $((before[cpu] + 50))
	done
}

run() {
	local round hogs=()
	in_cgroup web sh -c 'while hackbench -g 1 -l 50; do :; done >/dev/null'
	in_cgroup batch sh -c 'while hackbench -g 1 -l 50; do :; done >/dev/null'
	hog web
	hogs+=("$pid")
	hog batch
	hogs+=("$pid")
	for ((round = 0; round < rounds; round++)); do
		turn 3 0
		check_all
		turn 2 0
		check_all
		assert_eq 0-1 "$(cat /sys/devices/system/cpu/online)" 'CPUs that are on'
		turn 2 1
		turn 3 1
		check_all
	done
	end_workloads
	check_used
	end_workloads
	stop_loader
}

cleanup() {
	end_workloads
	turn 2 1
	turn 3 1
}
