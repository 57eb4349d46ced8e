# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a slab of 64 contexts holds exactly 64 tasks, from whatever CPU, and what comes then is as on_full says

# crowd NODE N COMMAND...: N + 1 tasks in the node's cgroup, by COMMAND...; they wait until open_gate
crowd() {
	local node=$1 n=$2
	shift 2
	rm -f gate "$node.crowd"
	mkfifo gate
	"$@" cgexec -g "cpu:$node" crowd "$n" 20 <gate >"$node.crowd" &
	crowd=$!
	exec {gate}>gate
	wait_until 20 test -s "$node.crowd"
}

# The crowd goes on, and all that were made must end well.
open_gate() {
	exec {gate}>&-
	wait "$crowd" || fail "the crowd ended with $?"
}

setup() {
	printf '%s\n' '[root]' 'pool_mb = 16' '' '[other]' 'cgroup = /other' 'sched = fifo' 'create = yes' >tree.ini
	for node in degrade refuse abort; do
		printf '%s\n' "[$node]" "cgroup = /$node" 'sched = qmap' 'max_tasks = 64' "on_full = $node" 'create = yes' >>tree.ini
	done
	start_loader tree.ini
	cgexec -g cpu:other stress-ng --quiet --cpu 1 --cpu-method loop &
}

# Contexts that one CPU has given back are there for every other.
from_any_cpu() {
	local cpu
	for cpu in 0 3 1 2; do
		crowd degrade 63 taskset -c $cpu
		assert_eq '63 children' "$(<degrade.crowd)"
		assert_eq '64 64 0' "$(node degrade '| "\(.nr_tasks) \(.slab_used) \(.nr_full)"')" "of CPU $cpu: tasks, contexts, refused"
		open_gate
		wait_until 20 node_is degrade nr_tasks -eq 0
	done
}

degrade() {
	crowd degrade 99
	assert_eq '99 children' "$(<degrade.crowd)"
	assert_eq '100 64 64 36' "$(node degrade '| "\(.nr_tasks) \(.slab_used) \(.slab_high) \(.nr_full)"')" \
		'tasks, contexts, most contexts, tasks without'
	open_gate
	(($(node degrade nr_degraded) >= 36)) || fail "only $(node degrade nr_degraded) degraded enqueues"
	wait_until 20 node_is degrade nr_tasks -eq 0
	assert_eq '0 64 0 attached' "$(node degrade '| "\(.slab_used) \(.slab_high) \(.nr_queued) \(.state)"')" \
		'contexts, most contexts, queued tasks afterwards'
}

refuse() {
	crowd refuse 99
	assert_eq '63 children: Cannot allocate memory' "$(<refuse.crowd)"
	assert_eq '64 64 1' "$(node refuse '| "\(.nr_tasks) \(.slab_used) \(.nr_full)"')" 'tasks, contexts, refused'
	expect_refusal 'bash: line 1: echo: write error: Cannot allocate memory' \
		bash -c 'echo $$ >/sys/fs/cgroup/refuse/cgroup.procs'
	assert_eq '64 2' "$(node refuse '| "\(.nr_tasks) \(.nr_full)"')" 'tasks, refused after a move'
	open_gate
	wait_until 20 node_is refuse nr_tasks -eq 0
	assert_eq '0 attached' "$(node refuse '| "\(.slab_used) \(.state)"')" 'contexts afterwards'
	cgexec -g cpu:refuse true
}

abort() {
	local before
	expect_dmesg 'sched_ext: BPF sub-scheduler "qmap" disabled \(scx_bpf_error\)'
	expect_dmesg 'sched_ext: qmap: .*slab exhausted \(max_tasks 64\)'
	crowd abort 99
	assert_match '^(63|64) children: Cannot allocate memory' "$(<abort.crowd)"
	wait_until 20 loader_says "'abort' \(qmap\) on '/abort' ended: "
	assert_match "^scx-loader: 'abort' \(qmap\) on '/abort' ended: scx_bpf_error.* slab exhausted \(max_tasks 64\)$" \
		"$(grep 'ended:' "$LOADER_LOG")"
	assert_match '^exited scx_bpf_error .* slab exhausted \(max_tasks 64\)$' \
		"$(node abort '| "\(.state) \(.exit.reason) \(.exit.msg)"')"
	open_gate
	before=$(node other used_ns)
	wait_until 20 node_is other used_ns -gt $((before + 100000000))
	assert_eq 'attached attached attached' "$(node other state) $(node degrade state) $(node refuse state)"
}

run() {
	from_any_cpu
	degrade
	refuse
	abort
	end_workloads
	stop_loader
}
