# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a task sent to a cid that its sub does not hold comes back, and one that may run nowhere else runs by rescue

setup() {
	cat >tree.ini <<-'END'
		[root]
		pool_mb = 16
		grant_cids = 2
		[half]
		cgroup = /half
		sched = qmap
		fault_misplace_nth = 5
		create = yes
	END
	start_loader tree.ini
}

run() {
	local pids=()
	assert_match 'enq: 0-1$' "$(grep '^enq:' "/sys/kernel/sched_ext/root/sub/sub-$(cgroup_inode /half)/caps")"
	assert_eq '20 children' "$(cgexec -g cpu:half crowd 20 200 </dev/null)"
	(($(node half nr_reenq_cap) > 0)) || fail 'nothing came back for a missing capability'
	assert_eq '0 0 attached' "$(node half '| "\(.nr_rescued) \(.nr_queued) \(.state)"')"

	for _ in 1 2 3; do
		hog /half
		pids+=("$pid")
	done
	in_cgroup /half taskset -c 3 sh -c 'while :; do :; done'
	assert_runs "$pid" "${pids[@]}"
	assert_eq 3 "$(cut -d ')' -f 2- "/proc/$pid/stat" | cut -d ' ' -f 38)" 'its CPU'
	(($(node half nr_rescued) > 0)) || fail 'nothing was rescued'
	end_workloads
	stop_loader
}
