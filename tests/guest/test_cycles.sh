# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: nodes that come and go leave nothing behind: no memory, descriptors, pins or regions of the pool
# timeout: 600
# takes: 60
# long timeout: 3600
#
# CYCLES of `make test T=cycles CYCLES=100` says how often; it takes some two seconds each. The fewer there are, the more a
# cycle may leave before it is seen: memory may grow by MARGIN_KIB in all, which has room for the log's events.

: "${CYCLES:=${LONG:+500}}" "${CYCLES:=20}"
MARGIN_KIB=3072

setup() {
	printf '%s\n' '[keep]' 'cgroup = /keep' 'sched = fifo' 'create = yes' >tree.ini
	start_loader tree.ini
}

cycles() {
	local i
	for ((i = 0; i < $1; i++)); do
		scx-loader attach -o create=yes /come/and/go fifo
		scx-loader detach /come/and/go
	done
}

loader_kib() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$loader_pid/status"
}

# All but memory; where the kernel tells of its own pool it also gives back what it took of it.
holdings() {
	find "/proc/$loader_pid/fd" -mindepth 1 | wc -l
	find /sys/fs/bpf /sys/fs/cgroup /sys/kernel/sched_ext -name . -o -type d -print | sort
	status_json |
		jq -c '[.pool.nr_region, .pool.nr_guard, (if .nodes[0].kernel_bytes > 0 then .pool.nr_kernel else 0 end)]'
}

run() {
	local before kib
	cycles 3
	before=$(holdings)
	kib=$(loader_kib)
	cycles "$CYCLES"
	assert_eq "$before" "$(holdings)" "what is held after $CYCLES cycles"
	echo "$CYCLES cycles: memory $kib KiB before, $(loader_kib) after; pages of the kernel's pool: $(status_json | jq .pool.nr_kernel)"
	(($(loader_kib) <= kib + MARGIN_KIB)) || fail "the loader has grown from $kib to $(loader_kib) KiB"
	stop_loader
}
