# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 8 forks are not blocked for an RCU grace period while a sub is attached
# time: instructions
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

setup() {
	cat >tree.ini <<-'END'
		[first]
		cgroup = /first
		sched = fifo
		create = yes
	END
}

# while_forking COMMAND...: the milliseconds that the longest fork took meanwhile
while_forking() {
	local probe
	forks 0 0 >longest &
	probe=$!
	sleep 0.1
	"$@" >&2
	sleep 0.1
	kill -INT $probe
	wait $probe
	cat longest
}

# The middle one of five: how long a grace period is depends on when it begins. It is three ticks at least, of a
# millisecond.
run() {
	local i attach=() detach=() long='([3-9]|[1-9][0-9])\..*' short='[0-2]\..*'
	make_cgroup sub
	start_loader tree.ini
	for ((i = 0; i < 5; i++)); do
		attach+=("$(while_forking scx-loader attach /sub fifo)")
		detach+=("$(while_forking scx-loader detach /sub)")
	done
	echo "attach ${attach[*]}, detach ${detach[*]}"
	row 'ms that the longest fork takes while a sub is attached' "$(middle_of "${attach[@]}")" "$long" "$short"
	row 'ms that the longest fork takes while it is detached' "$(middle_of "${detach[@]}")" "$long" "$short"
	stop_loader
}

middle_of() {
	printf '%s\n' "$@" | sort -n | sed -n 3p
}
