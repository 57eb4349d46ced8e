# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: tasks of a group share a CPU as their nice values say, SCHED_BATCH as any other and SCHED_IDLE what is left, be there
# test: one more of them than CPUs or many; in no node and in nodes
# time: instructions
# smp: 1

# shellcheck source=measure.sh
. /scx/measure.sh

declare -A weight=([-5]=3121 [0]=1024 [5]=335 [10]=110 [19]=15 [batch]=1024 [idle]=3) # the kernel's

setup() {
	cat >tree.ini <<-'END'
		[q]
		cgroup = /q
		sched = qmap
		create = yes
		[f]
		cgroup = /f
		sched = fifo
		create = yes
	END
	group /plain
	go_ahead
	start_loader tree.ini
}

# hog KIND: by nice value or policy
hog() {
	case $1 in
	batch) load_in "$path" chrt -b 0 hogs 1 ;;
	idle) load_in "$path" chrt -i 0 hogs 1 ;;
	*) load_in "$path" nice -n "$1" hogs 1 ;;
	esac
}

# shares KIND...: a hog of each gets its part of what all get, but for two slices in all that time. SCHED_IDLE may have some
# more: what it waits for has a bound, its weight has next to none.
shares() {
	local kind pids=() got=() all=0 sum=0 slack i
	for kind; do
		hog "$kind"
		pids+=("$pid")
		all=$((all + weight[$kind]))
	done
	measure 0.5 4 "${pids[@]}"
	end_loads "$path"
	for i in "${got[@]}"; do sum=$((sum + i)); done
	expect "$where, $*: all" 930 "$sum" 1000
	for ((i = 1; i <= $#; i++)); do
		slack=2
		[[ ${!i} != idle ]] || slack=8
		expect_near 3 $slack "$where, $*: ${!i}" $((sum * ${weight[${!i}]} / all)) "${got[i - 1]}"
	done
}

# in_place WHERE PATH
in_place() {
	local where=$1 path=$2
	shares 0 5
	shares 0 0 19
	shares -5 0 0 batch 10 idle
}

run() {
	in_place 'no node' /plain
	in_place qmap /q
	in_place fifo /f
	verdict
}
