# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: the kernel and the machine have what a tree of schedulers needs

run() {
	assert_eq disabled "$(scx_state)" 'state of sched_ext'
	assert_match '\bcpu\b' "$(cat /sys/fs/cgroup/cgroup.controllers)" 'controllers of the root cgroup'
	assert_match '\bcpu\b' "$(cat /sys/fs/cgroup/cgroup.subtree_control)" 'controllers below the root cgroup'
	assert_eq bpf "$(stat -f -c %T /sys/fs/bpf | sed 's/_fs//')" 'file system of /sys/fs/bpf'
	bpftool btf dump file /sys/kernel/btf/vmlinux format c >vmlinux.h
	grep -q SCX_CAP_ENQ_IMMED vmlinux.h || fail 'no capabilities of sub-schedulers in the BTF of the kernel'
}
