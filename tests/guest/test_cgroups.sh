# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a cgroup that can't be had is refused with the way out; those made come and go with the tree, and no others

root=/sys/fs/cgroup pid=''

# tree CGROUP [KEY=VALUE]...: write tree.ini with one node
tree() {
	printf '%s\n' '[root]' '[web]' "cgroup = $1" 'sched = fifo' "${@:2}" >tree.ini
}

check_refused() {
	expect_refusal "scx-loader: tree.ini:3: $1" scx-loader --check -c tree.ini
}

refusals() {
	mkdir -p $root/deep/er
	tree /deep/er
	check_refused "the cpu controller is not enabled for cgroup '/deep/er'
hint: echo +cpu >$root/deep/cgroup.subtree_control, or set 'create = yes' in [web]"
	tree /deep/er create=yes
	scx-loader --check -c tree.ini
	assert_eq '' "$(<$root/deep/cgroup.subtree_control)" 'what a check has enabled'

	in_cgroup deep sleep 1000
	check_refused "cgroup '/deep' has processes of its own, so '/deep/er' can have none
hint: move them to a cgroup of their own below it"
	kill_all "$pid"

	echo threaded >$root/deep/er/cgroup.type
	check_refused "cgroup '/deep/er' takes no processes: its type is 'threaded'
hint: a domain cgroup is needed, see cgroup.type"
	rmdir $root/deep/er $root/deep
}

# A cpuset that lacks some of the CPUs that are a node's own: the check says what the start does, and neither fails for it.
few_cpus() {
	local said="tree.ini:5: 'web' has 2 CPUs of its own, and its cgroup's cpuset only CPUs 1: others it can't use"
	mkdir $root/few
	echo +cpuset >$root/cgroup.subtree_control
	tree /few 'cpus = exclusive:2'
	assert_eq 'tree.ini: 1 nodes, all checks passed' "$(scx-loader --check tree.ini)" 'a cpuset with all CPUs'
	echo 1 >$root/few/cpuset.cpus
	assert_eq "$said
tree.ini: 1 nodes, all checks passed" "$(scx-loader --check tree.ini)" 'a cpuset with one CPU'
	assert_eq "[\"$said\"]" "$(scx-loader --check --json tree.ini | jq -c .notes)" 'the same as JSON'
	start_loader tree.ini
	loader_says "^scx-loader: $said\$" || fail 'the start says otherwise'
	stop_loader
	rmdir $root/few
	echo -cpuset >$root/cgroup.subtree_control
}

made_and_removed() {
	mkdir $root/there
	printf '%s\n' '[root]' '[made]' 'cgroup = /made/by/us' 'sched = fifo' 'create = yes' 'weight = 300' \
		'[beside]' 'cgroup = /made/beside' 'sched = fifo' 'create = yes' \
		'[there]' 'cgroup = /there' 'sched = fifo' 'create = yes' >tree.ini
	start_loader tree.ini
	assert_eq 300 "$(<$root/made/by/us/cpu.weight)" cpu.weight
	assert_eq 100 "$(<$root/made/beside/cpu.weight)" cpu.weight
	scx-loader detach /made/by/us
	[[ ! -e $root/made/by && -e $root/made/beside ]] || fail 'detach removed too little, or too much'
	stop_loader
	[[ ! -e $root/made && -e $root/there ]] || fail 'the loader left what it had made, or removed what it had not'
	rmdir $root/there
}

left_when_busy() {
	tree /busy create=yes
	start_loader tree.ini
	in_cgroup /busy sleep 1000
	wait_until 10 grep -q . $root/busy/cgroup.procs
	stop_loader
	loader_says "^scx-loader: cgroup '/busy' is left: Device or resource busy" || fail 'a cgroup is left in silence'
	assert_eq "$pid" "$(<$root/busy/cgroup.procs)" 'what runs in it'
	kill_all "$pid"
	rmdir $root/busy
}

run() {
	refusals
	few_cpus
	made_and_removed
	left_when_busy
}
