# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 6 what has no effect on a sub is refused
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

# Where root has the same, it is a wish that is granted; so is what any scheduler gets from SCX_OPS_OPEN().
run() {
	local sub seen needs='requires root scheduler to enable it' differs="differs from root scheduler's"
	sub=$(make_cgroup sub)
	expect_dmesg 'sched_ext: .*"?pair'
	mapfile -t seen < <(/usr/lib/scx-test/subs set rescue_quantum_us 2000 root set flags 1 try "$sub" set flags 8 try "$sub" \
		set flags 64 try "$sub" set flags 256 try "$sub" set cid_shard_size 8 try "$sub" \
		set rescue_bandwidth_ppt 50 try "$sub" set rescue_quantum_us 3000 try "$sub" \
		set rescue_quantum_us 2000 try "$sub" set hotplug_seq 12345 try "$sub")
	row 'SCX_OPS_KEEP_BUILTIN_IDLE' "${seen[1]}" attached "SCX_OPS_KEEP_BUILTIN_IDLE $needs"
	row 'SCX_OPS_SWITCH_PARTIAL' "${seen[2]}" attached "SCX_OPS_SWITCH_PARTIAL $needs"
	row 'SCX_OPS_BUILTIN_IDLE_PER_NODE' "${seen[3]}" attached "SCX_OPS_BUILTIN_IDLE_PER_NODE $needs"
	row 'SCX_OPS_TID_TO_TASK' "${seen[4]}" "SCX_OPS_TID_TO_TASK $needs" "SCX_OPS_TID_TO_TASK $needs"
	row 'cid_shard_size = 8' "${seen[5]}" attached "ops.cid_shard_size \\(8\\) $differs \\(0\\)"
	row 'rescue_bandwidth_ppt = 50' "${seen[6]}" attached "ops.rescue_bandwidth_ppt \\(50\\) $differs \\(0\\)"
	row 'rescue_quantum_us = 3000, where root has 2000' "${seen[7]}" attached \
		"ops.rescue_quantum_us \\(3000\\) $differs \\(2000\\)"
	row 'rescue_quantum_us = 2000, where root has it too' "${seen[8]}" attached attached
	row 'hotplug_seq' "${seen[9]}" attached attached
	mapfile -t seen < <(/usr/lib/scx-test/subs set flags 8 root set flags 8 try "$sub")
	row 'SCX_OPS_SWITCH_PARTIAL, where root has it too' "${seen[1]}" attached attached
}
