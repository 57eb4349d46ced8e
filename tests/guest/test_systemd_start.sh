# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: on a Debian server the enabled unit starts, with its sandbox in force; what it tells, to whom, and how loud
# init: systemd

setup() {
	write_hierarchy <<-'END'
		[web]
		cgroup = /testweb.slice/main
		sched = fifo
		weight = 300
		create = yes
		[broken]
		cgroup = /testbroken
		sched = /usr/lib/scx-test/objects/greedy.bpf.o
		manners = 4
		create = yes
	END
	expect_dmesg 'sched_ext: BPF sub-scheduler "greedy" disabled \((scx_bpf_error|runtime error)\)'
	expect_dmesg 'sched_ext: greedy: '
}

# inside COMMAND...: as root, with the files as the loader sees them
inside() {
	nsenter -m -t "$(property MainPID)" "$@"
}

can_not() {
	! "$@" 2>/dev/null || fail "this works in the unit: $*"
}

sandbox() {
	local status
	status=/proc/$(property MainPID)/status
	assert_eq '0000000000200003 1 2' "$(sed -n 's/^\(CapBnd\|NoNewPrivs\|Seccomp\):\t//p' "$status" | xargs)" \
		'capabilities, no new privileges, system calls'
	mkdir -p /home/somebody
	can_not inside ls /home/somebody
	can_not inside touch /etc/scx-loader/file
	can_not inside touch /usr/file
	can_not inside sh -c 'echo 1 >/sys/kernel/mm/page_idle/bitmap || echo 0 >/sys/kernel/mm/ksm/run'
	can_not inside sh -c 'echo 0 >/proc/sys/kernel/panic'
	can_not inside test -e /dev/nvme0
	rmdir /home/somebody
}

# A file system with modes of its own: users' managers enter what the loader makes.
modes() {
	assert_eq '755 755' "$(stat -c %a /sys/fs/cgroup/testweb.slice /sys/fs/cgroup/testweb.slice/main | xargs)" 'of cgroups'
}

who_may_read() {
	assert_eq root "$(setpriv --reuid nobody --regid nogroup --groups scx-loader scx-loader status --json |
		jq -r '.nodes[0].name')" 'what the group may read'
	can_not setpriv --reuid nobody --regid nogroup --clear-groups scx-loader status
	systemctl start scx-loader-metrics
	wait_until 10 curl -sf -o metrics http://127.0.0.1:9464/metrics
	grep -q '^scx_.*node="web"' metrics || fail "no metrics of 'web'"
	systemctl stop scx-loader-metrics
}

journal() {
	cgexec -g cpu:testbroken sh -c 'sleep 0.1; sleep 0.1'
	wait_until 20 has_said "^'broken' .* ended: "
	assert_match "^'broken' .* ended: " "$(said -p warning | head -n 1)" 'warnings'
	assert_eq 6 "$(said -o json | jq -r 'select(.MESSAGE | test("^up, 2 schedulers")) | .PRIORITY')" 'priority of news'
	! has_said '^<|scx-loader: ' || fail 'the journal names the loader itself'
	echo 'nonsense' >>/etc/scx-loader/hierarchy.ini
	! systemctl reload scx-loader || fail 'it reads nonsense'
	assert_match "hierarchy.ini:11: " "$(said -p err)" 'errors'
}

# What the loader made and systemd has a unit for by now is not the loader's to remove.
not_ours() {
	systemctl start testweb.slice
	systemctl -q disable --now scx-loader
	scx_is disabled || fail 'sched_ext is left enabled'
	assert_eq /sys/fs/cgroup/testweb.slice "$(ls -d /sys/fs/cgroup/testweb.slice)" 'cgroup of an active slice'
	[[ ! -e /sys/fs/cgroup/testweb.slice/main ]] || fail 'the cgroup of the node is left'
	systemctl stop testweb.slice
}

run() {
	systemctl -q enable --now scx-loader
	assert_eq 'active enabled' "$(property ActiveState) $(property UnitFileState)"
	assert_match '^2 of 2 schedulers attached' "$(property StatusText)"
	assert_eq 'root web broken' "$(scx-loader status --json | jq -r '.nodes[] | select(.state == "attached").name' | xargs)" \
		'schedulers that are attached'
	sandbox
	modes
	who_may_read
	journal
	not_ours
}
