# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a scheduler that is not of this tree, upstream's own qmap, is a node: it gets its share and hurts nobody
# timeout: 600
# time: instructions
# takes: 100

objects=/usr/lib/scx-test/objects

setup() {
	cat >tree.ini <<-END
		[theirs]
		cgroup = /theirs
		sched = $objects/scx_qmap.bpf.o
		slice_ns = 20000000
		round_robin_ns = 200000000
		create = yes
		[ours]
		cgroup = /ours
		sched = qmap
		create = yes
		[heavy]
		cgroup = /heavy
		sched = fifo
		weight = 300
		create = yes
	END
}

cleanup() {
	end_workloads
	rmdir /sys/fs/cgroup/theirs 2>/dev/null || true
}

# hogs CGROUP: four busy tasks
hogs() {
	pids=()
	for _ in 1 2 3 4; do
		hog "/$1"
		pids+=("$pid")
	done
	assert_runs "${pids[@]}"
}

# look: what the clock, the idle CPUs and the cgroups are at, in us
look() {
	local cgroup
	now=${EPOCHREALTIME/./}
	for cgroup in theirs ours heavy; do
		read -r _ used[$cgroup] <"/sys/fs/cgroup/$cgroup/cpu.stat"
	done
	read -r _ _ _ _ idle iowait _ </proc/stat
	idle=$(((idle + iowait) * 10000))
}

# measure WHAT: after a warm-up, what each cgroup got of what all of them did, in thousandths, over 2 s
measure() {
	local -A used=() before=()
	local now idle iowait began idle_before cgroup all=0
	sleep 1
	look
	began=$now idle_before=$idle
	for cgroup in "${!used[@]}"; do
		before[$cgroup]=${used[$cgroup]}
	done
	sleep 2
	look
	for cgroup in "${!used[@]}"; do
		share[$cgroup]=$((used[$cgroup] - before[$cgroup]))
		all=$((all + share[$cgroup]))
	done
	for cgroup in "${!used[@]}"; do
		share[$cgroup]=$((1000 * share[$cgroup] / all))
	done
	idle=$((100 * (idle - idle_before) / (now - began)))
	all=$((100 * all / (now - began)))
	echo "$1: theirs ${share[theirs]}, ours ${share[ours]}, heavy ${share[heavy]} thousandths of $all hundredths of a CPU; idle $idle"
	((idle < 40)) || fail "$1: idle while there was work"
	((all >= 300)) || fail "$1: not given to those who have work"
}

# about WHAT SHARE EXPECTED: within a tenth of it
about() {
	(($2 * 100 >= $3 * 90 && $2 * 100 <= $3 * 110)) || fail "$1: $2 thousandths, not about $3"
}

shares() {
	local -A share=()
	hogs theirs
	measure 'theirs alone'
	about theirs "${share[theirs]}" 1000
	hogs ours
	measure 'two of weight 100'
	about theirs "${share[theirs]}" 500
	hogs heavy
	measure 'two of weight 100, one of 300'
	about theirs "${share[theirs]}" 200
	about heavy "${share[heavy]}" 600
	assert_eq 'true attached' "$(node theirs '| "\(.foreign) \(.state)"')" 'status of theirs'
	(($(node theirs used_ns) > 2000000000)) || fail 'the CPU time of theirs is not shown'
}

# Tasks that come and go, while they run
moves() {
	hogs theirs
	local theirs=("${pids[@]}")
	echo "${theirs[0]}" >/sys/fs/cgroup/ours/cgroup.procs
	assert_runs "${theirs[@]}"
	hogs ours
	echo "${pids[0]}" >/sys/fs/cgroup/theirs/cgroup.procs
	assert_runs "${pids[@]}" "${theirs[@]}"
	kill_all "${pids[@]:1}" "${theirs[@]:2}"
	pids=("${pids[0]}" "${theirs[@]:0:2}")
}

# Beneath one of ours
beneath() {
	local below
	scx-loader attach -o create=yes -o slice_ns=5000000 -o round_robin_ns=200000000 /ours/below $objects/scx_qmap.bpf.o
	hogs ours/below
	below=("${pids[@]}")
	hogs heavy
	assert_runs "${below[@]}" "${pids[@]}"
	assert_eq 'ours true' "$(node ours-below '| "\(.parent) \(.foreign)"')" 'what was attached beneath'
	wait_until 10 node_is ours-below used_ns -gt 100000000
}

run() {
	start_loader tree.ini
	shares
	end_workloads
	moves
	scx-loader detach /theirs
	assert_runs "${pids[@]}"
	end_workloads
	beneath
	end_workloads
	stop_loader
}
