# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: two tasks bound to one CPU that yield it to each other: instructions of the machine for a switch
# unit: instructions
# ideal: as few as can be
# groups: a:100
# cpus: 2
# only: eevdf qmap-subs floor ours1

run() {
	report switch "$(run_in a taskset -c 1 stress-ng --yield 2 --timeout 1 --metrics-brief 2>&1 |
		awk '$4 == "yield" { printf "%.0f\n", 1e9 / $9 }')"
}
