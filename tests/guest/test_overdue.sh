# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: one of root's own tasks with next to no weight is not left waiting: the kernel may wait for what it holds
# time: instructions
#
# By weight a task of nice 19 beside eight of nice -20 would have 4 ms in 69 s.

setup() {
	cat >tree.ini <<-'END'
		[none]
		cgroup = /none
		sched = fifo
		create = yes
	END
	start_loader tree.ini
	# this shell is one of root's own tasks, too
	chrt -f -p 1 $$
}

run() {
	local ran hogs
	chrt -o 0 nice -n -20 hogs 8 </dev/null &
	hogs=$!
	chrt -o 0 nice -n 19 sh -c 'while :; do :; done' </dev/null &
	pid=$!
	assert_runs "$pid"
	sleep 1
	ran=$(run_ns "$pid")
	sleep 6
	ran=$(($(run_ns "$pid") - ran))
	kill_all "$pid" "$hogs"
	echo "a task of nice 19 has had $((ran / 1000000)) ms in 6 s"
	((ran >= 10000000)) || fail 'it waits for as long as its weight says'
}
