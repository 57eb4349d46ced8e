# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a task that a sub's init_task refuses is not forked, not moved in, and keeps the sub from attaching to its cgroup

# Two tasks that are unwanted, in a cgroup that no scheduler has
setup() {
	ln -s "$(command -v crowd)" unwanted
	mkfifo gate
	mkdir /sys/fs/cgroup/taken
	cgexec -g cpu:taken ./unwanted 1 <>gate >crowd &
	unwanted=$!
	wait_until 10 test -s crowd
	expect_dmesg 'sched_ext: BPF sub-scheduler "qmap" disabled \(runtime error\)'
	expect_dmesg 'sched_ext: qmap: scx_sub_enable\(\) failed \(-12\)'
}

cleanup() {
	end_workloads
	rmdir /sys/fs/cgroup/taken
}

enters() {
	cat >tree.ini <<-'END'
		[root]
		pool_mb = 16
		[picky]
		cgroup = /picky
		sched = qmap
		fault_init_comm = unwanted
		create = yes
	END
	start_loader tree.ini
	# exec asks nobody
	assert_eq '0 children: Cannot allocate memory' "$(cgexec -g cpu:picky ./unwanted 3)"
	assert_eq '3 children' "$(cgexec -g cpu:picky crowd 3 </dev/null)"
	expect_refusal 'bash: line 1: echo: write error: Cannot allocate memory' \
		bash -c "echo $unwanted >/sys/fs/cgroup/picky/cgroup.procs"
	assert_match '/taken$' "$(<"/proc/$unwanted/cgroup")"
	wait_until 10 node_is picky nr_tasks -eq 0
	assert_eq attached "$(node picky state)"
}

what_is_there() {
	status_json | jq -c '[.pool.nr_region, .pool.nr_guard, .nodes[].name]'
	find /sys/kernel/sched_ext/root/sub -name ops | sort
}

attach_by_command() {
	local before
	before=$(what_is_there)
	expect_refusal "scx-loader: 'qmap' on '/taken' exited during attach: runtime error: scx_sub_enable() failed (-12)" \
		scx-loader attach -o fault_init_comm=unwanted /taken qmap
	assert_eq "$before" "$(what_is_there)" 'what is left'
	expect_refusal "scx-loader: 'qmap' on '/taken' exited during attach: runtime error: scx_sub_enable() failed (-12)
hint: its cgroup has more tasks than max_tasks: raise it" \
		scx-loader attach -o max_tasks=1 -o on_full=refuse /taken qmap
	assert_eq "$before" "$(what_is_there)" 'what is left of one that was full'
	scx-loader attach /taken qmap
	assert_eq '2 2' "$(node taken '| "\(.nr_tasks) \(.slab_used)"')" 'tasks and contexts of one that wants them'
	stop_loader
}

# on_failure = continue, and then stop
attach_by_file() {
	local status=0
	cat >tree.ini <<-'END'
		[root]
		pool_mb = 16
		on_failure = continue
		[picky]
		cgroup = /taken
		sched = qmap
		fault_init_comm = unwanted
		[other]
		cgroup = /other
		sched = fifo
		create = yes
	END
	start_loader tree.ini
	assert_eq "scx-loader: tree.ini:6: 'qmap' on '/taken' exited during attach: runtime error: scx_sub_enable() failed (-12)" \
		"$(grep picky\\\|taken "$LOADER_LOG")"
	assert_eq 'failed attached' "$(node picky state) $(node other state)"
	stop_loader

	sed -i '/on_failure/d' tree.ini
	scx-loader -c tree.ini >"$LOADER_LOG" 2>&1 || status=$?
	assert_eq 1 $status
	assert_eq "scx-loader: tree.ini:5: 'qmap' on '/taken' exited during attach: runtime error: scx_sub_enable() failed (-12)" \
		"$(grep ^scx-loader "$LOADER_LOG")"
	assert_eq disabled "$(scx_state)" 'state of sched_ext'
	assert_eq /sys/fs/cgroup/taken "$(find /sys/fs/cgroup -mindepth 1 -type d)" 'cgroups'
}

run() {
	enters
	attach_by_command
	attach_by_file
}
