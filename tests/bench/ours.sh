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
	printf '[%s]\ncgroup = %s\nmax_tasks = %s\n' "${name//\//-}" "$1" "${tasks:-1024}"
	sched_of "$1"
	header "$file" keys | sed -n "s|^${1#"$base"/} ||p"
}

# sched_of CGROUP: the lines for its scheduler
sched_of() {
	echo 'sched = qmap'
}

start() {
	sections >tree.ini
	scx-loader --check -c tree.ini >/dev/null || exit
	start_loader tree.ini
	# While things are unsettled, which is for ten seconds, more are asked before a CPU goes idle.
	sleep 10
}

stop() {
	stop_loader
}

# attach CGROUP: one more, while the others run
attach() {
	scx-loader attach -o max_tasks="$tasks" "$1" qmap
	[[ $(node_of "$1") == qmap ]]
}

detach() {
	scx-loader detach "$1"
}

running() {
	local name
	[[ $(</sys/kernel/sched_ext/root/ops) == root ]] || return
	for name in $(group_names); do
		[[ $(node_of "$base/$name") == qmap ]] || return
	done
}
