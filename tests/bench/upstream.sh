#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# upstream.sh: build, once, the peer that the schedulers of this tree are compared with: the kernel's own
# demonstration of sub-schedulers, scx_qmap, of Debian's linux-source-7.3; print the path of the program.

. "$(dirname "$0")/../vm/common.sh"

vm=$TREE/tests/vm
package=linux-source-7.3

# It brings a libbpf of its own: with Debian 13's it crashes.
build_upstream() {
	mkdir -p "$new/out"
	tar -xf "$sysroot/usr/src/$package.tar.xz" -C "$new" --strip-components=1 --wildcards \
		"$package"/tools/{arch,bpf,build,include,lib,sched_ext,scripts} "$package"/{kernel/bpf,scripts} \
		"$package/arch/*/include"
	"$vm/sysroot.sh" make -C "$new/tools/sched_ext" -j"$(nproc)" O="$new/out" CLANG=clang-22 \
		LLVM_STRIP=llvm-strip-22 LLVM_OBJCOPY=llvm-objcopy-22 BPFTOOL=/usr/sbin/bpftool \
		VMLINUX_BTF="$kernel/vmlinux" scx_qmap
	mkdir "$new.done"
	cp "$new/out/build/bin/scx_qmap" "$new.done/"
	rm -rf "$new"
	mv "$new.done" "$dir"
}

sysroot=$("$vm/sysroot.sh")
kernel=$("$vm/kernel.sh")
dir=$CACHE/upstream-$(key <(basename "$sysroot") <(basename "$kernel") <(declare -f build_upstream))
new=$dir.$$
trap 'rm -rf "$new" "$new.done"' EXIT
if [[ ! -d $dir ]]; then
	lock upstream
	[[ -d $dir ]] || stage 'upstream: build scx_qmap' build_upstream
fi
echo "$dir/scx_qmap"
