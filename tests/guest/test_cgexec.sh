# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: cgexec starts a command in a cgroup of the unified hierarchy

setup() {
	mkdir /sys/fs/cgroup/a
}

run() {
	assert_eq '0::/a' "$(cgexec -g cpu:a cat /proc/self/cgroup)" 'cgroup of the command'
}

cleanup() {
	rmdir /sys/fs/cgroup/a
}
