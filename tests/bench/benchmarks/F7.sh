# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: 4 busy threads in y:100, and in x:300 in m:100, and in n:200 in s:100 and t:300: CPUs that each gets
# unit: CPUs
# ideal: y 1.00, m 1.00, s 0.50, t 1.50, sum 4.00
# groups: x:300 x/m:100 x/n:200 x/n/s:100 x/n/t:300 y:100
# only: eevdf qmap-root qmap-subs ours1

run() {
	busy y 4
	busy x/m 4
	busy x/n/s 4
	busy x/n/t 4
	share_out 3 4 y x/m x/n/s x/n/t
}
