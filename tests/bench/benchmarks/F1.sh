# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: cgroups of weight 100 and 300, 4 busy threads each: CPUs that each gets
# unit: CPUs
# ideal: a 1.00, b 3.00, sum 4.00
# target: a 0.980-1.020, b 2.940-3.060, sum at least 3.95
# groups: a:100 b:300

run() {
	busy a 4
	busy b 4
	share_out 3 4 a b
}
