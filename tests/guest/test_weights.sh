# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: busy subs share the CPUs by cpu.weight, a change of it is taken up, one that is alone gets all, and status shows it
# time: instructions
# takes: 90

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

# measure WHAT: over the 5 s that status shows, after a warm-up: hundredths of a CPU that the cgroups got ($light, $heavy) and
# that were idle.
measure() {
	local now light_before heavy_before idle_before began
	sleep 0.5
	look
	began=$now light_before=$light heavy_before=$heavy idle_before=$idle
	sleep 5
	look
	light=$((100 * (light - light_before) / (now - began)))
	heavy=$((100 * (heavy - heavy_before) / (now - began)))
	idle=$((100 * (idle - idle_before) / (now - began)))
	shown=$(status_json | jq -r '.nodes[] | "\(.name)=\(.entitled_milli)/\(.delivered_milli)"' | xargs)
	echo "$1: light $light, heavy $heavy, idle $idle hundredths of a CPU; status: $shown"
	((idle < 10)) || fail "$1: idle while there was work"
	((light + heavy >= 380)) || fail "$1: not given to those who have work"
}

# shows NODE ENTITLED DELIVERED: status does, in hundredths of a CPU, but for a fifth of one and a quarter: the command itself takes its part of those seconds
shows() {
	local entitled delivered
	IFS=/ read -r entitled delivered < <(grep -o "$1=[0-9/]*" <<<"$shown" | cut -d= -f2)
	{ near "$2" $((entitled / 10)) && near "$3" $((delivered / 10)); } || fail "status of $1: not $2/$3 hundredths of a CPU"
}

near() {
	local off=$(($1 - $2))
	((${off#-} <= 20 + $1 / 4))
}

# The share of the heavier: 2.8 to 3.2 of 4
three_quarters() {
	local percent=$((100 * $1 / ($1 + $2)))
	((70 <= percent && percent <= 80)) || fail "of weight three quarters: $percent %"
}

run() {
	local idle iowait light heavy shown
	hogs heavy
	measure 'weight 300 alone'
	shows root 400 "$heavy"
	shows heavy 400 "$heavy"
	shows light 0 0
	hogs light
	measure 'weights 100 and 300'
	shows root 400 400
	shows heavy 300 "$heavy"
	shows light 100 "$light"
	three_quarters "$heavy" "$light"
	echo 900 >/sys/fs/cgroup/light/cpu.weight
	measure 'weights 900 and 300'
	shows light 300 "$light"
	shows heavy 100 "$heavy"
	three_quarters "$light" "$heavy"
	assert_eq '900 attached 300 attached' "$(node light '| "\(.weight) \(.state)"') $(node heavy '| "\(.weight) \(.state)"')"
	end_workloads
	stop_loader
}
