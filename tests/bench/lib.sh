# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What a benchmark stands on. A benchmark is a file benchmarks/NAME.sh that opens with lines like these:
#
#	# bench: one line that says what is measured
#	# unit: of its values
#	# ideal: METRIC VALUE, METRIC VALUE ...
#	# target: METRIC TEXT, METRIC TEXT ...	what this tree's schedulers are to reach
#	# groups: the cgroups it wants, each PATH:WEIGHT; every one gets a scheduler of its own where there are any
#	# cpus: N		(default 4)
#	# tasks: N		that a scheduler must have room for (default 1024)
#	# keys: PATH KEY = VALUE	for the cgroup's section, where the scheduler is of this tree
#	# only: SCHEDULER...	(default all)
#
# and defines run(), one measurement, which calls `report METRIC VALUE`. It runs under `set -e`. What it started in
# the cgroups is killed afterwards. When it can't measure it ends with `fail REASON`: then there is no value.
#
# A scheduler is a file schedulers/NAME.sh that opens with "# sched: what it is", and "# only: BENCHMARK..." where that is
# not all, and defines start() and stop(), and in `base` the cgroup below which a benchmark's cgroups lie. $groups are then
# made already.
#
# All times are the guest's: nanoseconds count instructions.

base=''
cgroups=/sys/fs/cgroup

# header FILE KEY: what the head of a file says
header() {
	sed -n "s/^# $2: *//p" "$1"
}

# groups_of FILE: as in a:100 b{1..3}:100
groups_of() {
	eval echo "$(header "$1" groups)"
}

# report METRIC VALUE
report() {
	echo "$1 $2"
}

# per A B [DIGITS]: A / B
per() {
	awk -v a="$1" -v b="$2" -v digits="${3-3}" 'BEGIN { printf "%.*f\n", digits, a / b }'
}

# group_names: the cgroups of the benchmark, without their weights
group_names() {
	local group
	for group in $groups; do
		echo "${group%:*}"
	done
}

# start_in GROUP COMMAND...: in the background; its process is $pid
start_in() {
	local group=$1
	shift
	in_cgroup "${base#/}${base:+/}$group" "$@"
}

# run_in GROUP COMMAND...: and wait for its end
run_in() {
	local group=$1
	shift
	cgexec -g "cpu:${base#/}${base:+/}$group" "$@" </dev/null
}

# busy GROUP N: N threads that never sleep
busy() {
	start_in "$1" hogs "$2"
}

# pipe GROUP [COMMAND...]: the instructions of the machine for a round trip of perf's pair of tasks, which COMMAND starts.
# The first one after boot reads too high. A microsecond is 1000 instructions.
pipe() {
	perf_pipe "$@" >/dev/null
	perf_pipe "$@"
}

perf_pipe() {
	run_in "$@" perf bench sched pipe -l 20000 | awk '$2 == "usecs/op" { printf "%.0f\n", $1 * 1000 }'
}

# messages GROUP COMMAND...: the seconds that hackbench, COMMAND, takes with 160 tasks and 320,000 messages
messages() {
	run_in "$@" -g 4 -l 200 | awk '/^Time:/ { print $2 }'
}

# share_out WARMUP SECONDS GROUP...: report how many CPUs each gets over SECONDS, after so long, and their sum
share_out() {
	local warmup=$1 seconds=$2
	shift 2
	shares "$warmup" "$seconds" "${@/#/$cgroups$base/}"
}

# node_of CGROUP: the scheduler that is attached there, by the kernel's word
node_of() {
	find /sys/kernel/sched_ext/root -path "*/sub-$(cgroup_inode "$1")/ops" -exec cat {} +
}

# wake_latency GROUP [HOGS] [INTERVAL] [WORK]: report the percentiles of the time from waking to running of a
# task that sleeps so many us, a quarter less or more (default 1730), and of a SCHED_FIFO task that sleeps a
# little longer; and how much of the CPUs that the group leaves HOGS get. Once awake they work for WORK us
# (default: none). The time from a timer to the waking is the emulator's, which runs one CPU after the other.
wake_latency() {
	local interval=${3-1730} work=${4-0} normal fifo
	start_in "$1" sleeper "$interval" "$work" $((interval / 4))
	normal=$pid
	start_in "$1" chrt -f 80 sleeper $((interval + 200)) "$work" $((interval / 4))
	fifo=$pid
	sleep 2
	trace_wakeups "$normal" "$fifo"
	share_out 0 4 "$1" ${2:+"$2"} >shares
	echo 0 >$tracing/tracing_on
	wake_times "$normal" | percentiles
	wake_times "$fifo" | percentiles fifo-
	[[ -z ${2-} ]] || awk -v own="$1" -v all="$(nproc)" '
		$1 == own { used = $2 }
		$1 != own && $1 != "sum" { hogs += $2 }
		END { printf "kept-%% %.1f\n", 100 * hogs / (all - used) }' shares
}

tracing=/sys/kernel/tracing

# trace_wakeups PID...
trace_wakeups() {
	local pids="$*"
	echo 0 >$tracing/tracing_on
	: >$tracing/trace
	echo "pid == ${pids// / || pid == }" >$tracing/events/sched/sched_waking/filter
	echo "next_pid == ${pids// / || next_pid == }" >$tracing/events/sched/sched_switch/filter
	echo 1 >$tracing/events/sched/sched_waking/enable
	echo 1 >$tracing/events/sched/sched_switch/enable
	echo 1 >$tracing/tracing_on
}

# wake_times PID: from the trace, us, in order
wake_times() {
	awk -v woken=" pid=$1 " -v on=" next_pid=$1 " '
		match($0, / [0-9]+\.[0-9]+: /) { now = substr($0, RSTART + 1, RLENGTH - 3) * 1000000 }
		/sched_waking:/ && index($0, woken) { began = now }
		/sched_switch:/ && index($0, on) && began {
			printf "%.0f\n", now - began
			began = 0
		}' $tracing/trace | sort -n
}

# percentiles [PREFIX]: report p50, p90 and p99 of the sorted numbers
percentiles() {
	awk -v prefix="${1-}" '
		{ v[NR] = $1 }
		function at(part) { return v[int((NR - 1) * part) + 1] }
		END {
			if (NR < 50) {
				print "only " NR " wake-ups seen" >"/dev/stderr"
				exit 1
			}
			printf "%sp50 %s\n%sp90 %s\n%sp99 %s\n", prefix, at(0.5), prefix, at(0.9), prefix, at(0.99)
		}'
}
