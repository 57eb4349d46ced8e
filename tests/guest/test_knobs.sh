# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: what is written to a node's cgroup is followed while it is attached, also when the kernel makes its files anew, and status
# test: says what the files say
# time: instructions

# shellcheck source=measure.sh
. /scx/measure.sh

setup() {
	cat >tree.ini <<-'END'
		[web]
		cgroup = /a/web
		sched = fifo
		[batch]
		cgroup = /a/batch
		sched = fifo
	END
	group /a/web
	group /a/batch
	go_ahead
	start_loader tree.ini
	load_in /a/web hogs 4
	load_in /a/batch hogs 4
}

# gets WHAT WEB BATCH: one that is idle may get a tick now and then
gets() {
	local got
	measure 1 2 /a/web /a/batch
	expect_near 5 25 "$1, web" "$2" "${got[0]}"
	expect_near 5 25 "$1, batch" "$3" "${got[1]}"
}

# shown WEB BATCH: in status, weight and quota of each
shown() {
	expect_is 'status of web' "$1" "$(node web '| "\(.weight) \(.quota_us)"')"
	expect_is 'status of batch' "$2" "$(node batch '| "\(.weight) \(.quota_us)"')"
}

knobs() {
	knob /a/batch cpu.idle 1
	gets 'batch is idle' 4000 0
	knob /a/batch cpu.idle 0
	gets 'and no more' 2000 2000
	knob /a/web cpu.weight 900
	knob /a/batch cpu.max '20000 100000'
	gets 'web has 900, batch no more than 200' 3800 200
	shown '900 0' '100 20000'
	knob /a cgroup.subtree_control -cpu
	knob /a cgroup.subtree_control +cpu
	sleep 4
	gets 'made anew' 2000 2000
	shown '100 0' '100 0'
	knob /a/web cpu.weight 300
	gets 'web has 300' 3000 1000
	shown '300 0' '100 0'
	expect_attached web batch
	end_workloads
	stop_loader
}

run() {
	knobs
	verdict
}
