# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: the matrix on three CPUs
# smp: 3
# time: instructions
#
# See tests/matrix/run.sh.

run() {
	/scx/matrix/guest.sh 3 ci
}
