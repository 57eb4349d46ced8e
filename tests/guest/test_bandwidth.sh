# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: nodes get what cpu.max says, at every level, over one period and many, and siblings get the rest; nothing stalls
# timeout: 900
# time: instructions

setup() {
	cat >tree.ini <<-'END'
		[limited]
		cgroup = /limited
		sched = qmap
		create = yes
		[inner]
		cgroup = /limited/inner
		sched = fifo
		create = yes
		[free]
		cgroup = /free
		sched = fifo
		create = yes
	END
	echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
	mkdir /sys/fs/cgroup/limited
	max /limited '50000 100000'
	start_loader tree.ini
}

cleanup() {
	end_workloads
	rmdir /sys/fs/cgroup/limited/inner /sys/fs/cgroup/limited 2>/dev/null || true
}

# max PATH 'QUOTA PERIOD' [BURST]: us
max() {
	echo "$2" >"/sys/fs/cgroup$1/cpu.max"
	echo "${3-0}" >"/sys/fs/cgroup$1/cpu.max.burst"
}

# gets NAME LOWEST HIGHEST: thousandths of a CPU that it got in the last measurement
gets() {
	local got=${cpus[$1]}
	echo "$what: $1 gets $got"
	(($2 <= got && got <= $3)) || fail "$what: $1 gets $got thousandths of a CPU, not $2 to $3"
}

# measure WHAT: over 4 s, what the cgroups get
measure() {
	local name value
	what=$1
	while read -r name value; do
		cpus[$name]=$(awk -v v="$value" 'BEGIN { printf "%.0f\n", v * 1000 }')
	done < <(shares 1.5 4 /sys/fs/cgroup/limited /sys/fs/cgroup/limited/inner /sys/fs/cgroup/free)
	scx_is enabled || fail "$what: the schedulers ended"
}

# throttles: how often /limited used up its quota during a measurement of a task that wants 35 ms of CPU time in each 200
throttles() {
	local before
	before=$(node limited nr_throttled)
	measure "$1"
	times=$(($(node limited nr_throttled) - before))
	echo "$what: used up $times times"
}

run() {
	local what times
	declare -A cpus=()
	in_cgroup /limited/inner sleeper 165000 35000
	max /limited '20000 100000'
	throttles 'without burst'
	((times >= 10)) || fail "$what: not throttled"
	max /limited '20000 100000' 20000
	throttles 'with burst'
	((times <= 2)) || fail "$what: no burst"
	assert_eq '20000 100000 20000' "$(node limited '| "\(.quota_us) \(.period_us) \(.burst_us)"')" 'what status shows'
	end_workloads
	max /limited '50000 100000'
	in_cgroup /limited/inner hogs 4
	measure 'set before the attach'
	gets limited 490 510
	in_cgroup /free hogs 4
	measure 'beside busy siblings'
	gets limited 490 510
	max /limited '150000 100000'
	measure 'more than a CPU'
	gets limited 1470 1530
	max /limited '10000 100000'
	measure 'a tenth'
	gets limited 98 102
	max /limited/inner '5000 50000'
	max /limited '300000 100000'
	measure 'below another'
	gets inner 98 102
	max /limited/inner 'max'
	max /limited 'max'
	measure 'no limit'
	gets limited 1880 2060
	max /limited '1000 100000'
	measure 'a hundredth'
	gets limited 9 11
	max /limited '1000 1000000'
	in_cgroup /limited/inner hogs 96
	for what in 1 2 3; do
		measure "the tightest $what"
		gets limited 0 3
	done
	assert_eq attached "$(node limited state)"
	assert_eq attached "$(node inner state)"
	end_workloads
	stop_loader
}
