# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: cgroups of weight 1, 10, 100 and 1000, 4 busy threads each: CPUs that each gets
# unit: CPUs
# ideal: a 0.0036, b 0.036, c 0.360, d 3.600, sum 4.00
# groups: a:1 b:10 c:100 d:1000
# only: eevdf ours1

# Of the least weight, 4 ms in a second are not many slices.
run() {
	busy a 4
	busy b 4
	busy c 4
	busy d 4
	share_out 3 12 a b c d
}
