# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 8 forks are not blocked for an RCU grace period while a sub is attached
# time: instructions
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

# go_on: let the schedulers take their steps up to the next `wait`
go_on() {
	echo >&"$to"
	wait_for_steps
}

wait_for_steps() {
	local line=''
	until [[ $line == waiting ]]; do
		read -r line <&"$from"
	done
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

# The middle one of five: how long a grace period is depends on when it begins. It is some ticks, of four milliseconds on
# both kernels.
run() {
	local i sub steps=() attach=() detach=() from to pid long='([3-9]|[1-9][0-9])\..*' short='[0-2]\..*'
	sub=$(make_cgroup sub)
	for ((i = 0; i < 5; i++)); do
		steps+=(wait sub "$sub" wait detach)
	done
	coproc /usr/lib/scx-test/subs root "${steps[@]}" wait
	pid=$COPROC_PID
	exec {from}<&"${COPROC[0]}" {to}>&"${COPROC[1]}"
	wait_for_steps
	for ((i = 0; i < 5; i++)); do
		attach+=("$(while_forking go_on)")
		detach+=("$(while_forking go_on)")
	done
	echo >&"$to"
	wait "$pid"
	echo "attach ${attach[*]}, detach ${detach[*]}"
	row 'ms that the longest fork takes while a sub is attached' "$(middle_of "${attach[@]}")" "$long" "$short"
	row 'ms that the longest fork takes while it is detached' "$(middle_of "${detach[@]}")" "$long" "$short"
}

middle_of() {
	printf '%s\n' "$@" | sort -n | sed -n 3p
}
