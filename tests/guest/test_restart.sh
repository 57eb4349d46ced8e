# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: what ended comes back: after failures until the tenth, with its parent, with its cgroup; and nobody else is hurt
# timeout: 400

setup() {
	expect_dmesg 'sched_ext: BPF sub-scheduler "(qmap|greedy)" disabled \((scx_bpf_error|runtime error)\)'
	expect_dmesg 'sched_ext: (qmap|greedy): '
	cat >tree.ini <<-'END'
		[web]
		cgroup = /web
		sched = qmap
		fault_error_after = 20
		on_exit = restart
		create = yes
		[below]
		cgroup = /web/below
		sched = fifo
		create = yes
		[service]
		cgroup = /service
		sched = fifo
		[broken]
		cgroup = /broken
		sched = /usr/lib/scx-test/objects/greedy.bpf.o
		manners = 4
		on_exit = restart
		restart_delay_ms = 50
		create = yes
	END
	mkdir /sys/fs/cgroup/service
	start_loader tree.ini
}

node_says() {
	[[ $(node "$1" "$2") == "$3" ]]
}

# A service manager ends a service, and starts it again, somewhere below the old place and at it.
cgroup_comes_back() {
	local id
	id=$(cgroup_inode /service)
	rmdir /sys/fs/cgroup/service
	wait_until 10 node_says service state waiting
	assert_match ' 2$' "$(node service '| "\(.exit.reason) \(.exit.code / 4294967296)"')" 'why it ended'
	loader_says "^'service' waits for its cgroup '/service'" || fail 'the loader does not say that it waits'
	mkdir /sys/fs/cgroup/other /sys/fs/cgroup/service
	wait_until 10 node_says service state attached
	[[ $(cgroup_inode /service) != "$id" ]] || fail 'it is the same cgroup'
	assert_eq fifo "$(<"/sys/kernel/sched_ext/root/sub/sub-$(cgroup_inode /service)/ops")" 'its scheduler'
	assert_eq 1 "$(node service nr_restarts)" 'restarts'
	assert_match '^  *restarted 1 time; last ended: ' "$(scx-loader status | grep -A1 '^ *service ' | tail -n 1)"
	cgexec -g cpu:service true
	rmdir /sys/fs/cgroup/other
}

# What fails is attached again, and what lies below with it, which has not failed.
parent_comes_back() {
	mkdir /sys/fs/cgroup/web/main
	in_cgroup web/main taskset -c 3 sh -c 'while :; do :; done'
	in_cgroup web/main taskset -c 3 sh -c 'while :; do :; done'
	wait_until 20 loader_says "'web' .* ended"
	end_workloads
	wait_until 60 node_is below nr_restarts -ge 1
	assert_eq 'attached attached' "$(node web state) $(node below state)"
	assert_match "^attached 'below' .*
'web' \(qmap\) .* ended: scx_bpf_error.*
'web' is attached again in 1.0 s
attached 'web' " "$(log_of 'web|below' | grep -v "'below' .* ended" | tail -n +2)" 'what web and below did'
	! loader_says "'below' is attached again" || fail 'its parent was taken for a failure of its own'
	rmdir /sys/fs/cgroup/web/main
}

log_of() {
	sed 's/^scx-loader: //' "$LOADER_LOG" | grep -E "'($1)'"
}

fails_ten_times() {
	in_cgroup broken sh -c 'while :; do sleep 0.1; done'
	wait_until 120 node_says broken state left
	assert_match "'broken' has failed 10 times and is left to 'root'; 'scx-loader reload' tries again$" \
		"$(log_of broken)" 'the last word on it'
	assert_eq '0.1 0.1 0.2 0.4 0.8 1.6 1.6 1.6 1.6 ' \
		"$(sed -n "s/^'broken' is attached again in \(.*\) s/\1/p" "$LOADER_LOG" | tr '\n' ' ')" 'delays'
	assert_eq 'attached attached attached' "$(node root state) $(node service state) $(node web state)"
	assert_runs "$pid"
}

# What happened is told with the time, by the loader and without it, and the kernel's dump is kept.
logs() {
	local dump now
	assert_match '^[0-9]{4}-[0-9-]+ [0-9:.]+  '"'broken' has failed 10 times" "$(scx-loader log broken | tail -n 1)" log
	now=$(date '+%F %T')
	sleep 1.1
	assert_eq '' "$(scx-loader log --since "$now" web)" 'what happened since now'
	assert_match "'broken' has failed 10 times" "$(scx-loader log --since 1h broken | tail -n 1)" 'the log of an hour'
	dump=$(scx-loader log --json broken | jq -r '[.events[].dump // empty] | last')
	grep -q '^CPU states' "$dump" || fail "no dump in '$dump'"
	assert_eq 8 "$(find /var/lib/scx-loader/dumps -name '*-broken.txt' | wc -l)" 'dumps that are kept'
}

run() {
	cgroup_comes_back
	parent_comes_back
	fails_ten_times
	logs
	sed -i /manners/d tree.ini
	scx-loader reload
	assert_eq 'attached 0' "$(node broken '| "\(.state) \(.nr_restarts)"')" 'after a reload'
	end_workloads
	stop_loader
	assert_match " detached 'broken' \(greedy\) from '/broken'$" "$(scx-loader log broken | tail -n 1)" \
		'the log of a loader that has ended'
	rmdir /sys/fs/cgroup/service
}
