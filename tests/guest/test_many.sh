# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: 40 nodes, 16 beneath root and 6 beneath each of four of these (200, 64 and 34 in `make test-long`): all attach, busy
# test: ones share, all detach
# time: instructions
# timeout: 400
# takes: 120
# long timeout: 1500

# busy ones of either kind
if [[ -n $LONG ]]; then
	nr=64 below=34 middles=4 busy=12
else
	nr=16 below=6 middles=4 busy=6
fi
# shellcheck disable=SC2034 # start_loader's
START_SECONDS=$((5 * (nr + middles * below)))

setup() {
	local i j
	{
		for ((i = 0; i < nr; i++)); do
			section "n$i"
			for ((j = 0; i < middles && j < below; j++)); do
				section "n$i/m$j"
			done
		done
	} >tree.ini
	start_loader tree.ini
}

section() {
	printf '[%s]\ncgroup = /%s\nsched = fifo\nmax_tasks = 64\ncreate = yes\n' "${1/\//-}" "$1"
}

# used PATH: CPU time that the cgroup has had, us
used() {
	local usec
	read -r _ usec <"/sys/fs/cgroup/$1/cpu.stat"
	echo "$usec"
}

run() {
	local i path paths=() pids=() before=() got sum=0 mean
	assert_eq $((1 + nr + middles * below)) "$(status_json | jq '[.nodes[] | select(.state == "attached")] | length')" 'attached'
	for ((i = 0; i < busy; i++)); do
		paths+=("n$((i + middles))")
	done
	# those of one middle node get as much together as one of the others
	for ((i = 0; i < busy; i++)); do
		paths+=("n1/m$i")
	done
	for path in "${paths[@]}"; do
		hog "/$path"
		pids+=("$pid")
	done
	assert_runs "${pids[@]}"
	sleep 1
	for i in "${!paths[@]}"; do
		before[i]=$(used "${paths[i]}")
	done
	sleep 2
	for ((i = 0; i < busy; i++)); do
		got=$(($(used "${paths[i]}") - before[i]))
		paths[i]+=" $got"
		sum=$((sum + got))
	done
	mean=$((sum / busy))
	got=0
	for ((i = busy; i < 2 * busy; i++)); do
		got=$((got + $(used "${paths[i]}") - before[i]))
	done
	echo "us of each: ${paths[*]:0:busy}; of all in n1: $got"
	for ((i = 0; i < busy; i++)); do
		within_tenth "${paths[i]#* }" "$mean" || fail "not a fair share: ${paths[i]}, $mean on average"
	done
	within_tenth "$got" "$mean" || fail "n1 has $got, the others $mean on average"
	end_workloads
	stop_loader
}

within_tenth() {
	((10 * $1 >= 9 * $2 && 10 * $1 <= 11 * $2))
}
