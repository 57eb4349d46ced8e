# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What tests of shares stand on, beside lib.sh: loads that compete, what each gets, and what it should.
#
# The shell that measures goes ahead of all ordinary tasks, and so does the loader: they are not part of what is measured.
# Loads are ordinary. What is off is noted, so that one run shows all figures; verdict, at the end, makes it a failure.

misses=0

# The tree goes before its cgroups: they are the test's own, and some have others below.
cleanup() {
	end_workloads
	[[ -z $loader_pid ]] || loader_has_ended || kill "$loader_pid"
	[[ -z $loader_pid ]] || wait_until 30 loader_has_ended
	find /sys/fs/cgroup -mindepth 1 -depth -type d -exec rmdir {} \;
}

# The kernel tries its ciphers for some seconds after it has booted.
go_ahead() {
	wait_until 30 no_cipher_tried
	chrt -f -p 1 $$
}

no_cipher_tried() {
	! pgrep -x cryptomgr_test >/dev/null
}

# group PATH: make the cgroup, and those above it
group() {
	local path=/sys/fs/cgroup part
	while IFS= read -rd / part; do
		echo +cpu >"$path/cgroup.subtree_control"
		path+=/$part
		mkdir -p "$path"
	done <<<"${1#/}/"
}

# knob PATH FILE VALUE
knob() {
	echo "$3" >"/sys/fs/cgroup$1/$2"
}

# load_in PATH COMMAND...: start COMMAND in the cgroup as an ordinary task, in the background; its process is $pid
load_in() {
	in_cgroup "$1" chrt -o 0 "${@:2}"
	disown "$pid" # nobody wants to hear of its end
}

# end_loads PATH: and wait until none is left
end_loads() {
	knob "$1" cgroup.kill 1
	wait_until 10 grep -q 'populated 0' "/sys/fs/cgroup$1/cgroup.events"
}

# look WHAT: the time, and the CPU time that a cgroup has had or the first thread of a process, in us: $now, $used. Nothing
# is started for it: that would take a part of what is measured.
look() {
	now=${EPOCHREALTIME/./}
	if [[ $1 == /* ]]; then
		read -r _ used <"/sys/fs/cgroup$1/cpu.stat"
	else
		read -r used _ <"/proc/$1/schedstat"
		used=$((used / 1000))
	fi
}

# measure WARMUP SECONDS WHAT...: after so long, what each gets over SECONDS: thousandths of a CPU, $got
measure() {
	local warmup=$1 seconds=$2 now used at=() had=() i
	shift 2
	sleep "$warmup"
	for ((i = 1; i <= $#; i++)); do
		look "${!i}"
		at[i]=$now had[i]=$used
	done
	sleep "$seconds"
	got=()
	for ((i = 1; i <= $#; i++)); do
		look "${!i}"
		got+=($((1000 * (used - had[i]) / (now - at[i]))))
	done
}

# expect WHAT LOWEST NUMBER HIGHEST: say it, and note whether it is between
expect() {
	local off=''
	(($2 <= $3 && $3 <= $4)) || off=', OFF' misses=$((misses + 1))
	echo "$1: $3 ($2 to $4)$off"
}

# expect_near PERCENT SLACK WHAT IDEAL NUMBER: the same, off the ideal by no more than so many percent, and SLACK
expect_near() {
	local off=$(($4 * $1 / 100 + $2))
	expect "$3" $(($4 - off)) "$5" $(($4 + off))
}

# expect_is WHAT EXPECTED TEXT: the same for what is no number; EXPECTED is an extended regular expression
expect_is() {
	local off=''
	[[ $3 =~ ^($2)$ ]] || off=", OFF: expected '$2'" misses=$((misses + 1))
	echo "$1: $3$off"
}

# expect_attached NODE...: none has been ended, nor root
expect_attached() {
	local name
	expect_is sched_ext enabled "$(scx_state)"
	for name; do
		expect_is "$name" attached "$(node "$name" state)"
	done
}

verdict() {
	((!misses)) || fail "$misses figures are off"
}
