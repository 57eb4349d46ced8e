# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a server that is shut down with the tree up, under load, ends as one without, and the tree is taken down
# init: systemd
# takes: 0
# leaves: a tree for the shutdown, which is after the tests: see server

cleanup() { :; }

# Looks back when everything has ended, and prints what is wrong.
look_back() {
	cat <<-'END'
		#!/bin/bash
		[[ $(</sys/kernel/sched_ext/state) == disabled ]] || echo "sched_ext: $(</sys/kernel/sched_ext/state)"
		journalctl -q -b -o cat -u scx-loader >/run/scx/out/loader
		tail -n 20 /run/scx/out/loader >/run/scx/out/last
		grep -q "detached 'root'" /run/scx/out/last || { echo 'the tree was not taken down:' && cat /run/scx/out/last; }
		grep -E 'timed out|with result' /run/scx/out/last
		exit 0
	END
}

run() {
	write_hierarchy <<-'END'
		[web]
		cgroup = /testweb.slice
		sched = fifo
		create = yes
	END
	systemctl start scx-loader
	systemd-run -q --slice=testweb.slice --unit=testhog sh -c 'while :; do :; done'
	wait_until 10 node_is web nr_tasks -ge 1
	look_back >/run/scx/at-end
	chmod +x /run/scx/at-end
}
