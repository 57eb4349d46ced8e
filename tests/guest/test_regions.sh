# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: regions never overlap, each has a guard, a sub writes into its own only, and what is freed is used again
# takes: 60

cycles=10

setup() {
	cat >tree.ini <<-'END'
		[busy]
		cgroup = /busy
		sched = qmap
		create = yes
		[idle]
		cgroup = /idle
		sched = qmap
		create = yes
	END
	start_loader tree.ini
}

# look NAME: check the pool and keep what is in it as NAME
look() {
	poolcheck >"$1.pool" || fail 'the pool is not as it should be'
}

# pool NAME FILTER
pool() {
	jq -r "$2" "$1.pool"
}

# of NAME PATH FIELD: of the entity of that cgroup
of() {
	pool "$1" ".entities[] | select(.cgroup_id == $(cgroup_inode "$2")) | .$3"
}

writes_nowhere_else() {
	# not quite idle: there is a task in it, which sleeps
	in_cgroup idle sleep 1000
	wait_until 5 node_is idle nr_tasks -eq 1
	look before
	cgexec -g cpu:busy hackbench -g 2 -l 50 >/dev/null
	look after
	assert_eq "$(of before /idle region_checksum)" "$(of after /idle region_checksum)" 'region of the idle one'
	assert_eq "$(of before /idle checksum)" "$(of after /idle checksum)" 'entity of the idle one'
	assert_eq "$(pool before .header_checksum)" "$(pool after .header_checksum)" 'page 0 and header'
	assert_eq "$(pool before .unused_checksum)" "$(pool after .unused_checksum)" 'entities that nobody has'
	[[ $(of before /busy region_checksum) != "$(of after /busy region_checksum)" ]] || fail 'the busy one has no trace'
}

comes_and_goes() {
	local i place='' generation
	look before
	generation=$(pool before .generation)
	for ((i = 1; i <= cycles; i++)); do
		scx-loader attach -o create=yes -o max_tasks=1000 /guest fifo
		look guest
		: "${place:=$(of guest /guest region)}"
		assert_eq "$place" "$(of guest /guest region)" "place of the region in cycle $i"
		(($(of guest /guest generation) > generation)) || fail "the generation did not grow in cycle $i"
		generation=$(pool guest .generation)
		assert_eq $(($(pool before .nr_region) + $(of guest /guest region_pages))) "$(pool guest .nr_region)" \
			"pages in regions in cycle $i"
		scx-loader detach /guest
	done
	look after
	assert_eq "$(pool before '[.nr_region, .nr_guard] | tojson')" "$(pool after '[.nr_region, .nr_guard] | tojson')" \
		'pages in regions, guards afterwards'
	# The kernel does not give back what its own pool took: 4 pages for a scheduler.
	(($(pool after .nr_kernel) <= $(pool before .nr_kernel) + 4 * cycles)) || fail 'more pages are gone than the kernel keeps'
}

run() {
	writes_nowhere_else
	comes_and_goes
	poolcheck --touch-guards
}
