# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What a benchmark stands on. A benchmark is a file benchmarks/NAME.sh that opens with lines like these:
#
#	# bench: one line that says what is measured
#	# unit: of its values
#	# ideal: METRIC VALUE, METRIC VALUE ...
#	# groups: the cgroups it wants, each PATH:WEIGHT; every one gets a scheduler of its own where there are any
#	# cpus: N		(default 4)
#	# only: SCHEDULER...	(default all)
#
# and defines run(), one measurement, which calls `report METRIC VALUE`. It runs under `set -e`. What it started in
# the cgroups is killed afterwards. When it can't measure it ends with `fail REASON`: then there is no value.
#
# A scheduler is a file schedulers/NAME.sh that opens with "# sched: what it is" and defines start() and stop(), and in
# `base` the cgroup below which a benchmark's cgroups lie. $groups are then made already.
#
# All times are the guest's: nanoseconds count instructions.

base=''
cgroups=/sys/fs/cgroup

# header FILE KEY: what the head of a file says
header() {
	sed -n "s/^# $2: *//p" "$1"
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

# share_out WARMUP SECONDS GROUP...: report how many CPUs each gets over SECONDS, after so long, and their sum
share_out() {
	local warmup=$1 seconds=$2
	shift 2
	shares "$warmup" "$seconds" "${@/#/$cgroups$base/}"
}
