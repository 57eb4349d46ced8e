# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: systemd brings a loader back that is killed, and restarts it as often as one likes: the tree runs on; without
# test: sched_ext the unit is skipped
# init: systemd

setup() {
	write_hierarchy <<-'END'
		[web]
		cgroup = /testweb
		sched = fifo
		create = yes
	END
	systemctl start scx-loader
	tree=$(starts)
}

# same_tree: it was adopted as it is
same_tree() {
	wait_until 30 property_is ActiveState active
	assert_eq "$tree attached" "$(starts) $(node web state)" 'the tree'
}

killed() {
	kill -KILL "$(property MainPID)"
	wait_until 30 property_is NRestarts 1
	wait_until 30 property_is SubState running
	same_tree
	has_said "^adopted 'root' as root and 1 scheduler beneath it" || fail 'it is not adopted'
}

restarted() {
	local i
	for i in {1..6}; do
		systemctl restart scx-loader || fail "restart $i failed"
		same_tree
	done
}

# As on a kernel that has none
without_sched_ext() {
	mount -t tmpfs none /sys/kernel
	systemctl start scx-loader
	umount /sys/kernel
	assert_eq 'inactive no success' "$(property ActiveState) $(property ConditionResult) $(property Result)"
}

run() {
	killed
	restarted
	systemctl stop scx-loader
	assert_eq 'inactive success disabled' "$(property ActiveState) $(property Result) $(scx_state)"
	without_sched_ext
}
