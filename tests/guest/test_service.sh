# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: the loader does its work with no more than conf/scx-loader.service allows: capabilities, files, system calls
#
# There is no service manager here. What its unit says of capabilities and files is done by setpriv and mounts; of its system
# calls a trace is compared with the list.

unit=/usr/lib/systemd/system/scx-loader.service

# of KEY: its value in the unit
of() {
	sed -n "s/^$1=//p" $unit
}

setup() {
	cat >tree.ini <<-'END'
		[web]
		cgroup = /web
		sched = qmap
		weight = 300
		cpus = exclusive:1
		create = yes
		[broken]
		cgroup = /broken
		sched = /usr/lib/scx-test/objects/greedy.bpf.o
		manners = 4
		create = yes
	END
	mkdir -p /home
	cp /usr/lib/scx-loader/fifo.bpf.o /home/mine.bpf.o
	expect_dmesg 'sched_ext: BPF sub-scheduler "greedy" disabled \((scx_bpf_error|runtime error)\)'
	expect_dmesg 'sched_ext: greedy: '
}

# The loader in a file system like that of the service
confine() {
	local path
	mkdir -p /run/scx-loader /var/lib/scx-loader
	mount --make-rprivate /
	for path in /run/scx-loader /var/lib/scx-loader; do
		mount --bind $path $path
	done
	mount -t tmpfs -o mode=0 home /home
	for path in / /sys /run /proc/sys; do
		[[ $path != /proc/sys ]] || mount --bind $path $path
		mount -o remount,bind,ro $path
	done
	ulimit -n "$(of LimitNOFILE)"
	exec setpriv --bounding-set="-all,$(of CapabilityBoundingSet | tr '[:upper:]' '[:lower:]' | sed 's/cap_/+/g; s/ /,/g')" \
		--inh-caps=-all --ambient-caps=-all --no-new-privs strace -f -qq -o calls scx-loader -c tree.ini
}

# calls_of SET: the system calls of one of systemd's sets
calls_of() {
	local name
	systemd-analyze syscall-filter "$1" | sed -n 's/^    \([^ #]*\)$/\1/p' | while read -r name; do
		if [[ $name == @* ]]; then calls_of "$name"; else echo "$name"; fi
	done
}

check_calls() {
	local name
	for name in $(of SystemCallFilter); do
		if [[ $name == @* ]]; then calls_of "$name"; else echo "$name"; fi
	done | sort -u >allowed
	sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' calls | sort -u >used
	assert_match bpf "$(<used)" 'what was traced'
	assert_eq '' "$(comm -13 allowed used)" 'system calls that the unit forbids'
	! grep -E 'PROT_(WRITE[|]PROT_EXEC|EXEC[|]PROT_WRITE)' calls || fail 'memory that is written and executed'
}

run() {
	export unit
	export -f of confine
	unshare -m bash -ec confine >"$LOADER_LOG" 2>&1 </dev/null &
	loader_pid=$!
	wait_until 120 loader_has_spoken
	loader_says '^scx-loader: up' || fail 'the loader did not come up'
	assert_eq '0000000000200003 1' "$(sed -n 's/^CapBnd:\t//p' "/proc/$loader_pid/status") $(
		sed -n 's/^NoNewPrivs:\t//p' "/proc/$loader_pid/status")" 'capabilities'
	cgexec -g cpu:broken sh -c 'sleep 0.1; sleep 0.1'
	wait_until 20 node_is broken exit.kind -gt 0
	scx-loader attach -o create=yes /other fifo
	scx-loader set web weight=200
	# a file that is not there for the loader
	scx-loader attach -o create=yes /mine /home/mine.bpf.o
	scx-loader set mine max_tasks=500
	assert_eq 'attached 500 /home/mine.bpf.o' "$(node mine '| "\(.state) \(.slab_capacity) \(.object)"')"
	sed -i s/300/500/ tree.ini
	scx-loader reload
	assert_eq '500 ' "$(node web weight) $(node other name)" 'weight, and what is not in the file'
	grep -q '^CPU states' "$(scx-loader log --json broken | jq -r '[.events[].dump // empty] | last')" || fail 'no dump'
	pkill -TERM -P "$loader_pid" scx-loader
	loader_ends 0
	! loader_says "can't|is left" || fail 'something could not be done'
	assert_eq '' "$(find /sys/fs/cgroup -mindepth 1 -type d)" 'cgroups that are left'
	check_calls
}
