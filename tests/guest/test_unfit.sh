# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: what is wrong with a machine is found beforehand; where it is not, the kernel's own words stand in the message
# append: isolcpus=domain,3

file() {
	printf '%s\n' '[web]' 'cgroup = /web' 'sched = fifo' 'create = yes' >tree.ini
}

cleanup() {
	umount /proc/cmdline 2>/dev/null || true
}

run() {
	local unfit="scx-loader: the kernel was booted with 'isolcpus=domain,3', and takes no scheduler then
hint: boot without it, and give a node 'cpus = exclusive:N', or a cpuset a partition"
	file
	expect_refusal "$unfit" scx-loader --check tree.ini
	expect_refusal "$unfit" scx-loader -c tree.ini

	# as if it could not be known
	sed 's/isolcpus/isolated/' /proc/cmdline >cmdline
	mount --bind cmdline /proc/cmdline
	assert_eq 'tree.ini: 1 nodes, all checks passed' "$(scx-loader --check tree.ini)"
	expect_dmesg 'sched_ext: Not compatible with "isolcpus=" domain isolation'
	expect_refusal "scx-loader: tree.ini: can't attach 'root' to '/': Invalid argument
    sched_ext: Not compatible with \"isolcpus=\" domain isolation" scx-loader -c tree.ini
}
