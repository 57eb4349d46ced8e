# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests in the Debian server (`# init: systemd`) stand on, beside lib.sh: the loader is a unit there, installed where
# `make install` puts it, its file is /etc/scx-loader/hierarchy.ini, what it says is in the journal.

hierarchy=/etc/scx-loader/hierarchy.ini
cursor=$(journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p')

# write_hierarchy: from stdin
write_hierarchy() {
	mkdir -p ${hierarchy%/*}
	cat >$hierarchy
}

# drop_in: what stdin says more of the unit, until the test's end
drop_in() {
	mkdir -p /run/systemd/system/scx-loader.service.d
	cat >/run/systemd/system/scx-loader.service.d/test.conf
	systemctl daemon-reload
}

clean_up() {
	systemctl log-level info
	systemctl -q disable --now scx-loader.service
	systemctl -q stop 'test*'
	systemctl -q reset-failed
	rm -rf ${hierarchy%/*} /var/lib/scx-loader /run/systemd/system/scx-loader.service.d
	systemctl daemon-reload
	[[ ! -e failed ]] || said -p info -o short-precise | tail -n 40
}

cleanup() { clean_up; }

# property NAME [UNIT]
property() {
	systemctl show --value -p "$1" "${2-scx-loader.service}"
}

property_is() {
	[[ $(property "$1") == "$2" ]]
}

# said [OPTION...]: what the loader has said since the test began, as journalctl shows it
said() {
	journalctl --sync
	journalctl -q -o cat --after-cursor "$cursor" _SYSTEMD_UNIT=scx-loader.service + UNIT=scx-loader.service "$@"
}

# has_said REGEX
has_said() {
	said | grep -E "$1" >/dev/null
}

# starts: the root schedulers that the kernel has ever begun with: the same number is the same tree
starts() {
	cat /sys/kernel/sched_ext/enable_seq
}
