#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# cgroup-selftests.sh: build, once, the kernel's own tests of cgroups (tools/testing/selftests/cgroup) of the sysroot's
# linux-source; print the folder of the programs. Only they are unpacked: that takes seconds, all of the source minutes.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
package=linux-source-7.3

build_programs() {
	mkdir "$tmp"
	"$here/sysroot.sh" bash -euo pipefail -c '
		some=$PWD/tests/guest/selftests/some.c
		cd "$1"
		xz -dcT0 "/usr/src/$2.tar.xz" | tar -x --strip-components=4 \
			"$2"/tools/testing/selftests/{cgroup,clone3,pidfd,kselftest.h}
		mkdir programs # whose names some of them look for
		cd cgroup
		for name in core cpu cpuset freezer kill pids; do
			gcc -O2 -D_GNU_SOURCE= -DTESTS="\"test_$name.c\"" -static -pthread -I. -Ilib/include -I.. "$some" \
				lib/cgroup_util.c -o "../programs/test_$name"
		done
	' bash "$tmp" "$package"
	mv "$tmp/programs" "$dir"
}

sysroot=$("$here/sysroot.sh")
version=$(awk -v p="$package" '$1 == "Package:" { found = $2 == p } found && $1 == "Version:" { print $2 }' \
	"$sysroot/var/lib/dpkg/status")
dir=$CACHE/cgroup-selftests_$version-$(key "$TREE/tests/guest/selftests/some.c" <(declare -f build_programs))
tmp=$dir.$$
trap 'rm -rf "$tmp"' EXIT
if [[ ! -d $dir ]]; then
	lock cgroup-selftests
	[[ -d $dir ]] || stage "selftests: build the kernel's of cgroups" build_programs
fi
echo "$dir"
