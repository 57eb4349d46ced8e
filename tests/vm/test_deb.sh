#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# test_deb.sh: what an administrator does with the packages that deb.sh has built, done in a copy of the sysroot's files that
# is thrown away, without network. Runs in the sysroot. No kernel has a part in this and no systemd runs: what the packages'
# scripts ask of it is written down. Speaks as the unit tests do.

# shellcheck disable=SC2317 # what is called by name
set -euo pipefail

tree=$(realpath "$(dirname "$0")/../..")
# shellcheck source=../unit/cases.sh
. "$tree/tests/unit/cases.sh"

# same WANTED GOT
same() {
	diff -u --label wanted <(echo "$1") --label got <(echo "$2")
}

# The machine: the sysroot's files beneath a layer that takes what is written
mount -t tmpfs none /mnt
mkdir /mnt/{layer,work,machine}
mount -t overlay -o lowerdir=/,upperdir=/mnt/layer,workdir=/mnt/work none /mnt/machine
mount -t proc none /mnt/machine/proc
mount --rbind /dev /mnt/machine/dev
mkdir -p /mnt/machine{/debs,/kernel,/run/systemd/system}
[[ -z ${TEST_VMLINUX-} ]] || mount --bind "$(dirname "$TEST_VMLINUX")" /mnt/machine/kernel
for package in scx-tree scx-tree-dev; do
	cp "$tree"/build/deb/${package}_*.deb /mnt/machine/debs/$package.deb
done
cat >/mnt/machine/usr/local/bin/systemctl <<'END'
#!/bin/sh
case "$*" in
*is-active*) test -e /active ;;
enable* | *is-enabled*) SYSTEMD_OFFLINE=1 exec /usr/bin/systemctl "$@" ;;
*) echo "$*" >>/asked ;;
esac
END
chmod +x /mnt/machine/usr/local/bin/systemctl

# on COMMAND...: on this machine
on() {
	chroot /mnt/machine env -C /root PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# systemd was asked for this since the last time
asked() {
	same "$1" "$(cat /mnt/machine/asked)"
	: >/mnt/machine/asked
}

# All that there is, but for what dpkg and the index of man pages keep for themselves, and copies of /etc/group before a change
files() {
	on find / -xdev \( -path /var/lib/dpkg -o -path /var/cache/man \) -prune -o \
		! -path /asked ! -path '/etc/*-' ! -path '/var/log/*' -print | sort
}

contents() {
	dpkg-deb --fsys-tarfile "$tree"/build/deb/"$1"_*.deb | tar -t | sed -n 's|^\.||; /[^/]$/p' | LC_ALL=C sort
}

test_contents() {
	same "$(
		cd "$tree"
		LC_ALL=C sort <<-END
			/etc/scx-loader/hierarchy.ini
			$(printf '/usr/lib/scx-loader/%s.bpf.o\n' root fair fifo qmap)
			/usr/lib/systemd/system/scx-loader-metrics.service
			/usr/lib/systemd/system/scx-loader.service
			/usr/lib/sysusers.d/scx-loader.conf
			/usr/sbin/scx-loader
			/usr/share/bash-completion/completions/scx-loader
			$(printf '/usr/share/doc/scx-tree/%s\n' changelog.gz copyright)
			$(printf '/usr/share/doc/scx-tree/examples/%s\n' demo.ini hierarchy.ini scx-loader.grafana.json)
			/usr/share/fish/vendor_completions.d/scx-loader.fish
			/usr/share/lintian/overrides/scx-tree
			/usr/share/man/man5/hierarchy.ini.5.gz
			/usr/share/man/man8/scx-loader.8.gz
			/usr/share/zsh/site-functions/_scx-loader
		END
	)" "$(contents scx-tree)"
	same "$(
		cd "$tree"
		LC_ALL=C sort <<-END
			$(printf '/usr/include/scx-tree/%s\n' root-sched/*.h sub-scheds/*.h)
			$(cd /usr/src/linux-source-7.3/tools/sched_ext/include && printf '/usr/include/scx-tree/%s\n' scx/*.h bpf-compat/gnu/stubs.h)
			/usr/lib/x86_64-linux-gnu/pkgconfig/scx-tree.pc
			$(printf '/usr/share/doc/scx-tree-dev/%s\n' changelog.gz copyright)
			$(cd sub-scheds && printf '/usr/share/doc/scx-tree-dev/examples/%s\n' *.bpf.c)
		END
	)" "$(contents scx-tree-dev)"
}

# names TEXT: packages, one a line, without what chooses a version
names() {
	tr -s ' ' '\n' <<<"$1" | sed 's|/.*||' | sort
}

# The README's line, and what make says where nothing is there, are what the packages are built with; make finds its own source
# of the kernel here, and needs no make
test_needed() {
	local built
	built=$(sed -n '/^Build-Depends:/,/^Standards/ { s/^Build-Depends://; /^Standards/d; s/^ *\([^ ,]*\).*/\1/p }' \
		"$tree/debian/control" | grep -vE '^(debhelper|dh-)' | paste -sd ' ')
	same "$(names "make gcc $built")" "$(names "$(sed -n 's/^ *apt-get install \(make .*\)/\1/p' "$tree/README.md")")"
	same "$(names "gcc $built")" "$(names "linux-source-7.3 $(
		make -C "$tree" O=/nothing CLANG= CC=nothing PKG_CONFIG=false RST2MAN=nothing VMLINUX_H=/dev/null 2>/dev/null |
			sed -n 's/^apt-get install //p'
	)")"
}

test_lintian() {
	same '' "$(lintian --allow-root --display-info --pedantic "$tree"/build/deb/*.changes 2>&1)"
}

# From nothing, without a word about what would start, to a file that can be used
test_install() {
	on dpkg -i /debs/scx-tree.deb
	asked '--system daemon-reload'
	on getent group scx-loader
	same "scx-loader $(dpkg-parsechangelog -l "$tree/debian/changelog" -S Version)" "$(on scx-loader --version)"
	on systemctl enable scx-loader
	same enabled "$(on systemctl is-enabled scx-loader)"
	[[ -z ${TEST_VMLINUX-} ]] || on scx-loader --check --btf /kernel/vmlinux
}

# A next version while a tree is there: what runs is restarted and never stopped, which would take the tree down; what was
# changed stays.
test_upgrade() {
	on sh -euc '
		echo "# mine" >>/etc/scx-loader/hierarchy.ini
		touch /active
		mkdir -p /sys/fs/bpf/scx-loader
		printf "%s\n" "#!/bin/sh" "echo scx-loader \$* >>/asked" >/usr/local/bin/scx-loader
		chmod +x /usr/local/bin/scx-loader
		dpkg-deb -R /debs/scx-tree.deb /next
		sed -i "s/^Version: .*/&+next/" /next/DEBIAN/control
		dpkg-deb -b /next /debs/next.deb
		rm -r /next
		dpkg -i /debs/next.deb'
	asked '--system daemon-reload
--quiet --system restart scx-loader-metrics.service scx-loader.service'
	on dpkg-query -W scx-tree | grep -q '+next$'
	same '# mine' "$(on tail -n 1 /etc/scx-loader/hierarchy.ini)"
	same enabled "$(on systemctl is-enabled scx-loader)"
}

# The tree is taken down, also one whose loader was killed. What the administrator wrote stays until it is purged.
test_remove() {
	on mkdir -p /var/lib/scx-loader/dumps
	on touch /var/lib/scx-loader/events
	on dpkg --remove scx-tree
	asked 'stop scx-loader-metrics.service scx-loader.service
scx-loader stop
--system daemon-reload'
	same '# mine' "$(on tail -n 1 /etc/scx-loader/hierarchy.ini)"
	[[ ! -e /mnt/machine/usr/lib/scx-loader && -e /mnt/machine/var/lib/scx-loader/events ]]
	on dpkg --purge scx-tree
	on rm -r /active /debs/next.deb /usr/local/bin/scx-loader /sys/fs
	same "$clean" "$(files)"
}

# A scheduler of one's own, from the example, as scx-tree.pc says; and a program that knows the pool's layout
test_policy() {
	on dpkg -i /debs/scx-tree.deb /debs/scx-tree-dev.deb
	on sh -euc '
		cp /usr/share/doc/scx-tree-dev/examples/fair.bpf.c mine.bpf.c
		clang-22 -Wall -Werror $(pkg-config --variable=bpf_cflags scx-tree) -c mine.bpf.c -o mine.bpf.o
		llvm-strip-22 -g mine.bpf.o
		SCX_LOADER_PATH=. scx-loader list | grep "^mine: CPU time by nice values"
		test -e "$(pkg-config --variable=scheddir scx-tree)/fair.bpf.o"
		echo "#include <root-sched/pool_abi.h>" | gcc -Wall -Werror $(pkg-config --cflags scx-tree) -fsyntax-only -x c -
		rm mine.*'
	on dpkg --purge scx-tree scx-tree-dev
	same "$clean" "$(files)"
}

: >/mnt/machine/asked
clean=$(files)
cases test_needed test_contents test_lintian test_install test_upgrade test_remove test_policy
