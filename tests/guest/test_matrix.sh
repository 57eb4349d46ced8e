# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: the matrix on four CPUs: nobody starved, waiting shared out, no gap, no CPU that is not allowed, the tree alive
# time: instructions
#
# See tests/matrix/run.sh. `make test-matrix` has all cases.

run() {
	/scx/matrix/guest.sh 4 ci
}
