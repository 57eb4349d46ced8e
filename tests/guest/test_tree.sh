# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a tree attaches as its file says, the kernel and status show it, and SIGTERM takes it down children first

setup() {
	mkdir /sys/fs/cgroup/kept
	cat >tree.ini <<-'END'
		[web]
		cgroup = /web
		sched = qmap
		weight = 300
		create = yes
		[kept]
		cgroup = /kept
		sched = fifo
		weight = 70
		create = yes
		[web-deep]
		cgroup = /web/deep/er
		sched = fifo
		create = yes
	END
}

# What the kernel shows: where, and which scheduler
attached() {
	(cd /sys/kernel/sched_ext && find root -name ops -exec sh -c 'echo "${1%/ops} $(cat "$1")"' sh {} \; | sort)
}

run() {
	local web deep kept status=0 args
	start_loader tree.ini
	web=root/sub/sub-$(cgroup_inode /web)
	deep=$web/sub/sub-$(cgroup_inode /web/deep/er)
	kept=root/sub/sub-$(cgroup_inode /kept)
	assert_eq enabled "$(scx_state)" 'state of sched_ext'
	assert_eq "$(printf '%s\n' 'root root' "$web qmap" "$deep fifo" "$kept fifo" | sort)" "$(attached)" 'in sysfs'
	assert_eq '["root","root","/",null,0,"attached",false]
["web","qmap","/web","root",1,"attached",true]
["web-deep","fifo","/web/deep/er","web",2,"attached",true]
["kept","fifo","/kept","root",1,"attached",false]' "$(status_json |
		jq -c '.nodes[] | [.name, .sched, .cgroup, .parent, .depth, .state, .made_cgroup]')" status
	assert_eq 300,100,70 "$(node web weight),$(node web-deep weight),$(node kept weight)" 'weights in status'
	assert_eq 300 "$(cat /sys/fs/cgroup/web/cpu.weight)" 'weight of /web'
	assert_eq 'NODE SCHED CGROUP STATE WEIGHT ENTITLED CPUS RUN P99 WAIT USED/HIGH/SLAB
root root / attached
 web qmap /web attached
 web-deep fifo /web/deep/er attached
 kept fifo /kept attached' "$(scx-loader status | sed -n '1s/  */ /gp; 2,5{s/  */ /g; s/attached .*/attached/p}')" 'the table'
	scx-loader status >/dev/null || fail 'not healthy'
	scx-loader set kept slice_us=5000 >/dev/null
	for args in '' --json kept '--json kept'; do
		status=0
		# shellcheck disable=SC2086 # words
		scx-loader status $args >/dev/null || status=$?
		assert_eq 4 "$status" "exit status of 'status $args' when a node is not as the file says"
	done
	scx-loader status web >said || fail 'another node is not healthy'
	assert_eq ' web qmap /web attached web-deep fifo /web/deep/er attached' \
		"$(sed -n 's/  */ /g; s/attached .*/attached/p' said | paste -sd '')" 'what is shown of web'

	stop_loader TERM
	assert_eq disabled "$(scx_state)" 'state of sched_ext'
	assert_eq "attached 'root' as root in N s
attached 'web' (qmap) to '/web' in N s
attached 'kept' (fifo) to '/kept' in N s
attached 'web-deep' (fifo) to '/web/deep/er' in N s
scx-loader: up, 3 schedulers beneath root
set slice_us of 'kept' to 5000
detached 'web-deep' (fifo) from '/web/deep/er'
detached 'kept' (fifo) from '/kept'
detached 'web' (qmap) from '/web'
detached 'root'; the kernel's own scheduler has the machine" "$(sed 's/ in [0-9.]* s$/ in N s/' "$LOADER_LOG")" 'the log'
	assert_eq /sys/fs/cgroup/kept "$(find /sys/fs/cgroup -mindepth 1 -type d)" 'the cgroups that stay'
	assert_eq 70 "$(cat /sys/fs/cgroup/kept/cpu.weight)" 'weight of a cgroup that was there before'
}

cleanup() {
	rmdir /sys/fs/cgroup/kept
}
