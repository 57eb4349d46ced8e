# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: shares are exact: by weight alone, not by how often tasks wake up; a pair that hands over a byte keeps its own
# time: instructions

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

# measure WHAT: over 1.2 s, thousandths of a CPU: $light, $heavy, $sum
measure() {
	local name value
	what=$1
	while read -r name value; do
		printf -v "$name" %s "$(awk -v v="$value" 'BEGIN { printf "%.0f\n", v * 1000 }')"
	done < <(shares 0.4 1.2 /sys/fs/cgroup/light /sys/fs/cgroup/heavy)
	echo "$what: light $light, heavy $heavy, of 4000"
	((sum >= 3900)) || fail "$what: $((4000 - sum)) thousandths of a CPU are wasted"
}

# gets VALUE IDEAL: within 5 %
gets() {
	((100 * $1 >= 95 * $2 && 100 * $1 <= 105 * $2)) || fail "$what: $1 thousandths of a CPU, not $2"
}

run() {
	local what light heavy sum i
	in_cgroup heavy hogs 4
	in_cgroup light hogs 4
	measure 'all busy'
	gets "$light" 1000
	gets "$heavy" 3000

	# wakes up 1000 times a second, and would take 3.6 CPUs
	end_workloads
	in_cgroup heavy hogs 4
	for ((i = 0; i < 6; i++)); do
		in_cgroup light sleeper 400 600
	done
	measure 'light tasks that sleep'
	gets "$light" 1000

	end_workloads
	echo 100 >/sys/fs/cgroup/heavy/cpu.weight
	in_cgroup heavy hogs 8
	in_cgroup light pingpong 100000000
	# Of the pair one runs at a time, apart from the way to sleep, and a wake-up on another CPU takes as long as the
	# emulator's turns are: 480 to 1080 were seen.
	measure 'a pair of pipes in light, hogs in heavy'
	((light >= 300)) || fail "$what: the pair starves"
	((heavy >= 1900)) || fail "$what: the hogs do not get their half"
}
