# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: what can't be is refused with the words that help, and leaves nothing behind

objects=/usr/lib/scx-test/objects

setup() {
	mkdir -p /sys/fs/cgroup/bare/without
}

cleanup() {
	rm -rf /sys/fs/bpf/other
	rmdir /sys/fs/cgroup/bare/without /sys/fs/cgroup/bare
}

# All that a loader may leave: schedulers, loaded or attached, cgroups, pins, its socket
leavings() {
	cat /sys/kernel/sched_ext/{state,enable_seq}
	bpftool map show | grep -oE '^[0-9]+: (arena|struct_ops) +name \w+' || true
	find /sys/fs/cgroup /sys/fs/bpf -mindepth 1 -type d
	find /run -type s
}

leavings_are() {
	[[ $(leavings) == "$1" ]]
}

# refused TEXT COMMAND...: expect_refusal, and nothing is left. The kernel frees a map a while after its last user is gone.
refused() {
	local before
	before=$(leavings)
	expect_refusal "$@"
	wait_until 5 leavings_are "$before"
}

# file LINE...: a hierarchy file, tree.ini
file() {
	printf '%s\n' "$@" >tree.ini
}

# node_file SCHED: one node
node_file() {
	file '[web]' 'cgroup = /web' "sched = $1" 'create = yes'
}

the_file() {
	refused "scx-loader: can't open 'nosuch.ini': No such file or directory" scx-loader -c nosuch.ini
	file '[web]' 'cgroup = /web' 'sched = qmap' '[batch]' 'cgroup = /web' 'sched = fifo' 'weight = 10001'
	refused "scx-loader: tree.ini:7: 'weight' is 10001, and its range is 1 to 10000
scx-loader: tree.ini:5: [batch] has the cgroup '/web', which is that of [web] in line 2
hint: give each node a cgroup of its own" scx-loader -c tree.ini

	# all problems at once, root's first
	file '[web]' 'cgroup = /web' 'sched = qmap' 'wieght = 3' 'slice_su = 7' 'grant_cids = 4097' 'on_full = dgrade' \
		'slice_us = 4ms' '[b]' 'cgroup = /b' 'sched = qmpa' 'create = yes' '[root]' 'slice_us = 5'
	refused "scx-loader: tree.ini:14: 'slice_us' is 5, and its range is 100 to 1000000 us
scx-loader: tree.ini:4: unknown key 'wieght' in [web]; did you mean 'weight'?
scx-loader: tree.ini:5: unknown key 'slice_su' in [web]; did you mean 'slice_us'?
scx-loader: tree.ini:6: 'grant_cids' is 4097, and its range is 0 to 4096 cids
scx-loader: tree.ini:7: bad word 'dgrade' for 'on_full'
hint: write 'degrade', 'refuse' or 'abort'
scx-loader: tree.ini:8: bad number '4ms' for 'slice_us'
hint: write a plain decimal number from 100 to 1000000; the unit is us
scx-loader: tree.ini:11: no scheduler 'qmpa' in '/usr/lib/scx-loader'; did you mean 'qmap'?
hint: 'scx-loader list' shows what is there; SCX_LOADER_PATH says where to look" scx-loader -c tree.ini
	refused "$(scx-loader -c tree.ini 2>&1 || true)" scx-loader --check -c tree.ini
}

the_object() {
	local o=$objects/two_arenas.bpf.o
	node_file $o
	refused "scx-loader: tree.ini:3: '$o' has 2 arenas: 'one', 'other'; a cid-form scheduler must have exactly one
hint: keep one of them" scx-loader -c tree.ini

	o=$objects/no_arena.bpf.o
	node_file $o
	refused "scx-loader: tree.ini:3: '$o' has no arena; a cid-form scheduler must have exactly one
hint: declare a BPF_MAP_TYPE_ARENA map, and use it in a callback" scx-loader -c tree.ini

	o=$objects/cpu_form.bpf.o
	node_file $o
	refused "scx-loader: tree.ini:3: '$o' is a cpu-form scheduler; a sub must be cid-form (struct sched_ext_ops_cid)
hint: define it with SCX_OPS_CID_DEFINE()" scx-loader -c tree.ini

	node_file $objects/tid_undeclared.bpf.o
	echo 'max_tasks = 5' >>tree.ini
	refused "scx-loader: tree.ini:5: 'tid_undeclared' on '/web' has no variable 'max_tasks', and no slab in the tree's pool
hint: leave it out
scx-loader: tree.ini:3: 'tid_undeclared' on '/web' calls scx_bpf_tid_to_task() without declaring SCX_OPS_TID_TO_TASK, which root 'root' enables
hint: declare it in the flags of its ops" scx-loader -c tree.ini

	# one that is not of this tree: settings by the names of its variables, and nothing beneath it
	o=$objects/scx_qmap.bpf.o
	file '[web]' 'cgroup = /web' "sched = $o" 'slice_n = 5' 'dsp_batch = 4294967296' 'create = yes'
	refused "scx-loader: tree.ini:4: unknown key 'slice_n' in [web]; did you mean 'slice_ns'?
scx-loader: tree.ini:5: 'dsp_batch' is 4294967296, and its range is 0 to 4294967295 u32" scx-loader -c tree.ini
	file '[web]' 'cgroup = /web' "sched = $o" 'create = yes' \
		'[batch]' 'cgroup = /web/batch' 'sched = fifo' 'create = yes'
	refused "scx-loader: tree.ini:7: 'fifo' on '/web/batch' can't attach beneath 'scx_qmap' on '/web', which is no scheduler of this tree
hint: choose one built on sub-scheds/sub.bpf.h for '/web'" scx-loader -c tree.ini

	file '[root]' "sched = $objects/top.bpf.o" '[web]' 'cgroup = /web' 'sched = qmap' 'create = yes'
	refused "scx-loader: tree.ini:5: 'qmap' on '/web' declares SCX_OPS_TID_TO_TASK, which root 'top' does not enable
hint: choose another scheduler here, or a root scheduler that enables it" scx-loader -c tree.ini
}

the_machine() {
	file '[web]' 'cgroup = /bare/without' 'sched = qmap'
	refused "scx-loader: tree.ini:2: the cpu controller is not enabled for cgroup '/bare/without'
hint: echo +cpu >/sys/fs/cgroup/bare/cgroup.subtree_control, or set 'create = yes' in [web]" scx-loader -c tree.ini

	file '[root]' 'pool_mb = 1' '[web]' 'cgroup = /web' 'sched = qmap' 'create = yes'
	refused "scx-loader: tree.ini:2: the pool is too small: NNN pages are needed, pool_mb = 1 gives 256
hint: set 'pool_mb = N' in [root], or lower max_tasks" sh -c 'scx-loader -c tree.ini 2>said; status=$?
		sed -E "s/[0-9]+ pages/NNN pages/; s/.pool_mb = [0-9]+.( in)/'"'pool_mb = N'"'\1/" said >&2; exit $status'

	refused "scx-loader: no loader is running: nobody listens on '/run/scx-loader/control'" scx-loader attach /bare qmap

	# another scheduler has the machine, and keeps it
	node_file qmap
	bpftool struct_ops register $objects/cpu_form.bpf.o /sys/fs/bpf/other >/dev/null
	wait_until 10 scx_is enabled
	refused "scx-loader: tree.ini: can't attach 'root' to '/': Device or resource busy
hint: end the scheduler that runs now; see /sys/kernel/sched_ext/root/ops" scx-loader -c tree.ini
	assert_eq cpu_form "$(</sys/kernel/sched_ext/root/ops)" 'the scheduler that runs'
	rm -r /sys/fs/bpf/other
	wait_until 10 scx_is disabled
}

check_touches_nothing() {
	local before
	node_file qmap
	before=$(leavings)
	assert_eq 'tree.ini: 1 nodes, all checks passed' "$(scx-loader --check -c tree.ini)"
	assert_eq "$before" "$(leavings)" 'what is left of a check'
}

the_running_tree() {
	node_file fifo
	sed -i 's|= /web|= /web/deep|' tree.ini
	start_loader tree.ini
	refused "scx-loader: can't listen on '/run/scx-loader/control': a loader is already running, pid $loader_pid
hint: 'scx-loader status' shows its tree" scx-loader -c tree.ini
	refused "scx-loader: can't open cgroup '/none': No such file or directory
hint: create it, or add '-o create=yes'" scx-loader attach /none qmap
	refused "scx-loader: cgroup '/web/deep' has a scheduler: [web]
hint: detach it first" scx-loader attach /web/deep qmap
	refused "scx-loader: cgroup '/web' has a scheduler below it: [web] on '/web/deep'
hint: detach it first: schedulers attach from the top down" scx-loader attach /web qmap
	refused "scx-loader: option 'grant_cdis=3': unknown key 'grant_cdis' in [bare]; did you mean 'grant_cids'?
scx-loader: option 'grant_cids=4097': 'grant_cids' is 4097, and its range is 0 to 4096 cids" \
		scx-loader attach -o grant_cdis=3 -o grant_cids=4097 /bare qmap
	refused "scx-loader: no room in the pool for the region of [bare]: 49154 pages
hint: make pool_mb in [root] larger, or max_tasks smaller" scx-loader attach -o max_tasks=1048576 /bare qmap
	refused "scx-loader: '$objects/cpu_form.bpf.o' is a cpu-form scheduler; a sub must be cid-form (struct sched_ext_ops_cid)
hint: define it with SCX_OPS_CID_DEFINE()" scx-loader attach /bare $objects/cpu_form.bpf.o
	refused "scx-loader: no scheduler of this tree is on cgroup '/bare'
hint: see 'scx-loader status'" scx-loader detach /bare

	# of a file that is wrong all else that is wrong, too
	printf '%s\n' 'wieght = 3' '[other]' 'cgroup = /other' 'sched = qmap' 'weight = 0' 'slice_us = 1' >>tree.ini
	refused "scx-loader: tree.ini:9: 'weight' is 0, and its range is 1 to 10000
scx-loader: tree.ini:5: unknown key 'wieght' in [web]; did you mean 'weight'?
scx-loader: tree.ini:10: 'slice_us' is 1, and its range is 100 to 1000000 us" scx-loader reload
	refused "$(scx-loader --check tree.ini 2>&1 >/dev/null || true)" scx-loader reload
	stop_loader
}

run() {
	the_file
	the_object
	the_machine
	check_touches_nothing
	the_running_tree
}
