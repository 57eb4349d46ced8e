# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: weight 300 with two busy threads, and weight 100 with four: CPUs that each gets
# unit: CPUs
# ideal: a 2.00, b 2.00, sum 4.00
# groups: a:300 b:100

run() {
	busy a 2
	busy b 4
	share_out 3 4 a b
}
