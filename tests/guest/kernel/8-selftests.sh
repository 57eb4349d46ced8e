# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 1-7 the kernel's own tests of sched_ext (tools/testing/selftests/sched_ext) see no difference
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

# names HEADING: what the runner lists under it at the end, or `none`
names() {
	local listed
	listed=$(sed -n "/^$1 tests:\$/,/^\$/s/^ *- //p" said | paste -sd ' ')
	echo "${listed:-none}"
}

# Some make the kernel end their scheduler, and most ask for a watchdog that is too quick for a rescue: a test's name begins
# those of its schedulers. A runner that dies gives no number.
run() {
	expect_dmesg "sched_ext: (BPF scheduler \")?($(/root/runner -l | paste -sd '|'))"
	/root/runner -q 2>&1 | tee said || true
	row_same 'passed' "$(sed -n 's/^PASSED: *//p' said)"
	row_same 'skipped' "$(names Skipped)"
	row 'failed' "$(names Failed)" none none
}
