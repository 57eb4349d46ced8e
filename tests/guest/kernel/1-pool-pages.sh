# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 1 pages of a scheduler's arena pool return to the arena when the scheduler goes
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

# The sub shares root's arena. The first four pages are free when it comes, so that its pool lies at the arena's start.
run() {
	local cgroup cycled refused
	cgroup=$(make_cgroup sub)
	expect_dmesg 'sched_ext: .*"?arena_sub'
	arena=(/usr/lib/scx-test/arena "$cgroup" alloc 0 4 root free 0 4 pages 4 mark)
	cycled=$("${arena[@]}" cycle 200 pages 0 | tail -n 1)
	row 'pages left behind by 200 attaches and detaches of a sub' "$cycled" 800 0
	refused=$("${arena[@]}" refuse 50 pages 0 | tail -n 1)
	row 'pages left behind by 50 attaches that fail at a task' "$refused" 200 0
}
