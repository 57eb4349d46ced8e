# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 2 pages that the kernel claimed cannot be freed by a BPF program
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

run() {
	local seen
	seen=$(/usr/lib/scx-test/arena "$(make_cgroup sub)" root mark alloc 100 8 pages 8 free 100 4 pages 4 later 104 4 pages 0 \
		said said-later)
	row 'its own 8 pages: allocated, 4 freed, 4 freed from where it may not sleep' "${seen//$'\n'/ }" '8 4 0' '8 4 0'
}
