# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a task that wakes up stays in the last-level cache where it was while a CPU is idle there; cids of one's own share one
# time: instructions
# smp: 8,sockets=4,cores=1,threads=2
# qemu: -object memory-backend-ram,id=m0,size=1536M -object memory-backend-ram,id=m1,size=1536M -numa node,memdev=m0,cpus=0-3 -numa node,memdev=m1,cpus=4-7

setup() {
	cat >tree.ini <<-'END'
		[own]
		cgroup = /own
		sched = fifo
		cpus = exclusive:1
		create = yes
		[pair]
		cgroup = /pair
		sched = fifo
		cpus = exclusive:2
		create = yes
		[web]
		cgroup = /web
		sched = qmap
		create = yes
		[hogs]
		cgroup = /hogs
		sched = fifo
		create = yes
	END
	start_loader tree.ini
}

# cache_of CPU: the CPUs that share its last-level cache, as in 0-1
cache_of() {
	cat "/sys/devices/system/cpu/cpu$1/cache/index3/shared_cpu_list"
}

# cpu_of PID: where it runs, or ran last
cpu_of() {
	cut -d' ' -f39 "/proc/$1/stat"
}

runs_on() {
	[[ $(cpu_of "$2") == "$1" ]]
}

runs_elsewhere() {
	[[ $(cpu_of "$2") != "$1" ]]
}

# driven_off CPU: the CPU where the task $sleeper was is taken from it, by $hog, which may run nowhere else. It goes to the
# other CPU of that cache, which is idle: in $near is how often it does.
driven_off() {
	local cpu=$1 there
	taskset -pc "$cpu" "$sleeper" >/dev/null
	wait_until 5 runs_on "$cpu" "$sleeper"
	taskset -pc "$cpu" "$hog" >/dev/null
	wait_until 5 runs_on "$cpu" "$hog"
	assert_runs "$hog"
	taskset -pc 0-7 "$sleeper" >/dev/null
	wait_until 5 runs_elsewhere "$cpu" "$sleeper"
	there=$(cpu_of "$sleeper")
	[[ $(cache_of "$there") != "$(cache_of "$cpu")" ]] || near=$((near + 1))
	echo "driven off CPU $cpu, which shares a cache as $(cache_of "$cpu"), the task runs on CPU $there"
}

run() {
	local cpu cpus sleeper hog near=0 tries=0
	cpus=$(node pair cpus)
	assert_match '^[0-7]-[0-7]$' "$cpus" 'CPUs of its own'
	assert_eq "$(cache_of "${cpus%-*}")" "$cpus" 'CPUs of its own'
	scx-loader detach /own
	scx-loader detach /pair
	in_cgroup web sleeper 3000 100
	sleeper=$pid
	in_cgroup hogs hogs 1
	hog=$pid
	for cpu in 0 3 4 7 1 2 5 6 0 3 4 7; do
		# this shell is busy too: far away
		taskset -pc $(((cpu + 4) % 8)) $BASHPID >/dev/null
		driven_off $cpu
		tries=$((tries + 1))
	done
	# now and then a CPU has something else to do
	((near >= tries - 3)) || fail "only $near of $tries times it stays in its cache, in which a CPU is idle"
}
