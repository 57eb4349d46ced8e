# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: whoever waits is let run for a moment within some 5 s, however little its weight is, and no more than for that
# time: instructions
# smp: 1
#
# By weight a task of nice 19 beside two of nice -20 has 4 ms in 47 s.

setup() {
	cat >tree.ini <<-'END'
		[node]
		cgroup = /node
		sched = fair
		create = yes
	END
	start_loader tree.ini
	# this shell is one of root's own tasks, too
	chrt -f -p 1 $$
}

cleanup() {
	end_workloads
	rmdir /sys/fs/cgroup/plain
}

# moments PATH: of a task in a cgroup, in 12 s
moments() {
	local ran pids=() i
	mkdir -p "/sys/fs/cgroup$1"
	for i in -20 -20 19; do
		in_cgroup "$1" chrt -o 0 nice -n $i sh -c 'while :; do :; done'
		pids+=("$pid")
	done
	sleep 0.5
	ran=$(run_ns "$pid")
	sleep 12
	ran=$((($(run_ns "$pid") - ran) / 1000))
	kill_all "${pids[@]}"
	echo "in $1: a task of nice 19 has had $ran us in 12 s"
	((ran >= 20)) || fail 'it waits for as long as its weight says'
	((ran <= 2000)) || fail 'it has more than a moment'
}

run() {
	moments /plain
	moments /node
}
