# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 3 the pool and the tid table can be seen
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

setup() {
	cat >tree.ini <<-'END'
		[web]
		cgroup = /web
		sched = fifo
		create = yes
	END
}

# used: the bytes of the pool that the schedulers use, by sysfs
used() {
	find /sys/kernel/sched_ext -name arena_pool -exec cat {} + | awk '$1 == "used" { used += $2 } END { print used + 0 }'
}

run() {
	start_loader tree.ini
	row 'the end of `scx-loader status`, with root and one sub' "$(scx-loader status | sed -n 's/.* guards, //p')" \
		"8 the kernel's" "8 the kernel's \\($(used) of 32768 bytes used\\)"
	stop_loader
}
