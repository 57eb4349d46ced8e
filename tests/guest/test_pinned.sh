# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: tasks that are bound to one busy CPU share it by weight, in nodes and in none, whatever else their groups may use; and
# test: share what a SCHED_FIFO task leaves of it
# time: instructions

# shellcheck source=measure.sh
. /scx/measure.sh

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
		[x]
		cgroup = /x
		sched = fifo
		create = yes
	END
	group /plain
	go_ahead
	start_loader tree.ini
}

# pinned PATH...: a task in each, bound to CPU 2
pinned() {
	local path
	pids=()
	for path; do
		load_in "$path" taskset -c 2 hogs 1
		pids+=("$pid")
	done
}

# share WHAT SECONDS PERCENT IDEAL...: what each of these gets, twice
share() {
	local what=$1 seconds=$2 percent=$3 round i got
	shift 3
	for round in 1 2; do
		measure 0.5 "$seconds" "${pids[@]}"
		for ((i = 1; i <= $#; i++)); do
			expect_near "$percent" 0 "$what, round $round, task $i" "${!i}" "${got[i - 1]}"
		done
	done
}

run() {
	local pids fifo
	load_in /x hogs 4
	pinned /web /batch
	share 'in two nodes' 1 10 500 500
	end_workloads

	load_in /x hogs 4
	pinned /web /batch /plain
	share 'in two nodes and in none' 1 10 333 333 333
	knob /web cpu.weight 300
	share 'and one has weight 300' 1 10 600 200 200
	end_workloads

	# the kernel's servers give what is ordinary 50 ms in each second
	load_in /x taskset -c 0-1,3 hogs 3
	chrt -f 50 taskset -c 2 hogs 1 </dev/null &
	fifo=$!
	disown $fifo
	pinned /batch /plain
	share 'beside a SCHED_FIFO task' 4 30 25 25
	kill -KILL $fifo
	expect_attached web batch x
	verdict
}
