# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: such a pair in a, not bound, beside 8 busy threads in b of the same weight: CPUs that each gets
# unit: CPUs
# ideal: a what it can use, 0.5 to 1; b the rest, sum 4.00
# target: a its share when it can use it
# groups: a:100 b:100
# only: eevdf qmap-subs ours1

run() {
	busy b 8
	start_in a pingpong 100000000
	share_out 2 4 a b
}
