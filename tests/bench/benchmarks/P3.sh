# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bench: fork, exit and wait of a child, in a cgroup with 10,000 other tasks, asleep: per second
# unit: per second
# ideal: as many as can be
# groups: a:100
# tasks: 16384
# only: eevdf qmap-subs floor ours1

run() {
	report forks "$(run_in a forks 10000 1000)"
}
