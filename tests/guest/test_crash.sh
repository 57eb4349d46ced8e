# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a loader is killed under load: its tree runs on; the next one adopts it, goes on as before, and notices what has
# test: ended meanwhile
# timeout: 600

setup() {
	cat >tree.ini <<-'END'
		[web]
		cgroup = /web
		sched = qmap
		weight = 200
		create = yes
		[deep]
		cgroup = /web/deep/er
		sched = fifo
		create = yes
		[doomed]
		cgroup = /doomed
		sched = qmap
		fault_error_after = 100
		on_exit = restart
		create = yes
	END
	start_loader tree.ini
}

cleanup() {
	end_workloads
	find /sys/fs/cgroup -mindepth 1 -depth -type d -exec rmdir {} \;
}

# What the kernel and the pool know the schedulers by: not the same once one is attached anew
identity() {
	cat /sys/kernel/sched_ext/enable_seq
	for name in root web deep extra; do
		node "$name" '| "\(.name) \(.cgroup) \(.state) \(.region) \(.made_cgroup)"'
	done
}

is_gone() {
	[[ ! -e /sys/kernel/sched_ext/root/sub/sub-$(cgroup_inode "$1") ]]
}

adopts() {
	local hogs=() doomed=() before used dispatched
	scx-loader attach -o create=yes /extra fifo
	scx-loader set web slice_us=3000 weight=150
	hog web/deep/er
	hogs+=("$pid")
	hog extra
	hogs+=("$pid")
	in_cgroup web/deep/er sh -c 'until [ -e enough ]; do hackbench -g 1 -l 50; done >/dev/null'
	wait_until 10 node_is deep nr_tasks -ge 10
	before=$(identity)
	used=$(node deep used_ns) dispatched=$(node deep '| .nr_dispatched + .nr_direct')

	stop_loader KILL
	assert_runs "${hogs[@]}"
	assert_eq enabled "$(scx_state)" 'without a loader'
	expect_refusal "scx-loader: no loader is running: nobody listens on '/run/scx-loader/control'" scx-loader status

	# one ends meanwhile
	expect_dmesg 'sched_ext: BPF sub-scheduler "qmap" disabled \(scx_bpf_error\)'
	expect_dmesg 'sched_ext: qmap: .*fault_error_after: 100 tasks enqueued'
	for _ in 1 2 3 4; do
		hog doomed
		doomed+=("$pid")
	done
	wait_until 30 is_gone /doomed
	kill_all "${doomed[@]}"
	assert_runs "${hogs[@]}"
	# an emulated machine that has to attach beside it may not look after all tasks in time for the kernel's watchdog
	touch enough

	start_loader tree.ini
	assert_eq "adopted 'root' as root and 4 schedulers beneath it" "$(grep ^adopted "$LOADER_LOG")"
	assert_eq "scx-loader: the tree stays as it was, 3 steps from 'tree.ini': 'scx-loader reload' takes them" \
		"$(grep 'stays as it was' "$LOADER_LOG")"
	wait_until 60 loader_says "^scx-loader: 'doomed' \(qmap\) on '/doomed' ended: scx_bpf_error.*: .*fault_error_after: 100"
	wait_until 60 loader_says "^attached 'doomed'"
	assert_eq "$before" "$(identity)" 'the tree'
	(($(node deep used_ns) > used)) || fail 'the CPU time began anew'
	(($(node deep '| .nr_dispatched + .nr_direct') > dispatched)) || fail 'the dispatches began anew'
	assert_runs "${hogs[@]}"
}

# all that a loader does
goes_on() {
	assert_eq "set slice_us of 'web' to 2500" "$(scx-loader set web slice_us=2500)"
	assert_eq '150 true' "$(node web '| "\(.weight) \(.differs)"')" 'what was set before'
	scx-loader attach -o create=yes -o max_tasks=64 /more qmap
	assert_eq attached "$(node more state)"
	scx-loader detach /extra
	assert_eq "set weight of 'web' to 200
set slice_us of 'web' to its default
detach 'more' from '/more': it is not in the file" "$(scx-loader reload)"
	assert_eq '[]' "$(status_json | jq -c .file.differences)" 'after a reload'
}

run() {
	adopts
	end_workloads
	goes_on
	scx-loader stop
	loader_ends 0
	assert_eq disabled "$(scx_state)" 'after stop'
	assert_eq '' "$(find /sys/fs/cgroup -mindepth 1 -type d)" 'cgroups that are left'
	assert_eq control.lock "$(ls /run/scx-loader)" 'in the folder of the control socket'
}
