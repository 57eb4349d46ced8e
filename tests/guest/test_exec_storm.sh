# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: threads that take their leader's pid in exec, and 5,000 short lives (20,000 in `make test-long`), lose no
# test: task; keyed by pid they would
# takes: 100
# long takes: 120

lives=${LONG:+20000}

setup() {
	for name in tid pid; do
		printf '%s\n' "[$name]" "cgroup = /$name" 'sched = qmap' 'create = yes'
	done >tree.ini
	echo 'fault_key_pid = yes' >>tree.ini
	start_loader tree.ini
}

# Busy tasks for every CPU: those of an exec storm must queue, or nobody looks for them.
hogs() {
	for _ in 1 2 3 4; do
		hog "/$1"
	done
}

clean() {
	wait_until 10 node_is tid nr_tasks -eq "$1"
	assert_eq "0 0 $1 attached" "$(node tid '| "\(.nr_orphans) \(.nr_full) \(.slab_used) \(.state)"')" \
		'orphans, refused tasks, contexts, state'
}

run() {
	cgexec -g cpu:tid fork-storm "${lives:-5000}"
	clean 0
	hogs tid
	cgexec -g cpu:tid exec-storm 100
	clean 4
	end_workloads
	clean 0
	assert_eq 0 "$(node tid nr_queued)" 'queued tasks afterwards'

	# what the tid is for: by its old pid, nobody finds the thread again, and the watchdog does
	expect_dmesg 'sched_ext: BPF sub-scheduler "qmap" disabled \(runnable task stall\)'
	expect_dmesg 'sched_ext: qmap: exec-storm\[[0-9]+\] failed to run for'
	hogs pid
	in_cgroup /pid exec-storm 100000
	wait_until 60 loader_says "'pid' .* ended"
	assert_match "^scx-loader: 'pid' \(qmap\) on '/pid' ended: runnable task stall: exec-storm\[[0-9]+\] failed to run for" \
		"$(grep ended "$LOADER_LOG")"
	assert_eq 'attached attached' "$(node tid state) $(node root state)"
	end_workloads
	stop_loader
}
