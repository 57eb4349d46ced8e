# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: attach, detach and status over the control socket: what they do, what they refuse and to whom

setup() {
	mkdir /sys/fs/cgroup/there
	cat >tree.ini <<-'END'
		[web]
		cgroup = /web
		sched = qmap
		create = yes
	END
	start_loader tree.ini
}

nodes() {
	status_json | jq -r '[.nodes[].cgroup] | join(" ")'
}

attaches() {
	local id
	scx-loader attach -o slice_us=2000 -o max_tasks=100 -o weight=250 /there fifo
	assert_eq 'there fifo 1 attached 250 100 false' \
		"$(node there '| "\(.name) \(.sched) \(.depth) \(.state) \(.weight) \(.slab_capacity) \(.made_cgroup)"')" \
		'what was attached'
	assert_eq 250 "$(cat /sys/fs/cgroup/there/cpu.weight)" 'weight of the cgroup'
	id=$(cgroup_inode /there)
	assert_eq fifo "$(cat "/sys/kernel/sched_ext/root/sub/sub-$id/ops")" 'in sysfs'
	loader_says "^attached 'there' \(fifo\) to '/there' in " || fail 'the loader does not tell'
	# below one that is there, and in a cgroup that is made
	scx-loader attach -o create=yes /web/below/er fifo
	assert_eq 'web 2 true' "$(node web-below-er '| "\(.parent) \(.depth) \(.made_cgroup)"')" 'what was attached below'
	assert_eq '/ /web /web/below/er /there' "$(nodes)" 'the nodes'
	scx-loader detach /web/below/er
	assert_eq attached "$(node web state)" 'the one above'
	[[ ! -e /sys/fs/cgroup/web/below ]] || fail 'the cgroups that were made are left'
	scx-loader detach /there
	[[ ! -e /sys/kernel/sched_ext/root/sub/sub-$id ]] || fail 'the scheduler is left in sysfs'
	[[ -e /sys/fs/cgroup/there ]] || fail 'a cgroup that was there before is gone'
}

refuses() {
	expect_refusal "scx-loader: option 'slice_us=1': 'slice_us' is 1, and its range is 100 to 1000000 us" \
		scx-loader attach -o slice_us=1 /there qmap
	expect_refusal "scx-loader: option 'slice_us=fast': bad number 'fast' for 'slice_us'
hint: write a plain decimal number from 100 to 1000000; the unit is us" scx-loader attach -o slice_us=fast /there qmap
	expect_refusal "scx-loader: option 'slice_usec=2000': unknown key 'slice_usec' in [there]; did you mean 'slice_us'?
scx-loader: option 'wieght=3': unknown key 'wieght' in [there]; did you mean 'weight'?
scx-loader: option 'on_full=explode': bad word 'explode' for 'on_full'
hint: write 'degrade', 'refuse' or 'abort'" \
		scx-loader attach -o slice_usec=2000 -o wieght=3 -o on_full=explode /there qmap
	expect_refusal "scx-loader: option 'nonsense': not of the form 'key=value'" scx-loader attach -o nonsense /there qmap
	expect_refusal "scx-loader: option 'on_exit=perhaps': bad word 'perhaps' for 'on_exit'
hint: write 'leave', 'restart' or 'stop'" scx-loader attach -o on_exit=perhaps /there qmap
	expect_refusal "scx-loader: no scheduler 'nosuch' in '/usr/lib/scx-loader'
hint: 'scx-loader list' shows what is there; SCX_LOADER_PATH says where to look" scx-loader attach /there nosuch
	expect_refusal "scx-loader: bad cgroup 'there': it does not begin with '/'
hint: write the path below the cgroup2 mount, as in '/web' or '/web/batch'" scx-loader attach there qmap
	expect_refusal "scx-loader: can't open cgroup '/missing': No such file or directory
hint: create it, or add '-o create=yes'" scx-loader attach /missing qmap
	expect_refusal "scx-loader: no room in the pool for the region of [there]: 49154 pages
hint: make pool_mb in [root] larger, or max_tasks smaller" scx-loader attach -o max_tasks=1048576 /there qmap
	expect_refusal "scx-loader: cgroup '/web' has a scheduler: [web]
hint: detach it first" scx-loader attach /web fifo
	scx-loader attach -o create=yes /up/low fifo
	expect_refusal "scx-loader: cgroup '/up' has a scheduler below it: [up-low] on '/up/low'
hint: detach it first: schedulers attach from the top down" scx-loader attach /up fifo
	scx-loader detach /up/low
	expect_refusal "scx-loader: no scheduler of this tree is on cgroup '/nowhere'
hint: see 'scx-loader status'" scx-loader detach /nowhere
	expect_refusal "scx-loader: bad cgroup '/': it is root's" scx-loader detach /
	expect_refusal "scx-loader: can't listen on '/run/scx-loader/control': a loader is already running, pid $loader_pid
hint: 'scx-loader status' shows its tree" scx-loader -c tree.ini
}

# The loader's group may look; others may not even do that.
refuses_others() {
	local reader=(setpriv --reuid nobody --regid root --clear-groups)
	local stranger=(setpriv --reuid nobody --regid nogroup --clear-groups)
	assert_eq '/ /web' "$("${reader[@]}" scx-loader status --json | jq -r '[.nodes[].cgroup] | join(" ")')" \
		'what a member of the group sees'
	expect_refusal "scx-loader: can't detach '/web': only root may change the tree
hint: run it as root" "${reader[@]}" scx-loader detach /web
	expect_refusal "scx-loader: can't attach 'fifo' to '/there': only root may change the tree
hint: run it as root" "${reader[@]}" scx-loader attach /there fifo
	expect_refusal "scx-loader: can't connect to '/run/scx-loader/control': Permission denied
hint: the socket is open to root and to the loader's group" "${stranger[@]}" scx-loader status
}

# The cgroup of a scheduler that is detached stays when there are tasks in it, and the loader says so.
leaves_busy_cgroup() {
	local pid
	scx-loader attach -o create=yes /made fifo
	in_cgroup made sleep 1000
	wait_until 5 node_is made nr_tasks -eq 1
	scx-loader detach /made
	assert_eq "0::/made" "$(cat "/proc/$pid/cgroup")" 'cgroup of the task'
	loader_says "cgroup '/made' is left: Device or resource busy" || fail 'the loader does not tell'
	kill_all "$pid"
	rmdir /sys/fs/cgroup/made
}

# Ends the loader, and not what it runs.
keeps_tree() {
	local seq
	seq=$(</sys/kernel/sched_ext/enable_seq)
	scx-loader stop --keep
	loader_ends 0
	assert_eq enabled "$(scx_state)"
	expect_refusal "scx-loader: no loader is running: nobody listens on '/run/scx-loader/control'" scx-loader stop --keep
	start_loader tree.ini
	assert_eq "adopted 'root' as root and 1 scheduler beneath it" "$(sed -n 1p "$LOADER_LOG")"
	assert_eq "$seq" "$(</sys/kernel/sched_ext/enable_seq)" 'how often a scheduler was loaded'
}

run() {
	local before
	before=$(nodes)
	attaches
	refuses
	refuses_others
	leaves_busy_cgroup
	assert_eq "$before" "$(nodes)" 'the nodes in the end'
	keeps_tree
	stop_loader
}

cleanup() {
	end_workloads
	rmdir /sys/fs/cgroup/there
}
