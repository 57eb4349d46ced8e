# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: two tasks that hand a byte to each other over pipes, on a CPU each: instructions for a round trip
# unit: instructions
# ideal: as few as can be
# target: spread at most 11900
# groups: a:100
# cpus: 2
# only: eevdf qmap-subs floor ours1

run() {
	report spread "$(run_in a pingpong 20000 0 1)"
}
