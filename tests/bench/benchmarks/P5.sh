# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: longest fork elsewhere while a scheduler is attached to a cgroup of 100, 1,000 and 10,000 tasks
# unit: ms
# ideal: as short as can be
# groups: b:100
# tasks: 16384
# only: qmap-subs ours1

run() {
	local n
	mkdir -p "$cgroups/late"
	for n in 100 1000 10000; do
		blocked $n
	done
	rmdir "$cgroups/late"
}

# blocked N: N tasks, all asleep
blocked() {
	local crowd probe
	mkfifo "wait-$1"
	cgexec -g cpu:/late crowd "$1" 0 <>"wait-$1" >crowd.log &
	crowd=$!
	wait_until 30 grep -q children crowd.log
	forks 0 0 >probe &
	probe=$!
	sleep 0.2
	attach /late
	sleep 0.2
	kill -INT $probe
	wait $probe
	report "$1" "$(<probe)"
	detach /late
	kill -KILL $crowd
	echo 1 >"$cgroups/late/cgroup.kill"
	wait_until 10 no_task_in late
}

no_task_in() {
	! grep -q . "$cgroups/$1/cgroup.procs"
}
