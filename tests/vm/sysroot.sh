#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# sysroot.sh: make, once, the Debian 13 tree in which the project is built and from which the guest boots; print its path.
# sysroot.sh COMMAND...: run COMMAND in it, with the project's tree at the path it has outside.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")

make_sysroot() {
	local packages
	tmp=$sysroot.$$
	list=$(mktemp)
	trap 'rm -rf --one-file-system "$tmp" "$list"' EXIT
	sources_list trixie trixie-backports >"$list"
	packages=$(sed 's/#.*//' "$here/packages" | xargs | tr ' ' ,)
	# what it mounts (the machine's own /proc and /sys) must go with it when it is interrupted
	stage 'sysroot: Debian 13 and its backports' \
		unshare --mount --propagation private mmdebstrap --variant=minbase --include="$packages" \
		--aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Check-Date "false"' \
		trixie "$tmp" "$list"
	# The headers of sched_ext's BPF side, upstream's schedulers and the script that unpacks a vmlinuz.
	stage 'sysroot: unpack what is needed of the kernel source' \
		tar -xf "$tmp/usr/src/linux-source-7.3.tar.xz" -C "$tmp/usr/src" \
		linux-source-7.3/tools/sched_ext linux-source-7.3/scripts/extract-vmlinux linux-source-7.3/kernel/sched/ext
	mkdir -p "$tmp$CACHE" "$tmp$TREE"
	mv "$tmp" "$sysroot"
	rm -f "$list"
	trap - EXIT
}

# The mounts live in a mount namespace of their own and go with the command.
run_inside() {
	exec unshare --mount --propagation private bash -eu -c '
		root=$1 tree=$2 cache=$3; shift 3
		mkdir -p "$root$tree" "$root$cache"
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		mount --bind "$tree" "$root$tree"
		mount --bind "$cache" "$root$cache"
		exec chroot "$root" env -C "$tree" HOME=/root LC_ALL=C.UTF-8 \
			PATH=/usr/lib/llvm-22/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
	' bash "$sysroot" "$TREE" "$CACHE" "$@"
}

[[ $EUID == 0 ]] || die "making and entering the sysroot needs root" "run it as root, or build natively with 'make'"
mkdir -p "$CACHE"
sysroot=$CACHE/sysroot-$(key "$here/packages" <(declare -f make_sysroot sources_list))
if [[ ! -d $sysroot ]]; then
	lock sysroot
	need mmdebstrap mmdebstrap
	need xz xz-utils
	[[ -d $sysroot ]] || make_sysroot
	unlock
fi
if (($#)); then
	run_inside "$@"
else
	echo "$sysroot"
fi
