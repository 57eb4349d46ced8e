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

# Removing its cgroup ends it; a stock kernel tells why in its record only. Sets $why to what the loader says.
end_silent() {
	rmdir /sys/fs/cgroup/silent
	wait_until 20 loader_says ended
	stop_loader
	why=$(sed -n 's/.*ended: //p' "$LOADER_LOG")
}

# start_deaf_loader FILE: one that gets no socket for uevents; the first socket is where it is told what to do
start_deaf_loader() {
	# shellcheck disable=SC2317 # start_loader calls it
	scx-loader() {
		exec strace -D -qq -o deaf -e inject=socket:error=EPERM:when=2+ /usr/sbin/scx-loader "$@"
	}
	start_loader "$1"
	unset -f scx-loader
	grep -q 'NETLINK_KOBJECT_UEVENT.*INJECTED' deaf
}

run() {
	local why
	start_loader tree.ini
	end_silent
	row 'what scx-loader says of a sub that keeps no record' "$why" 'it keeps no record of why' \
		'unregistered from the main kernel \(8589934592\)'
	start_deaf_loader tree.ini
	end_silent
	row 'the same where no uevents come to it' "$why" 'it keeps no record of why' 'it keeps no record of why'
}
