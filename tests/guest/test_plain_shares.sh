# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: cgroups get what cpu.weight, cpu.max and cpu.idle promise whether they have a scheduler of their own or not: in no
# test: node, at the eighth level, below a node, and beside and above nodes
# time: instructions
# takes: 60
# timeout: 900

# shellcheck source=measure.sh
. /scx/measure.sh

# below TOP: where each promise is tried: hogs in a, b, c/d and c/e
below() {
	local name
	for name in a b c/d c/e; do
		group "$1/$name"
	done
}

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
		[b]
		cgroup = /mixed/b
		sched = qmap
		create = yes
		[d]
		cgroup = /mixed/c/d
		sched = fifo
		create = yes
	END
	below /1/2/3/4/5/6
	below /q
	below /f
	below /mixed
	go_ahead
	start_loader tree.ini
}

# gets WHAT A B D E: what these groups are to get, in thousandths of a CPU; one that is idle may get a tick now and then
gets() {
	measure 0.5 2.5 "$top"/{a,b,c/d,c/e}
	expect_near 5 25 "$where, $1: a" "$2" "${got[0]}"
	expect_near 5 25 "$where, $1: b" "$3" "${got[1]}"
	expect_near 5 25 "$where, $1: c/d" "$4" "${got[2]}"
	expect_near 5 25 "$where, $1: c/e" "$5" "${got[3]}"
}

# Of four CPUs. A period is short, that many are in what is measured.
shares() {
	local name
	knob "$top/b" cpu.weight 300
	knob "$top/c/e" cpu.weight 300
	for name in a b c/d c/e; do
		load_in "$top/$name" hogs 4
	done
	gets 'weights 100 300 (100 300)' 800 2400 200 600
	knob "$top/a" cpu.max '10000 50000'
	knob "$top/c" cpu.max '25000 50000'
	knob "$top/c/d" cpu.max '5000 50000'
	gets 'a limited to 200, c to 500, d in it to 100' 200 3300 100 400
	knob "$top/a" cpu.max max
	knob "$top/c" cpu.max max
	knob "$top/c/d" cpu.max max
	knob "$top/a" cpu.idle 1
	gets 'a idle' 0 3000 250 750
	knob "$top/a" cpu.idle 0
	end_loads "$top"
}

# A task that wants 35 ms, may have 20 in 100 and then sleeps for 190 has to wait for the next period each time, 300 ms in
# all. With a burst it does not wait.
burst() {
	load_in "$top/a" sleeper 190000 35000
	knob "$top/a" cpu.max '20000 100000'
	measure 1 3 "$top/a"
	expect "$where, no burst" 105 "${got[0]}" 130
	knob "$top/a" cpu.max.burst 20000
	measure 1 3 "$top/a"
	expect "$where, burst" 145 "${got[0]}" 170
	end_loads "$top"
}

# in_place WHERE TOP
in_place() {
	local where=$1 top=$2
	shares
	burst
}

run() {
	local got
	in_place 'no node' /1/2/3/4/5/6
	in_place 'below qmap' /q
	in_place 'below fifo' /f
	in_place 'b and d nodes' /mixed
	verdict
}
