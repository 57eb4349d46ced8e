#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# suite.sh [PATTERN]: run the tests of tests/guest, or those whose name contains PATTERN (a shell pattern), in as few boots
# as possible: one for each kernel that tests ask for, and another one after each test that broke the kernel or the machine.
# A line for each test; the log of one that failed; at the end `N passed, N failed`.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
tests=$TREE/tests/guest
results=$TREE/build/vm/results/suite-$(date +%m%d-%H%M%S)-$$
grace=150 # seconds for a boot, and over a test's time before the guest itself is taken for dead
passed=0 failed=0 reader='' dots=''

# header TEST KEY: what the head of the test's file says
header() {
	sed -n "s/^# $2: *//p" "$tests/test_$1.sh"
}

tests_of_kernel() {
	local file name
	for file in "$tests"/test_*.sh; do
		name=${file##*/test_}
		name=${name%.sh}
		# shellcheck disable=SC2053 # a pattern is welcome
		[[ $name == *$2* && $(header "$name" kernel) == "$1" ]] && echo "$name"
	done
	true
}

# report VERDICT NAME SECONDS: the line, and the log when it failed
report() {
	clear_progress
	printf '%-4s %6s s  %s: %s\n' "$1" "$3" "$2" "$(header "$2" test)"
	if [[ $1 == ok ]]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		sed 's/^/     | /' "$log" | tail -n 60
		echo "     log, console and dmesg: $(realpath --relative-to="$PWD" "$results")"
	fi
}

# progress NAME: a test that takes its time is seen to run: a dot every five seconds, on a line of its own
progress() {
	[[ -n $dots ]] || printf '     %s ' "$1"
	printf '.'
	dots=yes
}

clear_progress() {
	[[ -z $dots ]] || echo
	dots=''
}

# limit TEST: seconds after which the guest ought to have ended it
limit() {
	local seconds scale
	seconds=$(header "$1" timeout)
	scale=$(sed -n 's/^TIME_SCALE=//p' "$tests/lib.sh")
	echo $((${seconds:-300} * scale + grace))
}

# run_boot KERNEL TEST...: boot once and run the tests until one breaks the machine; sets `left` to those not run
run_boot() {
	local kernel=$1 running='' since=$SECONDS over=$grace line verdict name seconds status=0 broken='' kept
	shift
	left=("$@")
	boots=$((boots + 1))
	kept=$results/boot-$boots
	mkdir -p "$kept"
	log=$kept/boot.log
	printf 'boot           %s, %d tests\n' "${kernel:+Linux }${kernel:-the newest Linux}" $#
	exec {reader}< <(exec "$here/vm.sh" ${kernel:+-k "$kernel"} -t 86400 -r "$kept" -- /scx/run-tests "$@" 2>"$kept/vm.sh")
	vm=$!
	while :; do
		status=0
		IFS= read -r -t 5 -u "$reader" line || status=$?
		if ((status > 128)); then
			progress "${running:-boot}"
		elif ((status)); then
			break
		elif [[ $line == "@test begin "* ]]; then
			clear_progress
			running=${line#@test begin }
			since=$SECONDS over=$(limit "$running")
			log=$results/$running.log
			: >"$log"
		elif [[ $line == "@test "* ]]; then
			read -r _ verdict name seconds <<<"$line"
			report "$verdict" "$name" "$seconds"
			left=("${left[@]:1}")
			running='' since=$SECONDS over=$grace
		else
			printf '%s\n' "$line" >>"$log"
		fi
		if ((SECONDS - since > over)); then
			broken='the guest hangs'
			kill "$vm"
			break
		fi
	done
	exec {reader}<&-
	wait "$vm" || status=$?
	if [[ -n $running ]]; then
		blame "$running" "${broken:-broke the kernel: $(last_words)}"
		left=("${left[@]:1}")
	elif ((${#left[@]} == $#)); then
		# the next boot would do no better
		for name in "${left[@]}"; do
			blame "$name" "did not run: ${broken:-the guest died: $(last_words)}"
		done
		left=()
	elif ((${#left[@]})) || ((status == 122 || status == 123)); then
		blame "$name" "after it: ${broken:-$(last_words)}"
	fi
}

# blame TEST WHY: it has failed for what happened to the machine. For run_boot.
blame() {
	log=$results/$1.log
	echo "$2" >>"$log"
	report FAIL "$1" $((SECONDS - since))
}

# What the kernel said at its end, or else vm.sh
last_words() {
	local panic
	panic=$(grep -sahE -m 1 'Kernel panic' "$kept/console" || true)
	[[ -n $panic ]] || panic=$(<"$kept/vm.sh")
	echo "${panic##*] }"
}

boots=0 vm='' left=() log=/dev/null
trap '[[ -z $vm ]] || kill "$vm" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
mkdir -p "$results"
mapfile -t kernels < <(cat "$tests"/test_*.sh | sed -n 's/^# kernel: *//p' | sort -u)
for kernel in '' "${kernels[@]}"; do
	mapfile -t left < <(tests_of_kernel "$kernel" "${1-}")
	while ((${#left[@]})); do
		run_boot "$kernel" "${left[@]}"
	done
done
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
