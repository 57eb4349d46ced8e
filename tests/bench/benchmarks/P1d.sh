# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: the same as P1 with both tasks bound to one CPU: instructions of the machine for a round trip
# unit: instructions
# ideal: as few as can be
# groups: a:100
# cpus: 2
# only: eevdf qmap-subs floor ours1

run() {
	report bound "$(pipe a taskset -c 1)"
}
