# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: nodes on units of systemd's: what it makes of their weights and controllers is told, with what keeps them; a service that
# test: fails again and again is no failure of its scheduler
# init: systemd
# timeout: 400

setup() {
	# systemd keeps no controller for it
	service plain <<<'ExecStart=sleep infinity'
	service flap <<-'END'
		ExecStart=sleep infinity
		CPUWeight=200
	END
	write_hierarchy <<-'END'
		[plain]
		cgroup = /system.slice/testplain.service
		sched = fifo
		weight = 300
		create = yes
		[flap]
		cgroup = /system.slice/testflap.service
		sched = fifo
		restart_delay_ms = 100
		create = yes
	END
	systemctl daemon-reload
	systemctl start testplain testflap scx-loader
}

cleanup() {
	systemctl stop testplain testflap
	rm -f /run/systemd/system/test*.service
	clean_up
}

# service NAME: with these lines from stdin
service() {
	printf '[Unit]\nStartLimitIntervalSec=0\n[Service]\n%s\n' "$(cat)" >"/run/systemd/system/test$1.service"
}

keeps() {
	echo "; 'systemctl set-property testplain.service CPUWeight=300' keeps it"
}

# The last one who writes a weight has it, and the loader does what it can for its own.
weights() {
	systemctl set-property --runtime testplain.service CPUWeight=150
	wait_until 10 has_said "^somebody else has changed the weight of 'plain' from 300 to 150$(keeps)$"
	assert_eq '150 true' "$(node plain '| "\(.weight) \(.differs)"')"
	scx-loader reload
	assert_eq '300 false' "$(node plain '| "\(.weight) \(.differs)"')" 'after a reload'
}

# With no weight left that asks for it systemd takes the controller from all in the slice.
controller() {
	local status=0
	systemctl revert testplain.service
	sed -i /CPUWeight/d /run/systemd/system/testflap.service
	systemctl daemon-reload
	systemctl restart cron
	wait_until 10 has_said "^the cpu controller of '/system.slice/testplain.service' was taken away: 'plain' has no weight$(keeps)$"
	scx-loader status >shown || status=$?
	assert_eq 4 $status 'exit status of status'
	grep -q '^  *the cpu controller of its cgroup was taken away' shown || fail 'status does not tell'
	systemctl set-property --runtime testplain.service CPUWeight=300
	wait_until 10 has_said "^the cpu controller of '/system.slice/testplain.service' is there again"
	assert_eq '300 false' "$(node plain '| "\(.weight) \(.unweighed)"')" 'weight, and whether it has none'
}

crash_loop() {
	service flap <<-'END'
		ExecStart=sleep 0.5
		Restart=always
		RestartSec=100ms
		CPUWeight=200
	END
	systemctl daemon-reload
	systemctl restart testflap
	wait_until 60 has_restarted 12
	service flap <<-'END'
		ExecStart=sleep infinity
		CPUWeight=200
	END
	systemctl daemon-reload
	systemctl restart testflap
	wait_until 60 is_attached flap
	has_said "^'flap' waits for its cgroup " || fail "it never went too soon"
	! has_said "'flap' (has failed|is attached again)" || fail 'it counts as a failure'
	assert_eq 200 "$(node flap weight)" 'the weight that its unit says'
}

# has_restarted TIMES
has_restarted() {
	(($(property NRestarts testflap.service) >= $1))
}

# is_attached NODE: to the cgroup that is there now
is_attached() {
	[[ $(node "$1" state) == attached && -e /sys/kernel/sched_ext/root/sub/sub-$(cgroup_inode "$(node "$1" cgroup)") ]]
}

run() {
	weights
	controller
	crash_loop
	scx-loader status
}
