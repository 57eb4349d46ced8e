# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: busy subs share the CPUs by cpu.weight, a change of it is taken up, and one that is alone gets all

setup() {
	cat >tree.ini <<-'END'
		[light]
		cgroup = /light
		sched = qmap
		weight = 100
		create = yes
		[heavy]
		cgroup = /heavy
		sched = qmap
		weight = 300
		create = yes
	END
	start_loader tree.ini
}

# hogs CGROUP: four busy tasks
hogs() {
	local pids=()
	for _ in 1 2 3 4; do
		hog "/$1"
		pids+=("$pid")
	done
	assert_runs "${pids[@]}"
}

# look: what the clock, the cgroups and the idle CPUs are at, in us. Nothing is started for it: that takes its time here.
look() {
	now=${EPOCHREALTIME/./}
	read -r _ light </sys/fs/cgroup/light/cpu.stat
	read -r _ heavy </sys/fs/cgroup/heavy/cpu.stat
	read -r _ _ _ _ idle iowait _ </proc/stat
	idle=$(((idle + iowait) * 10000))
}

# measure WHAT: after a warm-up of 3 s, over 6 s: hundredths of a CPU that the cgroups got ($light, $heavy) and that were idle.
# In an emulator that shares its host, whoever else runs here looks busier than he is: so some is left to others.
measure() {
	local now light_before heavy_before idle_before began
	sleep 3
	look
	began=$now light_before=$light heavy_before=$heavy idle_before=$idle
	sleep 6
	look
	light=$((100 * (light - light_before) / (now - began)))
	heavy=$((100 * (heavy - heavy_before) / (now - began)))
	idle=$((100 * (idle - idle_before) / (now - began)))
	echo "$1: light $light, heavy $heavy, idle $idle hundredths of a CPU"
	((idle < 40)) || fail "$1: idle while there was work"
	((light + heavy >= 320)) || fail "$1: not given to those who have work"
}

# The share of the heavier: 2.4 to 3.6 of 4
three_quarters() {
	local percent=$((100 * $1 / ($1 + $2)))
	((60 <= percent && percent <= 90)) || fail "of weight three quarters: $percent %"
}

run() {
	local idle iowait light heavy
	hogs heavy
	measure 'weight 300 alone'
	hogs light
	measure 'weights 100 and 300'
	three_quarters "$heavy" "$light"
	echo 900 >/sys/fs/cgroup/light/cpu.weight
	measure 'weights 900 and 300'
	three_quarters "$light" "$heavy"
	assert_eq '900 attached 300 attached' "$(node light '| "\(.weight) \(.state)"') $(node heavy '| "\(.weight) \(.state)"')"
	end_workloads
	stop_loader
}
