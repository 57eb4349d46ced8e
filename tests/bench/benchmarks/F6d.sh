# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: cgroups of weight 1 and 10000, 4 busy threads each: CPUs that each gets
# unit: CPUs
# ideal: a 0.0004, b 3.9996, sum 4.00
# groups: a:1 b:10000
# only: eevdf ours1

# Of the least weight, 0.4 ms in a second are a slice in ten seconds.
run() {
	busy a 4
	busy b 4
	share_out 3 20 a b
}
