#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# suite.sh [PATTERN]: run the tests of tests/guest, or those whose name contains PATTERN (a shell pattern). A line for each
# test; the log of one that failed; the slowest; at the end `N passed, N failed`.
#
# Lanes run them, as many as there are CPUs (JOBS says otherwise): a machine uses one. A lane boots a machine, which asks for
# one test after the other, and another one after a test that broke it or when no test is left that wants such a machine. So
# that lanes end together, all take from one queue: the kinds of machine of which there are few tests first, and in each the
# tests that take long (`# takes:`). KERNEL=patched (or debug) boots what patched.sh (--debug) builds, for the tests that name
# no kernel; LONG=yes runs only the tests that have a longer form, in that.
#
# A machine that others use, too, is no failure: what the tests may wait for in seconds is given so many times more seconds
# as more wants to run here than there are CPUs. Lanes write what happens as lines to one pipe; only the main process prints:
#
#	boot KERNEL OPTION...
#	begin NAME
#	ok NAME SECONDS
#	FAIL NAME SECONDS

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
tests=$TREE/tests/guest
results=$TREE/build/vm/results/suite-$(date +%m%d-%H%M%S)-$$
cpus=$(nproc)
jobs=${JOBS:-$cpus}
grace=$((40 * TIME_SCALE)) # seconds for a boot, and over a test's time before the guest itself is taken for dead

# header TEST KEY: what the head of the test's file says; with LONG what it says of the longer form, where it does
header() {
	local said=''
	[[ -z ${LONG-} ]] || said=$(sed -n "s/^# long $2: *//p" "$tests/test_$1.sh")
	[[ -n $said ]] || said=$(sed -n "s/^# $2: *//p" "$tests/test_$1.sh")
	[[ -z $said ]] || echo "$said"
}

# tests [PATTERN]: for each a line "KERNEL;TIME;SMP;APPEND;INIT;QEMU TAKES NAME": the machine that its head asks for, and its name
tests() {
	local file name takes
	for file in "$tests"/test_*.sh; do
		name=${file##*/test_}
		name=${name%.sh}
		# shellcheck disable=SC2053 # a pattern is welcome
		[[ $name == *${1-}* ]] || continue
		[[ -z ${LONG-} ]] || grep -q '^# long ' "$file" || continue
		takes=$(header "$name" takes)
		echo "$(header "$name" kernel);$(header "$name" time);$(header "$name" smp);$(header "$name" append);$(
			header "$name" init);$(header "$name" qemu) ${takes:-40} $name"
	done
}

# in_order: those lines, in the order in which they are run
in_order() {
	awk '{
		machine = substr($0, 1, length($0) - length($(NF - 1)) - length($NF) - 2)
		line[NR] = machine "\t" $NF
		of[NR] = machine
		takes[NR] = $(NF - 1)
		nr[machine]++
	} END {
		for (i = 1; i <= NR; i++)
			printf "%d\t%s\t%d\t%s\n", nr[of[i]], of[i], takes[i], line[i]
	}' | LC_ALL=C sort -t $'\t' -k1,1n -k2,2 -k3,3nr | cut -f 4-
}

## A lane: a process of its own; what it says goes to the pipe

# lane NUMBER: run what nobody else runs, until nothing is left
lane() {
	local number=$1 boots=0 vm='' machine next=''
	trap '[[ -z $vm ]] || kill "$vm" 2>/dev/null' EXIT
	trap 'exit 130' INT TERM HUP
	for machine in "${machines[@]}"; do
		while take; do
			run_boot
		done
	done
}

# take: the next test for this machine is mine, and in `next`; false: there is none. Who makes a test's log runs it.
take() {
	for next in ${queue[$machine]}; do
		! (set -C && : >"$results/$next.log") 2>/dev/null || return 0
	done
	next=''
	return 1
}

# run_boot: boot once, run `next` and what can be had until one breaks the machine
run_boot() {
	local running='' since=$SECONDS age=0 seen=$SECONDS over=$grace line='' part verdict name='' seconds
	local status=0 ended='' broken='' reader writer
	local kept=$results/boot-$number-$((++boots)) log kernel time smp append init qemu
	IFS=';' read -r kernel time smp append init qemu <<<"$machine"
	kernel=${kernel:-$newest}
	[[ -z $time ]] || qemu+=' -icount shift=0,sleep=off'
	mkdir -p "$kept"
	log=$kept/boot.log
	echo "boot $(basename "${kernel:-newest}")${init:+ --$init} $qemu${smp:+ -smp $smp}${append:+ -append $append}"
	mkfifo "$kept/names"
	exec {writer}<>"$kept/names" {reader}< <(exec "$here/vm.sh" ${kernel:+-k "$kernel"} -a "$TEST_APPEND${append:+ $append}" ${smp:+-s "$smp"} \
		${init:+"--$init"} ${qemu:+-q "$qemu"} -t 86400 -r "$kept" --stdin -- /scx/run-tests <"$kept/names" 2>"$kept/vm.sh")
	vm=$!
	while ((age <= 100 * over)); do
		status=0
		IFS= read -r -t 5 -u "$reader" part || status=$?
		line+=$part # read gives up in the middle of a line, too
		((SECONDS == seen)) || age=$((age + (SECONDS - seen) * 10000 / $(slowness))) seen=$SECONDS
		((status <= 128)) || continue
		((!status)) || { ended=yes && break; }
		if [[ $line == "@test next" ]]; then
			[[ -n $next ]] || take || true
			echo "${next:+$next $(((TIME_SCALE * $(slowness) + 99) / 100))}" >&"$writer"
			running=$next next=''
			since=$SECONDS age=0 over=$grace
			if [[ -n $running ]]; then
				over=$(limit "$running")
				log=$results/$running.log
				echo "begin $running"
			fi
		elif [[ $line == "@test "* ]]; then
			read -r _ verdict name seconds <<<"$line"
			echo "$verdict $name $seconds"
			running='' since=$SECONDS age=0 over=$grace
		else
			printf '%s\n' "$line" >>"$log"
		fi
		line=''
	done
	if [[ -z $ended ]]; then
		broken='the guest hangs'
		kill "$vm"
	fi
	exec {reader}<&- {writer}>&-
	rm -f "$kept/names"
	status=0
	wait "$vm" || status=$?
	vm=''
	if [[ -n $running ]]; then
		blame "$running" "${broken:-broke the kernel: $(last_words)}"
	elif [[ -n $next ]]; then
		# the next boot would do no better
		while
			blame "$next" "did not run: ${broken:-the guest died: $(last_words)}"
			take
		do :; done
	elif [[ -n $broken ]] || ((status == 122 || status == 123)); then
		blame "$name" "after it: ${broken:-$(last_words)}"
	fi
}

# blame TEST WHY: it has failed for what happened to the machine. For run_boot.
blame() {
	echo "$2" >>"$results/$1.log"
	echo "FAIL $1 $((SECONDS - since)).0"
}

# What the kernel said at its end, or else vm.sh
last_words() {
	local panic
	panic=$(grep -sahE -m 1 'Kernel panic' "$kept/console" || true)
	[[ -n $panic ]] || panic=$(<"$kept/vm.sh")
	echo "${panic##*] }"
}

# slowness: how much longer than on an idle machine things take here and now, in percent
slowness() {
	local load
	read -r load _ </proc/loadavg
	load=$((10#${load/./} / cpus))
	echo $((load > 100 ? load : 100))
}

# limit TEST: seconds after which the guest ought to have ended it
limit() {
	local seconds
	seconds=$(header "$1" timeout)
	echo $((${seconds:-300} * TIME_SCALE + grace))
}

## The main process

passed=0 failed=0 dots=0 lanes=() times=()

# Say what a lane said
report() {
	local what name rest
	read -r what name rest <<<"$1"
	clear_dots
	case $what in
	begin)
		running[$name]=yes
		return
		;;
	boot)
		printf 'boot           %s kernel%s\n' "$name" "${rest:+, $rest}"
		return
		;;
	ok) passed=$((passed + 1)) ;;
	FAIL) failed=$((failed + 1)) ;;
	esac
	unset "running[$name]"
	times+=("$rest $name")
	printf '%-4s %6s s  %s: %s\n' "$what" "$rest" "$name" "$(header "$name" test | paste -sd ' ')"
	if [[ $what == FAIL ]]; then
		sed 's/^/     | /' "$results/$name.log" | tail -n 60
		echo "     log, console and dmesg: $(realpath --relative-to="$PWD" "$results")"
	fi
}

# What takes its time is seen to run: a dot every five seconds, behind the names of the tests that run now.
dot() {
	local names=${!running[*]}
	((dots)) || printf '     %s ' "${names:-boot}"
	printf '.'
	dots=$((dots + 1))
}

clear_dots() {
	((!dots)) || echo
	dots=0
}

slowest() {
	((${#times[@]} > 1)) || return 0
	echo 'the slowest:'
	printf '%s\n' "${times[@]}" | sort -rn | head -n 10 | while read -r seconds name; do
		printf '     %6s s  %s\n' "$seconds" "$name"
	done
}

# run_lanes: until all have ended
run_lanes() {
	local i line='' part status pipe
	local nr=$((jobs < ${#wanted[@]} ? jobs : ${#wanted[@]}))
	local -A running=()
	exec {pipe}< <(
		for ((i = 0; i < nr; i++)); do
			lane "$i" &
		done
		trap 'kill $(jobs -p) 2>/dev/null' EXIT
		trap 'exit 130' INT TERM HUP
		wait
	)
	lanes=($!)
	while :; do
		status=0
		IFS= read -r -t 5 -u "$pipe" part || status=$?
		line+=$part
		if ((status > 128)); then
			dot
		elif ((status)); then
			break
		else
			report "$line"
			line=''
		fi
	done
	exec {pipe}<&-
	lanes=()
}

trap '((!${#lanes[@]})) || kill "${lanes[@]}" 2>/dev/null' EXIT
trap 'exit 130' INT TERM HUP
case ${KERNEL-} in
'') newest='' ;;
patched) newest=$("$here/patched.sh") ;;
debug)
	newest=$("$here/patched.sh" --debug)
	export TIME_SCALE=$DEBUG_TIME_SCALE
	;;
*) die "no kernel '$KERNEL': patched or debug" ;;
esac
mkdir -p "$results"
mapfile -t wanted < <(tests "${1-}" | in_order)
machines=() # in order
declare -A queue=() # of each, names of tests
for test in "${wanted[@]}"; do
	machine=${test%$'\t'*}
	[[ -n ${queue[$machine]-} ]] || machines+=("$machine")
	queue[$machine]+=" ${test#*$'\t'}"
done
run_lanes
clear_dots
slowest
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
