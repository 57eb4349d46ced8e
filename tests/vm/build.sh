#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# build.sh: build the tree in the sysroot, to build/vm, and install it to build/vm/guest, which vm.sh lays over the guest's
# root.
# build.sh TARGET...: make these targets instead, in the sysroot, with their output shown.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
"$here/sysroot.sh" >/dev/null

make_inside() {
	"$here/sysroot.sh" make --no-print-directory -j"$(nproc)" O=build/vm PREFIX=/usr ${V:+V=1} "$@"
}

new=$TREE/build/vm/guest.$$
trap 'rm -rf "$new"' EXIT

# Into a new folder, so that what was removed from the tree is gone, and an interrupted build is never booted.
build() {
	make_inside all
	make_inside install-guest DESTDIR="$new"
	cp -r "$selftests" "$new/usr/lib/scx-test/selftests"
	rm -rf "$TREE/build/vm/guest"
	mv "$new" "$TREE/build/vm/guest"
}

mkdir -p "$TREE/build/vm"
exec 9>"$TREE/build/vm/lock"
flock 9
if (($#)); then
	make_inside "$@"
else
	selftests=$("$here/cgroup-selftests.sh")
	stage 'build: loader and schedulers' build
fi
