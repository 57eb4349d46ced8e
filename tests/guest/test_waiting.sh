# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: a node whose cgroup is not there waits for it, and what is beneath it too: at a start, a reload, later, and over loaders
# timeout: 400

root=/sys/fs/cgroup

setup() {
	cat >tree.ini <<-'END'
		[web]
		cgroup = /web
		sched = qmap
		create = yes
		[svc]
		cgroup = /svc
		sched = fifo
		[below]
		cgroup = /svc/below
		sched = fifo
		create = yes
	END
}

cleanup() {
	end_workloads
	find $root -mindepth 1 -depth -type d -exec rmdir {} \;
}

states() {
	status_json | jq -r '[.nodes[1:][] | .name + "=" + .state] | sort | join(" ")'
}

states_are() {
	[[ $(states) == "$1" ]]
}

# A check passes, and says it; a start has all others run.
start() {
	assert_eq "tree.ini:6: 'svc' waits for its cgroup '/svc'
tree.ini:9: 'below' waits for 'svc'
tree.ini: 3 nodes, all checks passed" "$(scx-loader --check tree.ini)" 'the check'
	start_loader tree.ini
	assert_eq "'svc' waits for its cgroup '/svc'
'below' waits for 'svc'
scx-loader: up, 1 schedulers beneath root, 2 waiting" "$(grep wait "$LOADER_LOG")" 'what the loader says'
	assert_eq 'below=waiting svc=waiting web=attached' "$(states)"
	is_well "    waits for its cgroup
      waits for 'svc'"
	[[ ! -e $root/svc ]] || fail 'the cgroup of a node that waits was made'
}

# is_well WAITS: so says the status, and what it has of nodes that wait
is_well() {
	scx-loader status >said || fail 'all is well, and the status says otherwise'
	assert_eq "$1" "$(grep 'waits for' said)" 'the status'
}

# What is reloaded waits, too, and keeps nobody else from it.
reload() {
	assert_eq 'nothing to do' "$(scx-loader reload)" 'a reload of what waits'
	sed -i -e '/^cgroup = .svc$/a weight = 300' -e '/^cgroup = .web$/a weight = 200' tree.ini
	printf '%s\n' '[other]' 'cgroup = /other' 'sched = qmap' >>tree.ini
	assert_eq "set weight of 'web' to 200
attach 'svc' (fifo) to '/svc', when that is there
attach 'below' (fifo) to '/svc/below', when that is there
attach 'other' (qmap) to '/other', when that is there" "$(scx-loader reload)" 'the steps of a reload'
	assert_eq 'below=waiting other=waiting svc=waiting web=attached' "$(states)"
	assert_eq "attach 'svc' (fifo) to '/svc', when that is there
attach 'below' (fifo) to '/svc/below', when that is there" "$(scx-loader set svc weight=400)" 'the steps of a set'
	sed -i 's/= 300/= 400/' tree.ini
	expect_refusal "scx-loader: can't open cgroup '/none': No such file or directory
hint: create it, or add '-o create=yes'" scx-loader attach /none qmap
}

# service_starts RESTARTS: as a service manager has it; the schedulers were attached so often before
service_starts() {
	mkdir $root/svc
	wait_until 20 states_are 'below=attached other=waiting svc=attached web=attached'
	assert_eq "400 $1 $1" "$(<$root/svc/cpu.weight) $(node svc nr_restarts) $(node below nr_restarts)" 'weight, restarts'
	cgexec -g cpu:svc/below true
}

service_stops() {
	rmdir $root/svc/below $root/svc
	wait_until 20 states_are 'below=waiting other=waiting svc=waiting web=attached'
}

comes_and_goes() {
	service_starts 0
	service_stops
	! grep '^scx-loader: .*svc' "$LOADER_LOG" || fail 'of a service that was stopped the loader warns'
	is_well "    waits for its cgroup
    waits for its cgroup
      waits for 'svc'"
	service_starts 1
}

# A cgroup that is gone again before the attach is done
goes_meanwhile() {
	local i waited attached
	for i in 0.1 1 2 4; do
		mkdir $root/other
		sleep "$i"
		rmdir $root/other
		wait_until 20 states_are 'below=attached other=waiting svc=attached web=attached'
	done
	waited=$(grep -c "^'other' waits" "$LOADER_LOG" || true)
	attached=$(grep -c "^attached 'other'" "$LOADER_LOG" || true)
	echo "attached $attached times, waited $waited times"
	((waited > attached + 1)) || fail 'it never went meanwhile'
	! grep '^scx-loader: .*other' "$LOADER_LOG" || fail 'that was called a failure'
}

# The next loader has it wait, too.
adopted() {
	service_stops
	scx-loader stop --keep
	loader_ends 0
	start_loader tree.ini
	assert_eq 'below=waiting other=waiting svc=waiting web=attached' "$(states)"
	service_starts 2
}

run() {
	start
	reload
	comes_and_goes
	goes_meanwhile
	adopted
	stop_loader
}
