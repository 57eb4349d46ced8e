# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a loader killed under load leaves the machine to the kernel, and the next one starts, takes over and clears up

setup() {
	cat >tree.ini <<-'END'
		[web]
		cgroup = /web
		sched = qmap
		create = yes
		[deep]
		cgroup = /web/deep/er
		sched = fifo
		create = yes
	END
	start_loader tree.ini
}

run() {
	local hogs=()
	hog web/deep/er
	hogs+=("$pid")
	hog web/deep/er
	hogs+=("$pid")
	in_cgroup web/deep/er sh -c 'while hackbench -g 1 -l 50; do :; done >/dev/null'
	wait_until 5 node_is deep nr_tasks -ge 10
	stop_loader KILL
	wait_until 10 scx_is disabled
	assert_runs "${hogs[@]}"
	expect_refusal "scx-loader: no loader is running: can't connect to '/run/scx-loader/control': Connection refused
hint: start one with 'scx-loader -c FILE', or say with --socket where it listens" scx-loader status

	start_loader tree.ini
	wait_until 5 node_is deep nr_tasks -ge 10
	assert_runs "${hogs[@]}"
	end_workloads
	stop_loader
	assert_eq '' "$(find /sys/fs/cgroup -mindepth 1 -type d)" 'cgroups that are left'
	assert_eq control.lock "$(ls /run/scx-loader)" 'in the folder of the control socket'
}
