# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a group that had nothing to do for seconds, while another had all CPUs, gets its share when it comes back, and no more
# takes: 80
# time: instructions

# shellcheck source=measure.sh
. /scx/measure.sh

setup() {
	cat >tree.ini <<-'END'
		[web]
		cgroup = /web
		sched = qmap
		[batch]
		cgroup = /batch
		sched = fifo
	END
	group /web/main
	group /batch
	group /plain
	go_ahead
	start_loader tree.ini
}

# comes_back WHO BESIDE: several times, as it depends on who was the last to wait before WHO went
comes_back() {
	local i
	load_in "$2" hogs 4
	for ((i = 1; i <= 5; i++)); do
		load_in "$1" hogs 4
		sleep "0.$((i + 2))"
		end_loads "$1"
		sleep 1.5
		load_in "$1" hogs 4
		measure 0.2 1 "$1" "$2"
		expect_near 8 20 "$1, back beside $2 for the ${i}. time" 2000 "${got[0]}"
		expect_near 8 20 "$2 beside it" 2000 "${got[1]}"
		end_loads "$1"
	done
	end_loads "$2"
}

run() {
	comes_back /batch /web/main
	comes_back /web/main /batch
	comes_back /plain /batch
	comes_back /plain /web/main
	end_workloads
	stop_loader
	verdict
}
