# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What a test of the kernel patches stands on, beside lib.sh. Such a test runs on the kernel without the patches and on
# the one with them, and shows what each does; $KERNEL is `unpatched` or `patched`. It opens with
#
#	# patch: N what the patch does	(the first line of its part of the table)
#	# dies: unpatched REGEX		(the machine does not survive it on that kernel; its console then says REGEX)
#	# what: TEXT			(needed with `dies`: what the table says that was done)
#	# time: instructions		(what the guest's clock counts; without the line it is the host's time)
#
# and defines run(). Each row of the table is a call of row() or row_same(), with the same text on both kernels.

# row TEXT VALUE UNPATCHED PATCHED: VALUE is what was seen; extended regular expressions of what must be seen on each
row() {
	local expected=$3 verdict=ok
	[[ $KERNEL == unpatched ]] || expected=$4
	[[ $2 =~ ^($expected)$ ]] || verdict=FAIL
	printf '@row\t%s\t%s\t%s\n' "$verdict" "$1" "$2"
	[[ $verdict == ok ]] || echo "expected something like '$expected'"
}

# row_same TEXT VALUE: VALUE is what was seen, and must be the same on both kernels
row_same() {
	printf '@row\tsame\t%s\t%s\n' "$1" "$2"
}

# make_cgroup NAME: with the controllers a sub needs; print its path
make_cgroup() {
	mkdir "/sys/fs/cgroup/$1"
	echo "/sys/fs/cgroup/$1"
}
