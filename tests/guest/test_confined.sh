# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: nodes that may use only some of the CPUs share those by their weights, whoever has the others
# time: instructions

setup() {
	cat >tree.ini <<-'END'
		[light]
		cgroup = /light
		sched = qmap
		create = yes
		[heavy]
		cgroup = /heavy
		sched = fifo
		weight = 300
		create = yes
		[free]
		cgroup = /free
		sched = fifo
		create = yes
	END
	start_loader tree.ini
}

run() {
	local light heavy free
	in_cgroup light taskset -c 0-1 hogs 4
	in_cgroup heavy taskset -c 0-1 hogs 4
	in_cgroup free hogs 4
	shares 1 4 /sys/fs/cgroup/{light,heavy,free} | tee shares
	read -r light heavy free _ < <(awk '{ print int($2 * 100) }' shares | xargs)
	# of two CPUs: 0.50 and 1.50; the others are a single node's
	((light >= 45 && light <= 55)) || fail "light has $light hundredths of a CPU"
	((heavy >= 135 && heavy <= 155)) || fail "heavy has $heavy hundredths of a CPU"
	((free >= 190)) || fail "free has $free hundredths of a CPU"
}
