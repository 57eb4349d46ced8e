# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a node that had the machine to itself is not starved when another's tasks come

setup() {
	cat >tree.ini <<-END
		[early]
		cgroup = /early
		sched  = qmap
		create = yes

		[late]
		cgroup = /late
		sched  = qmap
		create = yes
	END
	start_loader tree.ini
}

usage_usec() {
	awk '$1 == "usage_usec" { print $2 }' "/sys/fs/cgroup$1/cpu.stat"
}

has_used() {
	(($(usage_usec "$1") > $2))
}

run() {
	local i before

	# Tasks that sleep and wake find an idle CPU each time: they never queue, and nobody is dispatched.
	in_cgroup early stress-ng --quiet --switch 1 --timeout 300
	wait_until 60 has_used /early 6000000
	for ((i = 0; i < 8; i++)); do
		hog late
	done
	wait_until 20 has_used /late 500000

	# Equal weights: of the next 2 s of CPU time of the late one, the early one gets its part if it wants it. One that
	# pays for what it had alone gets none.
	before=$(usage_usec /early)
	wait_until 20 has_used /late $(($(usage_usec /late) + 2000000))
	(($(usage_usec /early) - before > 200000)) || fail "starved: $(($(usage_usec /early) - before)) us beside 2 s"
}

cleanup() {
	end_workloads
	[[ -z $loader_pid ]] || stop_loader
}
