# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a task that had root's CPUs to itself is not made to wait for it when others come, however little its weight

pids=()

setup() {
	printf '%s\n' '[some]' 'cgroup = /some' 'sched = fifo' 'create = yes' >tree.ini
	start_loader tree.ini
}

cleanup() {
	((!${#pids[@]})) || kill_all "${pids[@]}"
}

run() {
	local little
	nice -n 19 sh -c 'while :; do :; done' &
	little=$!
	pids=("$little")
	wait_until 20 has_run "$little" 3000000000
	for _ in 1 2 3 4 5 6 7 8; do
		sh -c 'while :; do :; done' &
		pids+=($!)
	done
	assert_runs "${pids[@]}"
	assert_runs "$little"
	assert_eq enabled "$(scx_state)" 'state of sched_ext'
	kill_all "${pids[@]}"
	pids=()
	stop_loader
}
