# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: the matrix on four sockets of two threads each
# time: instructions
# smp: 8,sockets=4,cores=1,threads=2
# qemu: -object memory-backend-ram,id=m0,size=1536M -object memory-backend-ram,id=m1,size=1536M -numa node,memdev=m0,cpus=0-3 -numa node,memdev=m1,cpus=4-7
#
# See tests/matrix/run.sh. The machine is that of test_locality.sh.

run() {
	/scx/matrix/guest.sh 8,sockets=4,cores=1,threads=2 ci
}
