#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# deb.sh: build Debian's packages of the tree as it stands, in the sysroot, to build/deb.
# deb.sh --test: and try them (test_deb.sh), with the tests' output shown.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
out=$TREE/build/deb
new=$out/source.$$
trap 'rm -rf "$new"' EXIT

# Of a copy, as debhelper leaves its own files beside what it builds. What was built before is kept for make to look at.
build() {
	mkdir -p "$new"
	git -C "$TREE" ls-files -z --cached --others --exclude-standard |
		tar -C "$TREE" --ignore-failed-read --null -T - -cf - | tar -C "$new" -xf -
	[[ ! -d $out/source/build ]] || mv "$out/source/build" "$new/build"
	rm -rf "$out/source" "$out"/*.*deb
	mv "$new" "$out/source"
	"$here/sysroot.sh" env -C "$out/source" dpkg-buildpackage -nc -b -us -uc
}

mkdir -p "$out"
"$here/sysroot.sh" >/dev/null
exec 9>"$out/lock"
flock 9
stage 'build: packages' build
if [[ ${1-} == --test ]]; then
	TEST_VMLINUX=$("$here/kernel.sh")/vmlinux "$here/sysroot.sh" tests/unit/run tests/vm/test_deb.sh
else
	realpath --relative-to="$PWD" "$out"/scx-tree*_*.deb
fi
