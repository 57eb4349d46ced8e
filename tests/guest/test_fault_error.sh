# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a sub that ends with an error hurts nobody: its tasks go on under root, siblings as before, on_exit says what then
# takes: 80

setup() {
	cat >tree.ini <<-'END'
		[root]
		pool_mb = 16
		[leave]
		cgroup = /leave
		sched = qmap
		fault_error_after = 100
		create = yes
		[stop]
		cgroup = /stop
		sched = qmap
		fault_error_after = 100
		on_exit = stop
		create = yes
		[sibling]
		cgroup = /sibling
		sched = fifo
		create = yes
	END
	expect_dmesg 'sched_ext: BPF sub-scheduler "qmap" disabled \(scx_bpf_error\)'
	expect_dmesg 'sched_ext: qmap: .*fault_error_after: 100 tasks enqueued'
	start_loader tree.ini
}

# hogs NODE: more busy tasks than CPUs, so that they queue; their processes are $pids
hogs() {
	pids=()
	for _ in 1 2 3 4 5 6; do
		hog "/$1"
		pids+=("$pid")
	done
}

ended() {
	assert_match "^scx-loader: '$1' \(qmap\) on '/$1' ended: scx_bpf_error.*: .*fault_error_after: 100 tasks enqueued$" \
		"$(grep "'$1'.*ended" "$LOADER_LOG")"
}

run() {
	local pids sibling region before
	region=$(status_json | jq '.pool.nr_region')
	hog /sibling
	sibling=$pid
	hogs leave
	wait_until 20 loader_says "'leave' .* ended"
	ended leave
	assert_match '^exited scx_bpf_error .*fault_error_after: 100 tasks enqueued$' \
		"$(node leave '| "\(.state) \(.exit.reason) \(.exit.msg)"')"
	assert_eq 'attached attached attached' "$(node root state) $(node stop state) $(node sibling state)"
	(($(status_json | jq '.pool.nr_region') < region)) || fail 'the region is not freed'
	[[ ! -e /sys/kernel/sched_ext/root/sub/sub-$(cgroup_inode /leave) ]] || fail 'its scheduler is still in sysfs'
	assert_runs "${pids[@]}" "$sibling"
	before=$(node sibling used_ns)
	wait_until 20 node_is sibling used_ns -gt $((before + 100000000))

	# what comes later is root's too
	cgexec -g cpu:leave true

	hogs stop
	loader_ends 1
	ended stop
	assert_eq "detached 'sibling' (fifo) from '/sibling'
detached 'root'; the kernel's own scheduler has the machine" "$(grep ^detached "$LOADER_LOG")" 'what came down'
	assert_eq disabled "$(scx_state)" 'state of sched_ext'
	assert_runs "${pids[@]}" "$sibling"
	end_workloads
	assert_eq 'leave sibling stop ' "$(find /sys/fs/cgroup -mindepth 1 -type d -printf '%f\n' | sort | tr '\n' ' ')" \
		'cgroups that were full'
	rmdir /sys/fs/cgroup/*/
}
