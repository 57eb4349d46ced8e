#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# source.sh: unpack, once, Debian's linux-source-7.3 of the sysroot as a git repository; print its folder. Nothing is
# committed there: the id of the tree as it was packed is in .git/pristine, and what is checked out is patched.sh's.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
package=linux-source-7.3

unpack_source() {
	local new=$source.$$
	trap 'rm -rf "$new"' EXIT
	mkdir "$new"
	tar -xf "$sysroot/usr/src/$package.tar.xz" -C "$new" --strip-components=1
	git -C "$new" init -q
	git -C "$new" config core.compression 0
	git -C "$new" config gc.auto 0
	git -C "$new" add -Af
	git -C "$new" write-tree >"$new/.git/pristine"
	mv "$new" "$source"
	trap - EXIT
}

sysroot=$("$here/sysroot.sh")
version=$(awk -v p="$package" '$1 == "Package:" { found = $2 == p } found && $1 == "Version:" { print $2 }' \
	"$sysroot/var/lib/dpkg/status")
source=$CACHE/kernel-source_$version
if [[ ! -d $source ]]; then
	need git git
	lock source
	[[ -d $source ]] || stage "kernel: unpack $package $version" unpack_source
fi
echo "$source"
