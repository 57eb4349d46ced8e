#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# patched.sh [--debug] [N]: build Debian's linux-source-7.3 with the patches of kernel-patches/series (or only the first N)
# and kernel-patches/kernel.config, and print the folder: vmlinuz, and vmlinux and vmlinux.h as kernel.sh makes them. --debug adds debug.config: a kernel that looks for its own mistakes.
#
# Source and build folder are kept, and the source's files are only touched where one set of patches differs from the
# next, so that only the first build takes long. What patches say beside the code makes no difference.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
patches=$TREE/kernel-patches

# patched_tree: apply the patches to the tree as it was packed, in an index of its own, and print the id of what comes out
patched_tree() {
	local patch
	set -e # a command substitution has lost it
	export GIT_INDEX_FILE=$source/.git/patched.$$
	git -C "$source" read-tree "$(<"$source/.git/pristine")"
	for patch in "${series[@]}"; do
		git -C "$source" apply --cached "$patches/$patch"
	done
	git -C "$source" write-tree
	rm "$GIT_INDEX_FILE"
}

build_kernel() {
	rm -f "$source/.git/index.lock" # of a run that was interrupted
	git -C "$source" read-tree --reset -u "$tree"
	(cd "$patches" && cat "${configs[@]}") >"$build.config"
	"$here/sysroot.sh" bash -euc '
		source=$1 build=$2 new=$3 jobs=$4
		export KBUILD_BUILD_USER=scx KBUILD_BUILD_HOST=scx-tree
		KCONFIG_ALLCONFIG=$build.config make -sC "$source" O="$build" allnoconfig
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
tree=$(patched_tree)
dir=$CACHE/kernel-patched${#series[@]}${debug}_$version-$(cd "$patches" && key "${configs[@]}" <(echo "$tree") \
	<(declare -f build_kernel))
if [[ ! -d $dir ]]; then
	lock patched
	build=$CACHE/kernel-build${debug}_$version
	[[ -d $dir ]] || stage "kernel: build$debug $version with ${#series[@]} patches" build_kernel
fi
echo "$dir"
