# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 4 the end of a scheduler is told
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

setup() {
	cat >tree.ini <<-'END'
		[silent]
		cgroup = /silent
		sched = /usr/lib/scx-test/objects/silent.bpf.o
		create = yes
	END
}

# Removing its cgroup ends it; a stock kernel tells why in its record only.
run() {
	start_loader tree.ini
	rmdir /sys/fs/cgroup/silent
	wait_until 20 loader_says ended
	stop_loader
	row 'what scx-loader says of a sub that keeps no record' "$(sed -n 's/.*ended: //p' "$LOADER_LOG")" \
		'it keeps no record of why' 'unregistered from the main kernel \(8589934592\)'
}
