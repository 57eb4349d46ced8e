# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a reload under hackbench in every node adds, removes, moves and re-weights nodes; no task is lost, and the siblings
# test: never stand still for 50 ms
# time: instructions
# timeout: 900

tracing=/sys/kernel/tracing

# Where there is a hackbench. The parent that /area/sinks gets has no tasks of its own: those of its cgroup could be nowhere.
BUSY='/stay /heavy /gone /area/sinks /new'

setup() {
	cat >tree.ini <<-'END'
		[stay]
		cgroup = /stay
		sched = qmap
		weight = 300
		create = yes
		[heavy]
		cgroup = /heavy
		sched = fifo
		weight = 100
		create = yes
		[gone]
		cgroup = /gone
		sched = qmap
		create = yes
		[sinks]
		cgroup = /area/sinks
		sched = fifo
		create = yes
	END
	start_loader tree.ini
	mkdir /sys/fs/cgroup/new
}

# Give a process the last CPU. An attach is seconds of work for an emulated one.
takes_cpu() {
	sysctl -q kernel.sched_rt_runtime_us=-1
	chrt -f -p 1 "$1"
	taskset -p -c 3 "$1" >/dev/null
}

# From the switches of tasks: the longest time that none of a cgroup's was on a CPU, and its CPU time could not grow, ms.
# First come lines "CGROUP PID".
longest_standstill='
NR == FNR { cgroup[$2] = $1; stood[$1] = 0; next }
!/sched_switch:/ { next }
{
	match($0, / [0-9]+\.[0-9]+: /)
	now = substr($0, RSTART + 1, RLENGTH - 3) * 1000
	match($0, /\[[0-9]+\]/)
	cpu = substr($0, RSTART, RLENGTH)
	was = on[cpu]
	match($0, / next_pid=[0-9]+/)
	is = on[cpu] = cgroup[substr($0, RSTART + 10, RLENGTH - 10)]
}
was == is { next }
was && !--running[was] { since[was] = now }
is && !running[is]++ && is in since && now - since[is] > stood[is] {
	stood[is] = now - since[is]
	ended[is] = now / 1000
}
END { for (c in stood) printf "%s stood still for at most %.1f ms, until %.3f, in %d events\n", c, stood[c], ended[c], FNR }'

has_tasks() {
	[[ $(wc -l <"/sys/fs/cgroup$1/cgroup.procs") == "$2" ]]
}

# the tasks of a cgroup's hackbench, but for the first, which waits for the others
tasks() {
	sed 1d "/sys/fs/cgroup$1/cgroup.procs"
}

# all_run PID...: each has run since ${ran[PID]}
all_run() {
	local pid
	for pid; do
		has_run "$pid" "${ran[$pid]}" || return
	done
}

run() {
	local cgroup pid pids=() longest events
	local -A ran
	for cgroup in $BUSY; do
		in_cgroup "$cgroup" taskset -c 0-2 hackbench -g 1 -f 5 -l 100000000 >/dev/null
		wait_until 10 has_tasks "$cgroup" 11
		mapfile -t -O ${#pids[@]} pids < <(tasks "$cgroup")
	done
	for cgroup in /stay /heavy; do
		tasks "$cgroup" | sed "s|^|$cgroup |"
	done >siblings

	sed -i -e 's/^weight = 100$/weight = 300/' -e '/^\[gone\]/,/^create/d' tree.ini
	cat >>tree.ini <<-'END'
		[area]
		cgroup = /area
		sched = fifo
		[new]
		cgroup = /new
		sched = fifo
	END
	takes_cpu "$loader_pid"
	takes_cpu $$
	echo 20000 >$tracing/buffer_size_kb
	echo mono >$tracing/trace_clock
	: >$tracing/trace
	echo 1 >$tracing/events/sched/sched_switch/enable
	assert_match "^set weight of 'heavy' to 300
detach 'gone' from '/gone': it is not in the file
detach 'sinks' from '/area/sinks': its parent becomes 'area'
attach 'area' \(fifo\) to '/area'
attach 'sinks' \(fifo\) to '/area/sinks', [0-9.]+ s after it was detached
attach 'new' \(fifo\) to '/new'$" "$(scx-loader reload)" 'steps of the reload'
	echo 0 >$tracing/events/enable

	assert_eq '0' "$(awk '/^(overrun|dropped events):/ { lost += $NF } END { print lost }' $tracing/per_cpu/cpu*/stats)" 'events that were lost'
	for cgroup in $BUSY; do
		has_tasks "$cgroup" 11 || fail "not 11 tasks in $cgroup"
	done
	for pid in "${pids[@]}"; do
		ran[$pid]=$(run_ns "$pid")
	done
	wait_until 10 all_run "${pids[@]}"
	assert_eq '300 area attached attached attached attached' "$(node heavy weight) $(node sinks parent) $(
		for node in stay heavy sinks new; do node $node state; done | xargs)"
	end_workloads
	awk "$longest_standstill" siblings $tracing/trace | tee stood
	while read -r cgroup _ _ _ _ _ longest _ _ _ _ events _; do
		((events > 10000)) || fail 'too little was seen'
		((${longest%.*} < 50)) || fail "$cgroup stood still for $longest ms"
	done <stood
	stop_loader
}

cleanup() {
	echo 0 >$tracing/events/enable
	: >$tracing/trace
	echo local >$tracing/trace_clock
	sysctl -q kernel.sched_rt_runtime_us=950000
	end_workloads
	find /sys/fs/cgroup -mindepth 1 -depth -type d -exec rmdir {} \;
}
