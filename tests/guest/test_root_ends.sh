# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: root is ended from outside under load: the loader says why, takes the tree down in order, and the tasks live on

setup() {
	cat >tree.ini <<-'END'
		[web]
		cgroup = /web
		sched = qmap
		create = yes
		on_exit = restart
		[deep]
		cgroup = /web/deep
		sched = fifo
		create = yes
	END
	start_loader tree.ini
}

run() {
	local hogs=()
	expect_dmesg 'sched_ext: BPF scheduler "root" disabled \(disabled by sysrq-S\)'
	hog web/deep
	hogs+=("$pid")
	hog web/deep
	hogs+=("$pid")
	in_cgroup web/deep sh -c 'while hackbench -g 1 -l 50; do :; done >/dev/null'
	assert_runs "${hogs[@]}"
	echo S >/proc/sysrq-trigger
	loader_ends 1
	assert_eq disabled "$(scx_state)" 'state of sched_ext'
	assert_eq "scx-loader: 'deep' (fifo) on '/web/deep' ended: parent exiting
scx-loader: 'web' (qmap) on '/web' ended: parent exiting
scx-loader: 'root' (root) on '/' ended: disabled by sysrq-S
detached 'root'; the kernel's own scheduler has the machine
scx-loader: cgroup '/web/deep' is left: Device or resource busy
scx-loader: cgroup '/web' is left: Device or resource busy" "$(sed '1,/: up, /d' "$LOADER_LOG")" 'the end of the log'
	assert_runs "${hogs[@]}"
}

cleanup() {
	end_workloads
	rmdir /sys/fs/cgroup/web/deep /sys/fs/cgroup/web
}
