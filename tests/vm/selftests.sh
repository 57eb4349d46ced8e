#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# selftests.sh: build, once, the kernel's own tests of sched_ext (tools/testing/selftests/sched_ext) from Debian's source and
# the types of Debian's kernel; print the path of their runner.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")

build_selftests() {
	mkdir -p "$tmp/source" "$tmp/output"
	git -C "$source" archive "$(<"$source/.git/pristine")" tools scripts include | tar -xf - -C "$tmp/source"
	"$here/sysroot.sh" make -sC "$tmp/source/tools/testing/selftests/sched_ext" -j"$(nproc)" OUTPUT="$tmp/output" \
		CLANG=clang BPFTOOL=/usr/sbin/bpftool VMLINUX_BTF="$kernel/vmlinux" VMLINUX_H="$kernel/vmlinux.h"
	mkdir "$tmp/done"
	mv "$tmp/output/runner" "$tmp/done/"
	mv "$tmp/done" "$dir"
}

source=$("$here/source.sh")
kernel=$("$here/kernel.sh" 7.3)
dir=$CACHE/selftests_${source##*_}-$(key <(basename "$kernel") <(declare -f build_selftests))
tmp=$dir.$$
trap 'rm -rf "$tmp"' EXIT
if [[ ! -d $dir ]]; then
	lock selftests
	[[ -d $dir ]] || stage "selftests: build sched_ext's own of ${source##*_}" build_selftests
fi
echo "$dir/runner"
