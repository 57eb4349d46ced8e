# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: on an overloaded server the unit starts, and systemd hears of each program, but no ping of the watchdog before it is up
# init: systemd

setup() {
	write_hierarchy <<-'END'
		[web]
		cgroup = /testweb
		sched = fifo
		create = yes
	END
	# less than what it takes: it is extended
	drop_in <<-END
		[Service]
		TimeoutStartSec=$((3 * TIME_SCALE))
		LogLevelMax=debug
	END
	systemd-run -q --unit=testhogs sh -c 'for i in 1 2 3 4 5 6 7 8; do while :; do :; done & done; wait'
}

# heard: what systemd was told, a line each
heard() {
	said | sed -n "s|^scx-loader.service: Got notification message from PID [0-9]*: ||p"
}

run() {
	systemctl log-level debug
	systemctl start scx-loader
	systemctl log-level info
	heard >told
	assert_eq active "$(property ActiveState)"
	sed '/READY=1/q' told >before
	grep -q READY=1 before || fail 'systemd was not told'
	! grep WATCHDOG=1 before || fail 'a ping before it is up'
	(($(grep -c EXTEND_TIMEOUT_USEC before) >= 20)) || fail 'systemd does not hear of each program'
	systemctl stop testhogs
}
