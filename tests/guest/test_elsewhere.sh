# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: two tasks that give way to each other on one CPU are no slower for hundreds that are bound to another
# time: instructions

# shellcheck source=measure.sh
. /scx/measure.sh

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

# beside N: how often they do in half a second, beside so many. It is never none, nor one: CPUs that are busy share the
# emulator's time, and how depends on their ticks.
beside() {
	load_in "$path" taskset -c 0 load crowd "$1"
	sleep 1
	cgexec -g "cpu:${path#/}" chrt -o 0 taskset -c 1 load yields 500 </dev/null
	end_loads "$path"
}

# in_place WHERE PATH
in_place() {
	local where=$1 path=$2 few
	few=$(beside 8)
	expect "$where, yields" $((few * 9 / 10)) "$(beside 700)" $((few * 11 / 10))
}

run() {
	in_place 'no node' /plain
	in_place qmap /q
	in_place fifo /f
	expect_attached q f
	verdict
}
