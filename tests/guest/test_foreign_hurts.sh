# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a scheduler that is not of this tree and behaves badly: it keeps no more than its share, or it ends, it alone
# timeout: 600
# time: instructions
# takes: 100

objects=/usr/lib/scx-test/objects

setup() {
	cat >tree.ini <<-'END'
		[sibling]
		cgroup = /sibling
		sched = qmap
		create = yes
		[hogs]
		cgroup = /hogs
		sched = fifo
		create = yes
	END
	mkdir /sys/fs/cgroup/greedy
	mkfifo never
	expect_dmesg 'sched_ext: BPF sub-scheduler "greedy" disabled \(reenqueue limit\)'
	expect_dmesg 'sched_ext: BPF sub-scheduler "greedy" disabled \(scx_bpf_error\)'
	expect_dmesg 'sched_ext: BPF sub-scheduler "greedy" disabled \(runnable task stall\)'
	expect_dmesg 'sched_ext: greedy: '
}

cleanup() {
	end_workloads
	rmdir /sys/fs/cgroup/greedy
}

# greedy MANNERS: attach it
greedy() {
	scx-loader attach -o manners="$1" /greedy $objects/greedy.bpf.o
}

# hogs CGROUP: four busy tasks more in $pids
hogs() {
	for _ in 1 2 3 4; do
		hog "/$1"
		pids+=("$pid")
	done
}

# look: what the cgroups have used, in us. Nothing is started for it: that takes its time here.
look() {
	read -r _ greedy </sys/fs/cgroup/greedy/cpu.stat
	read -r _ hogs </sys/fs/cgroup/hogs/cpu.stat
}

# Its slices never end, and at each tick it asks for the cid again; a task of a sibling that sleeps a lot is woken all the same
keeps() {
	local greedy hogs greedy_before hogs_before preempted
	greedy 1
	assert_eq 'true attached' "$(node greedy '| "\(.foreign) \(.state)"')"
	hogs greedy
	hogs hogs
	in_cgroup /sibling bash -c 'exec 3<>never; while :; do read -rt 0.02 -u 3; done'
	sleep 1
	preempted=$(node sibling nr_preempt)
	look
	greedy_before=$greedy hogs_before=$hogs
	sleep 2
	look
	greedy=$((greedy - greedy_before)) hogs=$((hogs - hogs_before))
	echo "greedy $greedy us, hogs $hogs us"
	((greedy * 100 >= hogs * 90 && greedy * 90 <= hogs * 100)) || fail 'not about equal'
	wait_until 30 node_is sibling nr_preempt -ge $((preempted + 50))
	scx-loader detach /greedy
	assert_runs "${pids[@]}"
}

# ends MANNERS REASON: with tasks that run before and after
ends() {
	greedy "$1"
	wait_until 30 loader_says "'greedy' .* ended: $2"
	assert_eq 'exited attached attached' "$(node greedy state) $(node sibling state) $(node root state)"
	assert_runs "${pids[@]}"
	scx-loader detach /greedy
}

run() {
	local pids=()
	start_loader tree.ini
	keeps
	ends 2 'reenqueue limit'
	ends 3 'runnable task stall'
	ends 4 'scx_bpf_error'
	end_workloads
	stop_loader
}
