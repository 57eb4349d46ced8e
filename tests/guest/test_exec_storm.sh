# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: threads that take their leader's pid in exec, and 5,000 short lives (20,000 in `make test-long`), lose no
# test: task
# takes: 60
# long takes: 90

lives=${LONG:+20000}

setup() {
	printf '%s\n' '[tid]' 'cgroup = /tid' 'sched = qmap' 'create = yes' >tree.ini
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
	stop_loader
}
