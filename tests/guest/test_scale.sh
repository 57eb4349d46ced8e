# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: as many nodes as CPUs, 16 of either (64 in `make test-long`): all attach, the busy half shares all CPUs by weight, each node exactly
# smp: 16
# time: instructions
# timeout: 600
# takes: 90
# long smp: 64
# long timeout: 3600

# It runs with other numbers of CPUs as well.
nr=$(nproc)
# shellcheck disable=SC2034 # start_loader's
START_SECONDS=$((20 * nr))

# One quarter of the nodes weighs 300, one 100, and both are busy: 3 CPUs, and 1, for each
setup() {
	local i
	for ((i = 0; i < nr; i++)); do
		printf '[n%d]\ncgroup = /n%d\nsched = fifo\nweight = %d\nmax_tasks = 64\ncreate = yes\n' $i $i "$(weight_of $i)"
	done >tree.ini
	start_loader tree.ini
}

weight_of() {
	echo $(($1 < nr / 4 ? 300 : 100))
}

run() {
	local i name value ideal busy=()
	assert_eq $((nr + 1)) "$(status_json | jq '[.nodes[] | select(.state == "attached")] | length')" 'attached'
	for ((i = 0; i < nr / 2; i++)); do
		in_cgroup n$i hogs 4
		busy+=("/sys/fs/cgroup/n$i")
	done
	shares 1 2 "${busy[@]}" >measured
	cat measured
	while read -r name value; do
		value=$(awk -v v="$value" 'BEGIN { printf "%.0f\n", v * 1000 }')
		if [[ $name == sum ]]; then
			((value >= 970 * nr)) || fail "of $nr CPUs only $value thousandths have work, and half of the tasks wait"
		else
			ideal=$((10 * $(weight_of "${name#n}")))
			((10 * value >= 9 * ideal && 10 * value <= 11 * ideal)) || fail "$name has $value thousandths of a CPU, not $ideal"
		fi
	done <measured
}
