# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: keys of a node are set while it runs, what can't be set is refused; a change of which a step fails stops there, and a
# test: reload goes on
# timeout: 600

setup() {
	cat >before.ini <<-'END'
		[root]
		pool_mb = 64
		[keep]
		cgroup = /keep
		sched = qmap
		weight = 100
		create = yes
		[swap]
		cgroup = /swap
		sched = fifo
		create = yes
	END
	cp before.ini tree.ini
	start_loader tree.ini
}

# How often two tasks on one CPU take it from each other in two seconds
switches() {
	local before after
	before=$(awk '/^nonvol/ { print $2 }' "/proc/$1/status")
	sleep 2
	after=$(awk '/^nonvol/ { print $2 }' "/proc/$1/status")
	echo $((after - before))
}

sets() {
	local pid few many before
	assert_eq "set weight of 'keep' to 300
set on_exit of 'keep' to stop" "$(scx-loader set keep weight=300 on_exit=stop)"
	assert_eq '300 300' "$(node keep weight) $(cat /sys/fs/cgroup/keep/cpu.weight)" 'the weight'
	assert_eq 'nothing to do' "$(scx-loader set keep weight=300)"
	assert_eq '2 true' "$(status_json | jq -r '"\(.file.differences | length) \(.nodes[1].differs)"')"

	# a tunable, while it runs
	in_cgroup keep taskset -c 1 sh -c 'while :; do :; done'
	in_cgroup keep taskset -c 1 sh -c 'while :; do :; done'
	before=$(node keep region)
	assert_eq "set slice_us of 'keep' to 2000" "$(scx-loader set keep slice_us=2000)"
	many=$(switches "$pid")
	assert_eq "set slice_us of 'keep' to 200000" "$(scx-loader set keep slice_us=200000)"
	few=$(switches "$pid")
	echo "switches in 2 s: $many with 2 ms, $few with 200 ms"
	((few * 4 < many)) || fail 'the slice did not change'
	assert_eq "$before attached" "$(node keep '| "\(.region) \(.state)"')" 'the node'
	end_workloads

	# what can't change in place
	assert_eq "detach 'keep' from '/keep': highpri_boost changes from its default to yes
attach 'keep' (qmap) to '/keep'" "$(scx-loader set --dry-run keep highpri_boost=yes)"
	assert_match "attach 'keep' \(qmap\) to '/keep', [0-9.]+ s after" "$(scx-loader set keep highpri_boost=yes)"
	assert_eq '300 attached' "$(node keep '| "\(.weight) \(.state)"')" 'the node'
	assert_eq "set slice_us of 'root' to 5000" "$(scx-loader set root slice_us=5000)"

	expect_refusal "scx-loader: option 'weight=0': 'weight' is 0, and its range is 1 to 10000
scx-loader: option 'create=maybe': bad word 'maybe' for 'create'
hint: write 'no' or 'yes'" scx-loader set keep weight=0 create=maybe
	expect_refusal "scx-loader: option 'slice_us=7': 'slice_us' is 7, and its range is 100 to 1000000 us" \
		scx-loader set keep slice_us=7
	expect_refusal "scx-loader: option 'slice_usec=700': unknown key 'slice_usec' in [keep]; did you mean 'slice_us'?" \
		scx-loader set keep slice_usec=700
	expect_refusal "scx-loader: option 'cgroup=/x': 'cgroup' is not an option" scx-loader set keep cgroup=/x
	expect_refusal "scx-loader: no node 'kepe' in this tree; did you mean 'keep'?" scx-loader set kepe weight=3
	expect_refusal "scx-loader: tree.ini:1: pool_mb of [root] can't change from 64 to 128 while the tree runs
hint: stop the loader and start it again" scx-loader set root pool_mb=128

	# the file has the last word
	assert_match "^set slice_us of 'root' to its default" "$(scx-loader reload)"
	assert_eq '100 []' "$(node keep weight) $(status_json | jq -c .file.differences)" 'after a reload'
}

# A step that fails: the rest is not done, the tasks run on, and the next reload finishes.
stops_at_failure() {
	local pid
	ln -s "$(command -v crowd)" unwanted
	mkfifo gate
	cgexec -g cpu:swap ./unwanted 1 <>gate >crowd &
	pid=$!
	wait_until 10 test -s crowd
	expect_dmesg 'sched_ext: BPF sub-scheduler "qmap" disabled \(runtime error\)'
	expect_dmesg 'sched_ext: qmap: scx_sub_enable\(\) failed \(-12\)'
	sed 's/^weight = 100/weight = 150/; s/^sched = fifo/sched = qmap/' before.ini >tree.ini
	printf '%s\n' 'fault_init_comm = unwanted' '[more]' 'cgroup = /more' 'sched = fifo' 'create = yes' >>tree.ini
	expect_refusal "scx-loader: tree.ini:10: 'qmap' on '/swap' exited during attach: runtime error: scx_sub_enable() failed (-12)
scx-loader: done: set weight of 'keep' to 150
scx-loader: done: detach 'swap' from '/swap': sched changes from fifo to qmap
scx-loader: failed: attach 'swap' (qmap) to '/swap'
scx-loader: not done: attach 'more' (fifo) to '/more'" scx-loader reload
	assert_eq '150 failed true' "$(node keep weight) $(node swap '| "\(.state) \(.differs)"')" 'how it stands'
	assert_eq "attach 'swap' (qmap) to '/swap'
attach 'more' (fifo) to '/more'" "$(scx-loader reload --dry-run)" 'what is left to do'
	assert_eq "set weight of 'keep' to 160" "$(scx-loader set keep weight=160)" 'another node'
	assert_eq failed "$(node swap state)"
	hog swap
	assert_runs "$pid"
	sed -i '/^fault_init_comm/d' tree.ini
	scx-loader reload
	assert_eq 'attached qmap attached' "$(node swap '| "\(.state) \(.sched)"') $(node more state)"
	assert_runs "$pid"
	end_workloads
}

run() {
	sets
	stops_at_failure
	stop_loader
}
