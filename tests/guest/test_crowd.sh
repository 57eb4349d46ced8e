# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: however many threads want to run, in a node of next to no weight, with a limit or in none, no scheduler is ended,
# test: others keep their shares, and who wakes up in another node and the kernel's own threads run at once
# time: instructions
# smp: 1
# timeout: 600
#
# The kernel ends a node's scheduler when a task of its has waited for 12 s, and root when one has for 30.

# shellcheck source=measure.sh
. /scx/measure.sh

setup() {
	cat >tree.ini <<-'END'
		[low]
		cgroup = /low
		sched = fifo
		weight = 1
		create = yes
		[limited]
		cgroup = /limited
		sched = fifo
		create = yes
		[high]
		cgroup = /high
		sched = qmap
		weight = 1000
		create = yes
		[quick]
		cgroup = /quick
		sched = fifo
		create = yes
	END
	group /user
	go_ahead
	start_loader tree.ini
	knob /limited cpu.max '5000 100000'
}

# prompt WHAT: how long a task of a node waits for the CPU when it wakes up, on average, and how long it takes until a kernel
# thread that is bound to it has done next to nothing, ns
prompt() {
	local waited began times=100 i
	waited=$(cgexec -g cpu:quick chrt -o 0 wakes sleep $times </dev/null)
	expect "$1, a wake-up" 0 $((${waited##* } / times)) 50000
	began=${EPOCHREALTIME/./}
	for ((i = 0; i < 10; i++)); do
		echo 1 >/proc/sys/vm/stat_refresh # its work is that of a kworker
	done
	expect "$1, a kernel thread" 0 $(((${EPOCHREALTIME/./} - began) * 100)) 500000
}

# shares WHAT SECONDS: of weights 1000, 100, 100 (root's own) and 1, and of a limit
shares() {
	local got
	measure 0 "$2" /high /user /limited /low
	expect_near 3 0 "$1, high" 790 "${got[0]}"
	expect "$1, user" 60 "${got[1]}" 90
	expect "$1, limited" 45 "${got[2]}" 55
	expect "$1, low" 0 "${got[3]}" 30
}

run() {
	load_in /high hogs 2
	prompt 'beside hogs'
	load_in /low load crowd 60
	load_in /limited load crowd 300
	load_in /user load crowd 600
	chrt -o 0 setpriv --reuid 65534 --clear-groups load crowd 600 </dev/null &
	pid=$!
	disown $pid
	sleep 2
	shares 'in the first 14 s' 14
	prompt 'in the crowd'
	shares 'in the next 34 s' 34
	kill -KILL $pid
	expect_attached low limited high quick
	verdict
}
