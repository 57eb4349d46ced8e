#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# image.sh: make, once, the guest's disk from the sysroot; print its path.
# image.sh --systemd: the disk of a Debian 13 server as people run it, with systemd as process 1 (packages-systemd).
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
	finish_image
}

# No package is asked for its recommendations. What a first boot does once (machine-id, catalog, hwdb) is done here.
make_server() {
	sources_list trixie >"$tmp.list"
	unshare --mount --propagation private mmdebstrap --variant=minbase --include="$server_packages" \
		--aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Check-Date "false"' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--customize-hook='rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt" "$1/usr/share/doc" "$1/usr/share/perl"' \
		--customize-hook='echo scx-server >"$1/etc/hostname"; echo "127.0.0.1 localhost scx-server" >"$1/etc/hosts"' \
		--customize-hook='echo 5c7ee0015c7ee0015c7ee0015c7ee001 >"$1/etc/machine-id"' \
		trixie "$tmp.tree" "$tmp.list"
	"$here/sysroot.sh" bash -euc '
		mb=$(($(du -sm "$1.tree" | cut -f1) * 5 / 4 + 256))
		truncate -s "$((mb + 1))M" "$1"
		mkfs.ext4 -q -F -L scx-server -m 0 -E offset=$(($2 * 512)),lazy_itable_init=1,root_owner=0:0 \
			-O ^has_journal -d "$1.tree" "$1" "${mb}M"
	' bash "$tmp" "$start"
	finish_image
}

finish_image() {
	write_table "$tmp" $((($(stat -c %s "$tmp") / 1048576 - 1) * 2048))
	mv "$tmp" "$image"
}

if [[ ${1-} == --systemd ]]; then
	server_packages=$(sed 's/#.*//' "$here/packages-systemd" | xargs | tr ' ' ,)
	image=$CACHE/server-$(key "$here/packages-systemd" <(declare -f make_server finish_image write_table sources_list)).img
	make=(stage 'image: the disk of a Debian 13 server' make_server)
else
	image=$CACHE/root-$(key <(basename "$sysroot") <(declare -f make_image finish_image write_table)).img
	make=(stage 'image: the disk of the guest' make_image)
fi
tmp=$image.$$
trap 'rm -rf --one-file-system "$tmp" "$tmp.list" "$tmp.tree"' EXIT
if [[ ! -s $image ]]; then
	lock image
	[[ -s $image ]] || "${make[@]}"
fi
echo "$image"
