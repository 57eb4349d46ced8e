#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# image.sh: make, once, the guest's disk from the sysroot; print its path.
#
# The disk has a partition table of one entry because only a partition has an identity (ROOT_PARTUUID) that the kernel
# finds without an initramfs: NVMe controllers are probed in parallel, so none is nvme0 for certain. Nothing of the tree is
# in the image: vm.sh brings it on a disk of its own.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
sysroot=$("$here/sysroot.sh")
start=2048 # first sector of the partition

# The bytes of a little-endian 32-bit number, as printf wants them
le32() {
	printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

# write_table FILE SECTORS: an MBR whose only entry is a Linux partition from $start on
write_table() {
	# shellcheck disable=SC2059 # the formats are escapes
	{
		printf "$(le32 $((0x$ROOT_DISK)))\\0\\0" | dd of="$1" bs=1 seek=440 conv=notrunc status=none
		printf "\\0\\0\\0\\0\\x83\\0\\0\\0$(le32 $start)$(le32 "$2")" | dd of="$1" bs=1 seek=446 conv=notrunc status=none
		printf '\x55\xaa' | dd of="$1" bs=1 seek=510 conv=notrunc status=none
	}
}

make_image() {
	local mb
	# a view of the sysroot without its mounts, and without what no guest needs
	"$here/sysroot.sh" bash -euc '
		mount --bind / /mnt
		for d in src include share/doc share/locale share/man share/perl share/qemu lib/gcc lib/llvm-22 libexec/gcc lib/python3.13; do
			[[ ! -d /mnt/usr/$d ]] || mount -t tmpfs none "/mnt/usr/$d"
		done
		mount -t tmpfs none /mnt/var/lib/apt
		mount -t tmpfs none /mnt/var/cache
		mb=$(($(du -sm /mnt | cut -f1) * 5 / 4 + 256))
		truncate -s "$((mb + 1))M" "$1"
		mkfs.ext4 -q -F -L scx-guest -m 0 -E offset=$(($2 * 512)),lazy_itable_init=1,root_owner=0:0 \
			-O ^has_journal -d /mnt "$1" "${mb}M"
	' bash "$tmp" "$start"
	mb=$(($(stat -c %s "$tmp") / 1048576 - 1))
	write_table "$tmp" $((mb * 2048))
	mv "$tmp" "$image"
}

image=$CACHE/root-$(key <(basename "$sysroot") <(declare -f make_image write_table)).img
tmp=$image.$$
trap 'rm -f "$tmp"' EXIT
if [[ ! -s $image ]]; then
	lock image
	[[ -s $image ]] || stage 'image: the disk of the guest' make_image
fi
echo "$image"
