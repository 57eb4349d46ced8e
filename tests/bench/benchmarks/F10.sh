# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: weight 300 with one busy thread, and twice weight 100 with four: CPUs that each gets
# unit: CPUs
# ideal: a 1.00, b 1.50, c 1.50, sum 4.00
# target: a 0.980-1.020, b 1.470-1.530, c 1.470-1.530
# groups: a:300 b:100 c:100

run() {
	busy a 1
	busy b 4
	busy c 4
	share_out 3 4 a b c
}
