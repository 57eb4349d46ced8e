# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What a test stands on. A test is a file test_NAME.sh that opens with lines like these:
#
#	# test: one line that says what is promised
#	# timeout: SECONDS	(default 300)
#	# takes: SECONDS	(about, where it is long: see suite.sh)
#	# kernel: 7.2		(default: the newest; another series is another boot)
#	# time: instructions	(a nanosecond each, whatever else the host does; another boot)
#	# smp: TOPOLOGY		(QEMU's -smp, as in 8,sockets=2,cores=2,threads=2; another boot)
#	# append: ARGS		(more for the kernel's command line; another boot)
#	# init: systemd		(the second guest: a Debian server, see lib-systemd.sh; another boot)
#	# qemu: ARGS		(more for QEMU; another boot)
#	# leaves: WHAT		(what it leaves is for the shutdown; with `takes: 0` it is the last of its boot)
#	# long KEY: VALUE	(what holds instead in `make test-long`, where $LONG is set; only tests with such a line run there)
#
# and defines run(), and setup() and cleanup() when it needs them. They run under `set -e`, in a folder of their own, one
# after the other; cleanup() in any case. What the test leaves behind (a scheduler, a process, a cgroup, a pin, a CPU that
# is off) or makes the kernel complain about without expect_dmesg fails it: see run-tests.
#
# Seconds are those of an idle machine with two cores, where this is emulated; each is given TIME_SCALE times, which the
# host says (tests/vm/suite.sh), more when others use it, too. That is enough to wait for a state; nothing sleeps for one,
# wait_until polls for it. A promise in seconds (a share, a delay, a watchdog that must not come first) needs `# time:
# instructions`: the host can't slow that down.

LOADER_LOG=$PWD/loader.log
loader_pid=''
PATH=$PATH:/usr/lib/scx-test # what tools/ is made into

setup() { :; }
cleanup() { end_workloads; }

# fail TEXT: end the test
fail() {
	local i
	# the innermost line of the test itself
	for ((i = 0; i < ${#BASH_SOURCE[@]}; i++)); do
		if [[ ${BASH_SOURCE[i]} == */test_*.sh ]]; then
			printf '%s:%s: ' "${BASH_SOURCE[i]##*/}" "${BASH_LINENO[i - 1]}" >&2
			break
		fi
	done
	printf '%s\n' "$1" >&2
	exit 1
}

# wait_until SECONDS COMMAND...: until COMMAND succeeds; too late is a failure
wait_until() {
	local limit=$(($1 * TIME_SCALE)) deadline=$((SECONDS + $1 * TIME_SCALE))
	shift
	until "$@"; do
		((SECONDS <= deadline)) || fail "not within $limit s: $*"
		sleep 0.1
	done
}

# assert_eq EXPECTED ACTUAL [WHAT]
assert_eq() {
	[[ $1 == "$2" ]] || fail "${3-value}: expected '$1', got '$2'"
}

# assert_match REGEX ACTUAL [WHAT]
assert_match() {
	[[ $2 =~ $1 ]] || fail "${3-value}: expected something like '$1', got '$2'"
}

# expect_dmesg REGEX: the kernel will say this, and the test fails when it does not. An extended regular expression.
expect_dmesg() {
	echo "$1" | tee -a "$PWD/expected" >>/run/scx/expected
}

# expect_refusal STDERR COMMAND...: COMMAND must fail with status 1 or 2, or 3 where there is no loader, and say on stderr exactly STDERR
expect_refusal() {
	local said status=0 expected=$1
	shift
	said=$("$@" 2>&1 >/dev/null </dev/null) || status=$?
	if [[ $said != "$expected" ]]; then
		diff -U 9 --label expected --label said <(echo "$expected") <(echo "$said") >&2 || true
		fail "wrong words from: $*"
	fi
	if [[ $expected == *': no loader is running: '* ]]; then
		assert_eq 3 "$status" "status of: $*"
	else
		((status == 1 || status == 2)) || fail "status $status, not 1 or 2, from: $*"
	fi
}

# scx_state: enabled, disabled, or what is between
scx_state() {
	cat /sys/kernel/sched_ext/state
}

scx_is() {
	[[ $(scx_state) == "$1" ]]
}

# start_loader FILE [OPTION...]: until it says that the tree is up; a loader that ends before is a failure.
# Its output is in $LOADER_LOG, its process is $loader_pid. START_SECONDS is how long it may take.
START_SECONDS=60
start_loader() {
	# the shell does it as late as in the new process, and what an earlier loader said would be taken for this one's
	: >"$LOADER_LOG"
	scx-loader -c "$@" >"$LOADER_LOG" 2>&1 </dev/null &
	loader_pid=$!
	wait_until $START_SECONDS loader_has_spoken
	loader_says '^scx-loader: up' || fail 'the loader did not come up'
}

loader_says() {
	grep -qE "$1" "$LOADER_LOG"
}

loader_has_ended() {
	! kill -0 "$loader_pid" 2>/dev/null
}

loader_has_spoken() {
	loader_says '^scx-loader: up' || loader_has_ended
}

# stop_loader [SIGNAL]: end it; its exit status must be 0, or what a signal that it can't catch makes of it
stop_loader() {
	local pid=$loader_pid status=0 signal=${1-TERM}
	kill -s "$signal" "$pid"
	wait_until 30 loader_has_ended
	loader_pid=''
	wait "$pid" || status=$?
	[[ $signal != KILL ]] || status=$((status - 137))
	((status == 0)) || fail "the loader ended with status $status"
}

# loader_ends STATUS: wait until it has ended by itself, with that exit status
loader_ends() {
	local pid=$loader_pid status=0
	wait_until 60 loader_has_ended
	loader_pid=''
	wait "$pid" || status=$?
	assert_eq "$1" "$status" 'exit status of the loader'
}

# end_workloads: kill what runs in cgroups
end_workloads() {
	find /sys/fs/cgroup -mindepth 2 -maxdepth 2 -name cgroup.kill -exec sh -c 'echo 1 >"$1"' sh {} \;
	wait_until 10 no_workload
}

no_workload() {
	! find /sys/fs/cgroup -mindepth 2 -name cgroup.procs -exec cat {} + | grep -q .
}

# status_json: all that the status knows, of a tree that is well or not
status_json() {
	scx-loader status --json || (($? == 4))
}

# node NAME FIELD: what that says of a node; "root" is root
node() {
	status_json | jq -r --arg name "$1" ".nodes[] | select(.name == \$name) | .$2"
}

# node_is NAME FIELD OPERATOR NUMBER: as in `node_is web nr_tasks -ge 100`, for wait_until
node_is() {
	test "$(node "$1" "$2")" "$3" "$4"
}

# cgroup_inode PATH: the number by which the kernel calls a cgroup
cgroup_inode() {
	stat -c %i "/sys/fs/cgroup$1"
}

# in_cgroup PATH COMMAND...: start COMMAND there, in the background, and wait until it is there; its process is $pid
in_cgroup() {
	local cgroup=${1#/}
	shift
	cgexec -g "cpu:$cgroup" "$@" </dev/null &
	pid=$!
	wait_until 5 grep -q "/$cgroup$" "/proc/$pid/cgroup"
}

# hog PATH: a task that never sleeps
hog() {
	in_cgroup "$1" sh -c 'while :; do :; done'
}

# kill_all PID...: and wait for their ends
kill_all() {
	kill -KILL "$@"
	wait "$@" 2>/dev/null || true
}

# run_ns PID: the CPU time that the process's first thread has had
run_ns() {
	local ran
	read -r ran _ <"/proc/$1/schedstat"
	echo "$ran"
}

# has_run PID NS: more than that
has_run() {
	local ran
	read -r ran _ <"/proc/$1/schedstat"
	((ran > $2))
}

# assert_runs PID...: each of them gets another 20 ms of CPU time
assert_runs() {
	local pid
	for pid; do
		wait_until 10 has_run "$pid" $(($(run_ns "$pid") + 20000000))
	done
}
