# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a task that never sleeps beside processes that each live for a moment gets what it gets under EEVDF, and so do they
# time: instructions
# smp: 1
# takes: 60

# shellcheck source=measure.sh
. /scx/measure.sh

setup() {
	cat >tree.ini <<-'END'
		[q]
		cgroup = /q
		sched = qmap
		create = yes
		[f]
		cgroup = /f
		sched = fifo
		create = yes
	END
	group /plain
	go_ahead
}

# beside WHAT COMMAND...
beside() {
	local what=$1 hog
	load_in "$path" hogs 1
	hog=$pid
	load_in "$path" "${@:2}"
	measure 0.5 1.5 "$hog"
	end_loads "$path"
	if [[ $where == EEVDF ]]; then
		fair[$what]=${got[0]}
		echo "EEVDF, beside $what: ${got[0]}"
	else
		expect "$where, beside $what" $((fair[$what] * 9 / 10)) "${got[0]}" $((1000 - (1000 - fair[$what]) * 8 / 10))
	fi
}

# in_place WHERE PATH
in_place() {
	local where=$1 path=$2
	beside 'a shell' sh -c 'while :; do /bin/true; done'
	beside '3 chains' load chains 3 1000
}

run() {
	local -A fair=()
	in_place EEVDF /plain
	start_loader tree.ini
	in_place 'no node' /plain
	in_place qmap /q
	in_place fifo /f
	verdict
}
