# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: cgroups of weight 1 and 100, 4 busy threads each: CPUs that each gets
# unit: CPUs
# ideal: a 0.040, b 3.960, sum 4.00
# groups: a:1 b:100
# only: eevdf ours1

run() {
	busy a 4
	busy b 4
	share_out 3 6 a b
}
