# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: no CPU is idle while a task waits that may run there, whatever wakes up, sleeps and is bound to some CPUs
# time: instructions

tracing=/sys/kernel/tracing

setup() {
	cat >tree.ini <<-'END'
		[a]
		cgroup = /a
		sched = qmap
		create = yes
		[b]
		cgroup = /b
		sched = fifo
		weight = 10
		create = yes
		[c]
		cgroup = /c
		sched = qmap
		weight = 1000
		create = yes
	END
	# a task's name tells where it may run: any on all CPUs, low on 0 and 1, high on 2 and 3
	for name in any low high; do
		cp "$(type -P sleeper)" $name
	done
	start_loader tree.ini
}

# churn CGROUP: tasks that together want about a CPU and a half, and sleep and wake up many times a second
churn() {
	in_cgroup "$1" ./any 3100 2000
	in_cgroup "$1" ./any 700 300
	in_cgroup "$1" taskset -c 0,1 ./low 900 500
	in_cgroup "$1" taskset -c 2,3 ./high 1900 700
	in_cgroup "$1" taskset -c 0,1 ./low 5300 900
}

# From the trace: how long altogether a CPU was idle while a task waited for more than 300 us that might have run there,
# and of how long that is, us.
idle_beside_work='
function waits(kind, n) { waiting[kind] += n }
function kind_of(comm) { return comm == "any" || comm == "low" || comm == "high" ? comm : "" }
function look(	bad) {
	bad = (waiting["low"] + waiting["any"] && idle[0] + idle[1]) || (waiting["high"] + waiting["any"] && idle[2] + idle[3])
	if (bad && !began)
		began = now
	if (!bad && began) {
		if (now - began > 300)
			sum += now - began
		if (now - began > longest)
			longest = now - began
		began = 0
	}
}
match($0, / [0-9]+\.[0-9]+: /) {
	now = substr($0, RSTART + 1, RLENGTH - 3) * 1000000
	if (!first)
		first = now
}
function field(name) { return match($0, " " name "=[^ ]+") ? substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 2) : "" }
/sched_switch:/ {
	match($0, /\[[0-9]+\]/)
	cpu = substr($0, RSTART + 1, RLENGTH - 2) + 0
	idle[cpu] = field("next_pid") == 0
	pid = field("prev_pid")
	if (kind_of(field("prev_comm")) && field("prev_state") ~ /^R/ && !(pid in since)) {
		since[pid] = 1
		waits(kind_of(field("prev_comm")), 1)
	}
	pid = field("next_pid")
	if (pid in since) {
		delete since[pid]
		waits(kind_of(field("next_comm")), -1)
	}
	look()
}
/sched_wakeup:/ && kind_of(field("comm")) && !(field("pid") in since) {
	since[field("pid")] = 1
	waits(kind_of(field("comm")), 1)
	look()
}
END { look(); printf "%d %d %d %d\n", sum, longest, now - first, NR }'

run() {
	local wasted longest of events node
	for node in a b c; do
		churn $node
	done
	in_cgroup b taskset -c 3 hogs 1
	sleep 0.5
	: >$tracing/trace
	echo 20000 >$tracing/buffer_size_kb
	echo 1 >$tracing/events/sched/sched_wakeup/enable
	echo 1 >$tracing/events/sched/sched_switch/enable
	sleep 1.2
	echo 0 >$tracing/events/enable
	read -r wasted longest of events < <(awk "$idle_beside_work" $tracing/trace)
	echo "idle beside work for $wasted of $of us, at most $longest at a time; $events events"
	((events >= 3000 && of >= 1000000)) || fail 'too little was seen'
	# the emulator runs one CPU after the other: now and then one waits for a millisecond
	((100 * wasted <= 3 * of)) || fail 'a CPU is idle while a task waits that may run there'
}

cleanup() {
	echo 0 >$tracing/events/enable
	: >$tracing/trace
	end_workloads
}
