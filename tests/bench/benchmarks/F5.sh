# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: 4 busy threads in a with a cpu.max of 0.2 and of 1.5 CPUs in 100 ms, 4 in b: CPUs that a gets
# unit: CPUs
# ideal: a-0.2 0.200, a-1.5 1.500, and the sum 4.00
# groups: a:100 b:100
# only: eevdf ours1

run() {
	busy a 4
	busy b 4
	limited 20000
	limited 150000
}

# limited US: of each 100 ms
limited() {
	local name cpus
	echo "$1 100000" >"$cgroups$base/a/cpu.max"
	share_out 2 4 a b | while read -r name cpus; do
		report "$name-$(per "$1" 100000 1)" "$cpus"
	done
	echo max >"$cgroups$base/a/cpu.max"
}
