# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# sched: this tree, with upstream's scx_qmap, which is not of it, for the first cgroup
# only: F1 F2 F3 F4 F6 F10

base=

# shellcheck source=tests/bench/ours.sh
. "$bench/ours.sh"

sched_of() {
	if [[ $1 == "/$(group_names | head -n 1)" ]]; then
		printf 'sched = %s\nslice_ns = 20000000\nround_robin_ns = 200000000\n' \
			/usr/lib/scx-test/objects/scx_qmap.bpf.o
	else
		echo 'sched = qmap'
	fi
}
