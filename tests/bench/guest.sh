#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# guest.sh SCHEDULER RUNS BENCHMARK...: run the benchmarks under the scheduler. For bench.sh, which reads the lines
#
#	@row BENCHMARK,SCHEDULER,RUN,METRIC,VALUE,UNIT,NOTE
#
# When there is no value, VALUE and METRIC are "-", and the note says why. The scheduler is started for every benchmark
# anew: what one leaves behind in its queues is not the next one's.

set -uo pipefail
# shellcheck source=tests/guest/lib.sh
. /scx/lib.sh
bench=$(dirname "$(realpath "$0")")
# shellcheck source=tests/bench/lib.sh
. "$bench/lib.sh"
sched=$1 runs=$2 file='' groups=''
shift 2
# shellcheck disable=SC1090
. "$bench/schedulers/$sched.sh"

# The clock runs fast while the guest waits for the host's disk: what the benchmarks run is read beforehand, and times
# after which something counts as failed are long.
TIME_SCALE=40
limit=2000 # seconds for a run
cat /usr/bin/{bash,cgexec,perf,hackbench,chrt,sleep,timeout,awk,sort,find} /usr/lib/scx-test/* /usr/sbin/scx-loader \
	"$(dirname "$bench")/scx_qmap" /usr/lib/x86_64-linux-gnu/*.so* >/dev/null 2>&1

# make_group PATH: and those above it, each able to have others below
make_group() {
	local above='' part
	IFS=/ read -ra parts <<<"${1#/}"
	for part in "${parts[@]}"; do
		echo +cpu >"$cgroups$above/cgroup.subtree_control"
		above+=/$part
		mkdir -p "$cgroups$above"
	done
}

make_groups() {
	local group
	for group in $groups; do
		make_group "$base/${group%:*}"
		echo "${group#*:}" >"$cgroups$base/${group%:*}/cpu.weight"
	done
}

remove_groups() {
	find "$cgroups" -mindepth 1 -depth -type d -exec rmdir {} +
}

# row RUN METRIC VALUE [NOTE]
row() {
	echo "@row $name,$sched,$1,$2,$3,$(header "$file" unit),${4-}"
}

# why FILE: the first line of what was said, as a note
why() {
	local said
	said=$(grep -m 1 . "$1" | tr -s ',"\t ' ' ')
	echo "${said:-no reason given}"
}

# The whole of a benchmark: a process of its own, which may end with `fail` anywhere.
session() {
	local number metric value
	trap 'clean_up' EXIT
	start
	for ((number = 1; number <= runs; number++)); do
		measure_once || fail "$(why said)"
		end_workloads
		while read -r metric value; do
			row "$number" "$metric" "$value"
		done <values
	done
	stop
	loader_pid=''
}

measure_once() {
	local status=0
	timeout -k 5 $limit "$bench/measure" "$sched" "$name" >values 2>said || status=$?
	((status != 124)) || echo "not done within $limit s" >>said
	return "$status"
}

clean_up() {
	# shellcheck disable=SC2046 # none or more
	kill -KILL $(jobs -p) 2>/dev/null || true
	end_workloads
}

# What ended the session may have left a scheduler behind: SysRq-S ends every one.
recover() {
	scx_is disabled || echo S >/proc/sysrq-trigger
	wait_until 30 scx_is disabled
	rm -rf /sys/fs/bpf/*
}

for name; do
	file=$bench/benchmarks/$name.sh
	groups=$(groups_of "$file")
	# shellcheck disable=SC2034 # ours.sh has use for it
	tasks=$(header "$file" tasks)
	make_groups
	(session) 2>reason || {
		recover
		row 0 - - "$(why reason)"
	}
	remove_groups
done
