# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 7 scx_bpf_tid_to_task() without SCX_OPS_TID_TO_TASK ends the scheduler that calls it
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

run() {
	local sub seen said='scx_bpf_tid_to_task\(\) called without SCX_OPS_TID_TO_TASK'
	sub=$(make_cgroup sub)
	expect_dmesg 'sched_ext: .*"?pair'
	mapfile -t seen < <(/usr/lib/scx-test/subs root sub "$sub" tid ended runs)
	row 'a sub calls it: the sub' "${seen[2]}" 'parent exiting' "$said"
	row 'a sub calls it: root' "${seen[3]}" "$said" 'runs'
}
