# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: what enters a cgroup is its scheduler's task, and one that is moved between schedulers while it runs is never lost
# takes: 70

moves=50

setup() {
	cat >tree.ini <<-'END'
		[web]
		cgroup = /web
		sched = qmap
		create = yes
		[deep]
		cgroup = /web/deep
		sched = fifo
		create = yes
		[batch]
		cgroup = /batch
		sched = fifo
		create = yes
	END
	start_loader tree.ini
}

# Tasks and task contexts of the three
tasks() {
	status_json |
		jq -cr '.nodes | map({ key: .name, value: "\(.nr_tasks)/\(.slab_used)" }) | from_entries | [.web, .deep, .batch] | join(" ")'
}

tasks_are() {
	[[ $(tasks) == "$1" ]]
}

enters() {
	local name=$1 path=$2 expected=$3
	in_cgroup "${path#/}" sleep 1000
	wait_until 5 tasks_are "$expected"
	assert_eq "0::$path" "$(cat "/proc/$pid/cgroup")" "cgroup of the task in $name"
	kill_all "$pid"
	wait_until 5 tasks_are '0/0 0/0 0/0'
}

# Moved round: between schedulers that are siblings, one level deeper, and out to root
is_moved() {
	local places=(/web/deep /batch '' /batch) i place pids
	hog batch
	pids=("$pid")
	# one that is as often asleep
	in_cgroup batch wakes sleep 1000000
	pids+=("$pid")
	# and such that take every CPU from them
	hog batch
	hog web/deep
	for ((i = 0; i < moves; i++)); do
		place=/sys/fs/cgroup${places[i % 4]}
		for pid in "${pids[@]}"; do
			echo "$pid" >"$place/cgroup.procs" || fail "can't move the task to '$place'"
		done
		assert_runs "${pids[@]}"
	done
	kill_all "${pids[@]}"
	end_workloads
	wait_until 5 tasks_are '0/0 0/0 0/0'
	assert_eq '0 0 0 0' "$(status_json | jq -cr '[.nodes[].nr_queued | tostring] | join(" ")')" 'tasks that wait'
	assert_eq attached,attached,attached "$(node web state),$(node deep state),$(node batch state)"
}

run() {
	tasks_are '0/0 0/0 0/0' || fail "tasks are there already: $(tasks)"
	enters web /web '1/1 0/0 0/0'
	enters deep /web/deep '0/0 1/1 0/0'
	enters batch /batch '0/0 0/0 1/1'
	is_moved
}
