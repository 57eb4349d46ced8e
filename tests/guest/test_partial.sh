# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: with switch_partial the tree has the tasks of policy SCHED_EXT and no others; SIGINT ends it as SIGTERM does

setup() {
	cat >tree.ini <<-'END'
		[root]
		switch_partial = yes
		[web]
		cgroup = /web
		sched = fifo
		create = yes
	END
	start_loader tree.ini
}

# Whether the task is a scheduler's of the tree, as the kernel sees it
is_ext() {
	awk '$1 == "ext.enabled" { print $3 }' "/proc/$1/sched"
}

used() {
	status_json | jq -r '[.nodes[].used_ns | tostring] | join(" ")'
}

run() {
	local pid before
	assert_eq 0 "$(cat /sys/kernel/sched_ext/switch_all)" switch_all
	before=$(used)
	hog web
	assert_runs "$pid"
	wait_until 5 node_is web nr_tasks -eq 1
	assert_eq 0 "$(is_ext "$pid")" 'ext.enabled of an ordinary task'
	assert_eq "$before" "$(used)" 'time charged while ordinary tasks run'
	kill_all "$pid"

	in_cgroup web asext sh -c 'while :; do :; done'
	wait_until 5 node_is web used_ns -gt 100000000
	assert_eq 1 "$(is_ext "$pid")" 'ext.enabled of a SCHED_EXT task'
	assert_eq "${before% *}" "$(node root used_ns)" 'time charged by root while a task of the sub runs'
	kill_all "$pid"

	asext sh -c 'while :; do :; done' &
	pid=$!
	wait_until 5 node_is root used_ns -gt 100000000
	kill_all "$pid"
	stop_loader INT
}
