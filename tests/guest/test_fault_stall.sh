# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a sub that loses tasks is ended by the kernel's watchdog, it alone, and the lost tasks run under root
# time: instructions
# takes: 60

setup() {
	cat >tree.ini <<-'END'
		[root]
		pool_mb = 16
		[lossy]
		cgroup = /lossy
		sched = qmap
		fault_stall_nth = 20
		create = yes
		[sibling]
		cgroup = /sibling
		sched = qmap
		create = yes
	END
	expect_dmesg 'sched_ext: BPF sub-scheduler "qmap" disabled \(runnable task stall\)'
	expect_dmesg 'sched_ext: qmap: .* failed to run for 1[2-9]\.'
	start_loader tree.ini
}

run() {
	local pids=() sibling
	# not one that never sleeps: the watchdog takes its time, and each second of a busy CPU takes the emulator long
	in_cgroup /sibling sleeper 18000 2000
	sibling=$pid
	for _ in 1 2 3 4 5 6; do
		hog /lossy
		pids+=("$pid")
	done
	wait_until 60 loader_says "'lossy' .* ended"
	assert_match "^scx-loader: 'lossy' \(qmap\) on '/lossy' ended: runnable task stall.*: .* failed to run for 1[2-9]\.[0-9]+s$" \
		"$(grep ended "$LOADER_LOG")"
	assert_eq 'exited attached attached' "$(node lossy state) $(node sibling state) $(node root state)"
	assert_runs "${pids[@]}" "$sibling"
	end_workloads
	stop_loader
}
