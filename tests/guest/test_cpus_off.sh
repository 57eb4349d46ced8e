# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a node whose own CPUs are all off, or not in its cpuset, competes for all until it has them again, and that is told once
# test: each time; a tree that starts while CPUs are off takes none of those
# takes: 60
# time: instructions

# shellcheck source=measure.sh
. /scx/measure.sh

setup() {
	cat >few.ini <<-'END'
		[web]
		cgroup = /area/web
		sched = qmap
		cpus = exclusive:50%
		[batch]
		cgroup = /batch
		sched = fifo
	END
	cat >tree.ini <<-'END'
		[own]
		cgroup = /own
		sched = fifo
		cpus = exclusive:2
		[inner]
		cgroup = /own/inner
		sched = fair
		cpus = exclusive:1
		[batch]
		cgroup = /batch
		sched = fifo
	END
	group /area/web
	group /batch
	group /own/inner
	echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
	go_ahead
}

# turn ON CPU...
turn() {
	local cpu
	for cpu in "${@:2}"; do
		echo "$1" >"/sys/devices/system/cpu/cpu$cpu/online"
	done
}

# told TIMES WHAT: so often the loader has said so
told() {
	expect_is "times that the loader said '$2'" "$1" "$(grep -c -- "$2" loader.log || true)"
}

few_online() {
	turn 0 2 3
	start_loader few.ini
	expect_is 'own cids of half of two CPUs' 1 "$(node web 'cids | split(",") | length')"
	expect_is 'own CPU of those that are on' '[01]' "$(node web cpus)"
	load_in /area/web hogs 2
	load_in /batch hogs 2
	measure 1 3 /area/web /batch
	expect_near 5 10 'one CPU of two is its own: web' 1000 "${got[0]}"
	expect_near 5 10 'and the other everybody'"'s: batch" 1000 "${got[1]}"
	expect_is 'what batch is entitled to' '9..|10..' "$(node batch entitled_milli)"
	turn 1 2 3
	measure 1 3 /area/web /batch
	expect_near 5 10 'four CPUs: web' 1000 "${got[0]}"
	expect_near 5 10 'four CPUs: batch' 2000 "${got[1]}"
	expect_attached web batch
	end_workloads
	stop_loader
}

# In inner, which has one of the two CPUs of own
cpus_go() {
	local inner both
	start_loader tree.ini
	inner=$(node inner cpus) both=$(node own cpus)
	load_in /own/inner hogs 4
	load_in /batch hogs 4
	measure 1 3 /own/inner /batch
	expect_near 5 10 'inner on its own CPU' 1000 "${got[0]}"
	turn 0 "$inner"
	measure 2 3 /own/inner /batch
	expect_near 5 10 'inner on that of own' 1000 "${got[0]}"
	expect_near 5 10 'batch on the other two' 2000 "${got[1]}"
	expect_is 'status of inner' 'true true' "$(node inner '| "\(.widened) \(.cids != null)"')"
	turn 0 $(seq "${both%-*}" "${both#*-}")
	measure 2 3 /own/inner /batch
	expect_near 5 20 'inner when both are off' 1000 "${got[0]}"
	expect_near 5 20 'batch beside it' 1000 "${got[1]}"
	expect_is 'what inner is entitled to' '9..|10..' "$(node inner entitled_milli)"
	turn 1 $(seq "${both%-*}" "${both#*-}")
	measure 2 3 /own/inner /batch
	expect_near 5 10 'inner on its own CPU again' 1000 "${got[0]}"
	expect_near 5 10 'batch on the other two, and what own does not use' 3000 "${got[1]}"
	expect_is 'status of inner and own' 'false false' "$(node inner widened) $(node own widened)"
	told 1 "'inner' can't use its own CPUs"
	told 1 "'inner' has its own CPUs again"
	told 1 "'own' can't use its own CPUs, $both, as they are off"
	told 1 "'own' has its own CPUs again: $both"
	expect_attached own inner batch
}

# The cpuset of own leaves it the other two CPUs; they are what is chosen when it is attached anew
cpuset_forbids() {
	local others=0-1
	[[ $(node own cpus) == 2-3 ]] || others=2-3
	knob /own cpuset.cpus "$others"
	measure 2 3 /own /batch
	expect_near 5 20 'own on CPUs that are not its own' 2000 "${got[0]}"
	expect_near 5 20 'batch beside it' 2000 "${got[1]}"
	told 1 "'own' can't use its own CPUs.*cpuset has none of them"
	knob /own cpuset.cpus ''
	measure 2 3 /own /batch
	expect_near 5 10 'inner on its own CPU once more' 1000 "${got[0]}"
	told 2 "'own' has its own CPUs again"
	expect_attached own inner batch
	end_workloads
	stop_loader
	knob /own cpuset.cpus "$others"
	start_loader tree.ini
	expect_is 'own CPUs that are in its cpuset' "$others" "$(node own cpus)"
	stop_loader
}

run() {
	few_online
	cpus_go
	cpuset_forbids
	verdict
}
