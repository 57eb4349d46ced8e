# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: schedulers nested three deep: work at every level gets CPUs, counts in all above it, and comes home when one detaches

setup() {
	mkdir -p /sys/fs/cgroup/a/b/c /sys/fs/cgroup/a/d
	echo +cpu >/sys/fs/cgroup/a/cgroup.subtree_control
	echo +cpu >/sys/fs/cgroup/a/b/cgroup.subtree_control
	cat >tree.ini <<-'END'
		[a]
		cgroup = /a
		sched = qmap
		[b]
		cgroup = /a/b
		sched = fifo
		[c]
		cgroup = /a/b/c
		sched = qmap
		[d]
		cgroup = /a/d
		sched = fifo
	END
	start_loader tree.ini
}

# vtimes: the virtual time of a, b and c: as all weigh 100, the CPU time of each with all below it
vtimes() {
	poolcheck | jq -r --argjson ids "[$(cgroup_inode /a), $(cgroup_inode /a/b), $(cgroup_inode /a/b/c)]" \
		'.entities as $e | $ids[] | . as $id | $e[] | select(.cgroup_id == $id) | .vtime'
}

# works PATH NAME: a task there gets CPU time, and from NAME
works() {
	local before pid
	before=$(status_json | jq -c '.nodes | map({ key: .name, value: .used_ns }) | from_entries')
	hog "$1"
	assert_runs "$pid"
	kill_all "$pid"
	status_json | jq -e --argjson before "$before" --arg name "$2" \
		'[.nodes[] | select(.depth > 0 and .used_ns > $before[.name]).name] == [$name]' >/dev/null ||
		fail "the task in $1 was not scheduled by $2, or not only"
}

# With tasks in c and d, on more CPUs than there are
all_at_once() {
	local i pid pids=() before after
	mapfile -t before < <(vtimes)
	for ((i = 0; i < 4; i++)); do
		hog a/b/c
		pids+=("$pid")
		hog a/d
		pids+=("$pid")
	done
	assert_runs "${pids[@]}"
	mapfile -t after < <(vtimes)
	echo "a, b and c ran for $((after[0] - before[0])), $((after[1] - before[1])), $((after[2] - before[2])) ns"
	((after[2] - before[2] >= 80000000)) || fail 'the deepest did not get what its tasks ran for'
	# they run while they are read, one after the other
	(((after[1] - before[1]) * 100 >= (after[2] - before[2]) * 99)) || fail 'the work of c is not counted in b'
	((after[0] - before[0] >= after[1] - before[1] + 80000000)) || fail 'the work of c and d is not counted in a'
	end_workloads
}

# Where the task of c is, as one after the other detaches above it
comes_home() {
	local pid
	expect_refusal "scx-loader: 'b' has a scheduler beneath it: [c] on '/a/b/c'
hint: detach it first" scx-loader detach /a/b
	hog a/b/c
	wait_until 5 node_is c nr_tasks -eq 1
	scx-loader detach /a/b/c
	assert_eq '1 0' "$(node b nr_tasks) $(node a nr_tasks)" 'tasks of b and a'
	assert_runs "$pid"
	scx-loader detach /a/b
	assert_eq 1 "$(node a nr_tasks)" 'tasks of a'
	assert_runs "$pid"
	scx-loader detach /a/d
	scx-loader detach /a
	assert_eq root "$(status_json | jq -r '.nodes[].name')" 'the nodes that are left'
	assert_runs "$pid"
	scx-loader attach /a fifo
	assert_eq 1 "$(node a nr_tasks)" 'tasks of the new a'
	assert_runs "$pid"
}

run() {
	expect_refusal "scx-loader: '/a/b/c/e' would be 4 levels beneath root; the kernel allows 3" \
		scx-loader attach -o create=yes /a/b/c/e fifo
	works a/b/c c
	works a/d d
	works a/b b
	works a a
	all_at_once
	comes_home
	end_workloads
	stop_loader
}

cleanup() {
	end_workloads
	find /sys/fs/cgroup/a -depth -type d -exec rmdir {} \;
}
