# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: three cgroups of equal weight, only b has work, 4 busy threads: CPUs that it gets
# unit: CPUs
# ideal: b 4.00
# target: b at least 3.98
# groups: a:100 b:100 c:100

run() {
	busy b 4
	share_out 3 4 b
}
