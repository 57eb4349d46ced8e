# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: three cgroups of equal weight, 4 busy threads each: CPUs that each gets
# unit: CPUs
# ideal: a 1.33, b 1.33, c 1.33, sum 4.00
# target: a 1.307-1.360, b 1.307-1.360, c 1.307-1.360, sum at least 3.95
# groups: a:100 b:100 c:100

run() {
	busy a 4
	busy b 4
	busy c 4
	share_out 3 4 a b c
}
