#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# kernel.sh [SERIES]: bring Debian's newest cloud kernel of at least 7.3 (or the newest of SERIES, say 7.2) into the
# cache and print the folder: vmlinuz, and vmlinux.h made from its BTF. Backports first; experimental while backports
# has only the source. No package version is named here: they move weekly.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
series=${1-}
lists=$CACHE/apt
day=$(date +%Y%m%d)

apt_private() {
	local cmd=$1
	shift
	"$cmd" -o Dir::Etc::SourceList="$lists/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$lists/lists" -o Dir::Cache="$lists/cache" -o APT::Sandbox::User=root \
		-o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
		-o APT::Default-Release= -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false "$@"
}

update_lists() {
	mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial"
	sources_list trixie trixie-backports experimental >"$lists/sources.list"
	apt_private apt-get update
	echo "$day" >"$lists/day"
}

# Print "package version" of the newest kernel asked for.
newest_kernel() {
	local pkg name ver best_pkg='' best_ver=''
	while read -r pkg; do
		name=${pkg#linux-binary-}
		name=${name%%[+-]*}
		if [[ -n $series ]]; then
			[[ $name == "$series" || $name == "$series".* ]] || continue
		else
			dpkg --compare-versions "$name" ge 7.3 || continue
		fi
		ver=$(apt_private apt-cache show --no-all-versions "$pkg" | awk '$1 == "Version:" && !f { f = 1; print $2 }')
		if [[ -z $best_ver ]] || dpkg --compare-versions "$ver" gt "$best_ver"; then
			best_pkg=$pkg best_ver=$ver
		fi
	done < <(apt_private apt-cache pkgnames linux-binary- | grep -E '^linux-binary-[0-9.]+(\+deb[0-9]+)?-cloud-amd64$')
	[[ -n $best_pkg ]] || die "Debian has no kernel ${series:-of at least 7.3}"
	echo "$best_pkg $best_ver"
}

# unpack PACKAGE=VERSION FOLDER
unpack_kernel() {
	mkdir -p "$tmp"
	(
		cd "$tmp"
		apt_private apt-get download "$1"
		dpkg-deb -x ./*.deb deb
		find deb -name 'vmlinuz*' -type f -exec mv {} vmlinuz \;
		test -s vmlinuz
		rm -rf deb ./*.deb
	)
	"$here/sysroot.sh" bash -euc '
		/usr/src/linux-source-7.3/scripts/extract-vmlinux "$1/vmlinuz" >"$1/vmlinux"
		bpftool btf dump file "$1/vmlinux" format c >"$1/vmlinux.h"
	' bash "$tmp"
	mv "$tmp" "$2"
}

mkdir -p "$lists"
lock kernel
# What Debian offers is asked once a day; the answer is kept, so that a warm run needs no network.
chosen=$lists/newest-${series:-7.3+}
if [[ ! -s $chosen || ! -d $CACHE/kernel-$(tr ' ' _ <"$chosen") || -n $(find "$chosen" -mtime +6) ]]; then
	[[ $(cat "$lists/day" 2>/dev/null) == "$day" ]] || stage 'kernel: what Debian offers' update_lists
	newest_kernel >"$chosen"
fi
read -r pkg ver <"$chosen"
dir=$CACHE/kernel-${pkg}_$ver
tmp=$dir.$$
trap 'rm -rf "$tmp"' EXIT
if [[ ! -d $dir ]]; then
	"$here/sysroot.sh" >/dev/null
	stage "kernel: $pkg $ver" unpack_kernel "$pkg=$ver" "$dir"
fi
echo "$dir"
