# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# sched: this tree, each cgroup with a sub two subs below root

base=/d/e

# shellcheck source=tests/bench/ours.sh
. "$bench/ours.sh"
