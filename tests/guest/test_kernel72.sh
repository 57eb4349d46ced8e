# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: on a kernel before 7.3 the loader says what is missing, and loads nothing
# kernel: 7.2

setup() {
	cp /usr/share/doc/scx-loader/demo.ini .
}

run() {
	local missing programs
	missing="scx-loader: kernel $(uname -r) lacks ops.sub_ecaps_updated, ops.cpuctl_set_weight, scx_bpf_sub_grant(), SCX_ENQ_RESCUE
hint: Linux 7.3 or later is needed, with CONFIG_EXT_SUB_SCHED"
	programs=$(bpftool prog show | grep -c struct_ops || true)
	expect_refusal "$missing" scx-loader -c demo.ini
	expect_refusal "$missing" scx-loader --check -c demo.ini
	assert_eq disabled "$(scx_state)" 'state of sched_ext'
	assert_eq 0 "$(cat /sys/kernel/sched_ext/enable_seq)" 'schedulers ever enabled'
	assert_eq "$programs" "$(bpftool prog show | grep -c struct_ops || true)"
	assert_eq '' "$(find /sys/fs/cgroup -mindepth 1 -type d)" 'cgroups'
}
