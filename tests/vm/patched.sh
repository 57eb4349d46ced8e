#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# patched.sh [--debug] [N]: build Debian's linux-source-7.3 with the patches of kernel-patches/series (or only the first N;
# 0 is the kernel without any) and kernel-patches/kernel.config, and print the folder: vmlinuz, and vmlinux and vmlinux.h
# as kernel.sh makes them. --debug adds debug.config: a kernel that looks for its own mistakes.
#
# Source and build folder are kept, and the source's files are only touched where one set of patches differs from the
# next, so that only the first build takes long.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
patches=$TREE/kernel-patches

# The patched tree is made in an index of its own; read-tree then writes only files that differ from those that are there.
apply_patches() {
	local patch tree index=$source/.git/patched
	GIT_INDEX_FILE=$index git -C "$source" read-tree "$(<"$source/.git/pristine")"
	for patch in "${series[@]}"; do
		GIT_INDEX_FILE=$index git -C "$source" apply --cached "$patches/$patch"
	done
	tree=$(GIT_INDEX_FILE=$index git -C "$source" write-tree)
	rm -f "$source/.git/index.lock" # of a run that was interrupted
	git -C "$source" read-tree --reset -u "$tree"
}

build_kernel() {
	apply_patches
	(cd "$patches" && cat "${configs[@]}") >"$build.config"
	"$here/sysroot.sh" bash -euc '
		source=$1 build=$2 new=$3 jobs=$4
		export KBUILD_BUILD_USER=scx KBUILD_BUILD_HOST=scx-tree
		make -sC "$source" O="$build" x86_64_defconfig kvm_guest.config
		KCONFIG_CONFIG=$build/.config "$source/scripts/kconfig/merge_config.sh" -m -O "$build" "$build/.config" "$build.config"
		make -sC "$build" olddefconfig
		missing=$(grep ^CONFIG_ "$build.config" | grep -vxFf "$build/.config") && echo "not to be had: $missing" && exit 1
		make -sC "$build" -j"$jobs" bzImage
		mkdir "$new"
		cp "$build/arch/x86/boot/bzImage" "$new/vmlinuz"
		strip --strip-debug -o "$new/vmlinux" "$build/vmlinux"
		bpftool btf dump file "$new/vmlinux" format c >"$new/vmlinux.h"
	' bash "$source" "$build" "$dir.$$" "$(nproc)"
	mv "$dir.$$" "$dir"
}

configs=(kernel.config) debug=''
if [[ ${1-} == --debug ]]; then
	configs+=(debug.config) debug=-debug
	shift
fi
source=$("$here/source.sh")
version=${source##*_}
mapfile -t series < <(grep -v '^#' "$patches/series" | head -n "${1-100}")
dir=$CACHE/kernel-patched${#series[@]}${debug}_$version-$(cd "$patches" &&
	key "${configs[@]}" "${series[@]}" <(declare -f apply_patches build_kernel))
if [[ ! -d $dir ]]; then
	lock patched
	build=$CACHE/kernel-build${debug}_$version
	[[ -d $dir ]] || stage "kernel: build$debug $version with ${#series[@]} patches" build_kernel
fi
echo "$dir"
