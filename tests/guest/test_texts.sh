# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: names that are not UTF-8, of a scheduler, a folder of objects, a cgroup of others, spoil neither status nor log

setup() {
	local objects=$PWD/$'obj\xffects'
	cp -r /usr/lib/scx-loader "$objects"
	cp /usr/lib/scx-test/objects/odd.bpf.o "$objects"
	export SCX_LOADER_PATH=$objects
	mkdir /sys/fs/cgroup/$'pl\xffain'
	echo 50000 100000 >/sys/fs/cgroup/$'pl\xffain'/cpu.max
	cat >tree.ini <<-'END'
		[odd]
		cgroup = /odd
		sched = odd
		create = yes
		[web]
		cgroup = /web
		sched = fifo
		create = yes
	END
}

cleanup() {
	find /sys/fs/cgroup -mindepth 1 -depth -type d -exec rmdir {} \;
}

run() {
	start_loader tree.ini
	assert_eq 'attached odd?' "$(node odd '| "\(.state) \(.sched)"')" 'the odd node'
	assert_eq "attached $PWD/obj?ects/fifo.bpf.o" "$(node web '| "\(.state) \(.object)"')" 'the other one'
	assert_eq '/pl?ain' "$(status_json | jq -r '.groups[].cgroup')" 'cgroup with a limit'
	assert_match "attached 'odd' [(]odd[?][)] to '/odd'" "$(scx-loader log odd)" 'what is in the log'
	expect_refusal "scx-loader: no scheduler 'none' in '$PWD/obj?ects'
hint: 'scx-loader list' shows what is there; SCX_LOADER_PATH says where to look" scx-loader attach /odd/below none -o create=yes
	stop_loader
}
