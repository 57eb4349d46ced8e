# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 3 the pool and the tid table can be seen
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

sysfs=/sys/kernel/sched_ext
missing='no such file'

# Distinct last level caches: the kernel makes a shard of cids of each, and a cmask for each shard
caches() {
	cat /sys/devices/system/cpu/cpu*/cache/index3/shared_cpu_list | sort -u | wc -l
}

# A cmask of up to 64 cids takes 32 bytes. The kernel has one for each CPU, one of the CPUs that are online, one a shard.
run() {
	local cgroup seen used
	cgroup=$(make_cgroup sub)
	used=$((32 * ($(nproc) + 1 + $(caches))))
	mapfile -t seen < <(/usr/lib/scx-test/arena "$cgroup" cat $sysfs/nr_tids root sub pages 8 cat $sysfs/root/arena_pool \
		cat "$sysfs/root/sub/sub-$(stat -c %i "$cgroup")/arena_pool" tids fork 100 tids)
	row 'nr_tids without a scheduler' "${seen[0]}" "$missing" 0
	row 'pages that the kernel allocated for root and one sub' "${seen[1]}" 8 8
	row 'root/arena_pool' "${seen[2]}" "$missing" "bytes 16384 used $used chunks 1"
	row 'root/sub/sub-.../arena_pool' "${seen[3]}" "$missing" "bytes 16384 used $used chunks 1"
	row 'nr_tids, less the threads that are in /proc' "${seen[4]}" "$missing" 0
	row 'the same with 100 processes more' "${seen[5]}" "$missing" 0
}
