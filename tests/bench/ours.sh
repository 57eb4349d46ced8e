# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the schedulers of this tree have in common: a node, with qmap, for each of the benchmark's cgroups and for each
# of those above them.

sections() {
	local path=$base name
	while [[ -n $path ]]; do
		section "$path"
		path=${path%/*}
	done
	for name in $(group_names); do
		section "$base/$name"
	done
}

section() {
	local name=${1#/}
	printf '[%s]\ncgroup = %s\nsched = qmap\n' "${name//\//-}" "$1"
}

start() {
	sections >tree.ini
	start_loader tree.ini
}

stop() {
	stop_loader
}

running() {
	local name
	[[ $(</sys/kernel/sched_ext/root/ops) == root ]] || return
	for name in $(group_names); do
		[[ $(node_of "$base/$name") == qmap ]] || return
	done
}

# node_of CGROUP: the scheduler that is attached there, by the kernel's word
node_of() {
	find /sys/kernel/sched_ext/root -path "*/sub-$(cgroup_inode "$1")/ops" -exec cat {} +
}
