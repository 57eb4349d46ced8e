# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: 200 processes that are killed at once under a limit of 1 % are gone as soon as under EEVDF
# time: instructions

# shellcheck source=measure.sh
. /scx/measure.sh

setup() {
	cat >tree.ini <<-'END'
		[node]
		cgroup = /node
		sched = qmap
		create = yes
	END
	group /plain
	go_ahead
}

# kills PATH: how long it takes until they are gone, ms, $took
kills() {
	local began
	load_in "$1" sh -c 'i=0; while [ $i -lt 199 ]; do sleep 1000 & i=$((i + 1)); done; exec sleep 1000'
	wait_until 60 has_processes 200 "$1"
	knob "$1" cpu.max '1000 100000'
	began=${EPOCHREALTIME/./}
	knob "$1" cgroup.kill 1
	wait_until 100 grep -q 'populated 0' "/sys/fs/cgroup$1/cgroup.events"
	took=$(((${EPOCHREALTIME/./} - began) / 1000))
	knob "$1" cpu.max max
}

has_processes() {
	local pids
	mapfile -t pids <"/sys/fs/cgroup$2/cgroup.procs"
	((${#pids[@]} == $1))
}

run() {
	local took fair
	kills /plain
	fair=$took
	echo "EEVDF: $fair ms"
	start_loader tree.ini
	kills /plain
	expect 'no node, ms' 0 "$took" $((fair * 12 / 10))
	kills /node
	expect 'node, ms' 0 "$took" $((fair * 12 / 10))
	verdict
}
