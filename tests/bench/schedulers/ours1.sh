# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# sched: this tree, each cgroup with a sub directly below root

base=

# shellcheck source=tests/bench/ours.sh
. "$bench/ours.sh"
