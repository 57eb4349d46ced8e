#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# suite.sh [PATTERN]: run the tests of tests/guest, or those whose name contains PATTERN (a shell pattern). A line for each
# test; the log of one that failed; at the end `N passed, N failed`.
#
# The tests are dealt out to lanes, as many as there are CPUs (JOBS says otherwise): a machine uses one. So that lanes end
# together, a test that takes long says how long (`# takes:`). A lane boots a machine that runs its tests one after the
# other, and another one after a test that broke it. KERNEL=patched (or
# debug) boots what patched.sh (--debug) builds, for the tests that name no kernel. Lanes write what happens as lines to one
# pipe; only the main process prints:
#
#	boot KERNEL COUNT
#	begin NAME
#	ok NAME SECONDS
#	FAIL NAME SECONDS

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
tests=$TREE/tests/guest
results=$TREE/build/vm/results/suite-$(date +%m%d-%H%M%S)-$$
jobs=${JOBS:-$(nproc)}
grace=$((40 * TIME_SCALE)) # seconds for a boot, and over a test's time before the guest itself is taken for dead

# header TEST KEY: what the head of the test's file says
header() {
	sed -n "s/^# $2: *//p" "$tests/test_$1.sh"
}

# tests [PATTERN]: for each a line "KERNEL;TIME;SMP;QEMU NAME": the machine that its head asks for, and its name
tests() {
	local file name
	for file in "$tests"/test_*.sh; do
		name=${file##*/test_}
		name=${name%.sh}
		# shellcheck disable=SC2053 # a pattern is welcome
		[[ $name != *${1-}* ]] || echo "$(header "$name" kernel);$(header "$name" time);$(header "$name" smp);$(
			header "$name" qemu) $name"
	done
}

## A lane: a process of its own; what it says goes to the pipe

# lane NUMBER KERNEL TEST...
lane() {
	local number=$1 kernel=$2 boots=0 vm='' left=("${@:3}")
	trap '[[ -z $vm ]] || kill "$vm" 2>/dev/null' EXIT
	trap 'exit 130' INT TERM HUP
	while ((${#left[@]})); do
		run_boot "${left[@]}"
	done
}

# run_boot TEST...: boot once and run the tests until one breaks the machine; sets `left` to those not run
run_boot() {
	local running='' since=$SECONDS over=$grace line='' part verdict name seconds status=0 ended='' broken='' reader
	local kept=$results/boot-$number-$((++boots)) log
	mkdir -p "$kept"
	log=$kept/boot.log
	echo "boot $(basename "${kernel:-newest}") $#"
	exec {reader}< <(exec "$here/vm.sh" ${kernel:+-k "$kernel"} "${append[@]}" "${hardware[@]}" -t 86400 -r "$kept" -- \
		/scx/run-tests "$@" 2>"$kept/vm.sh")
	vm=$!
	while ((SECONDS - since <= over)); do
		status=0
		IFS= read -r -t 5 -u "$reader" part || status=$?
		line+=$part # read gives up in the middle of a line, too
		((status <= 128)) || continue
		((!status)) || { ended=yes && break; }
		if [[ $line == "@test begin "* ]]; then
			running=${line#@test begin }
			since=$SECONDS over=$(limit "$running")
			log=$results/$running.log
			: >"$log"
			echo "begin $running"
		elif [[ $line == "@test "* ]]; then
			read -r _ verdict name seconds <<<"$line"
			echo "$verdict $name $seconds"
			left=("${left[@]:1}")
			running='' since=$SECONDS over=$grace
		else
			printf '%s\n' "$line" >>"$log"
		fi
		line=''
	done
	if [[ -z $ended ]]; then
		broken='the guest hangs'
		kill "$vm"
	fi
	exec {reader}<&-
	status=0
	wait "$vm" || status=$?
	vm=''
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

# limit TEST: seconds after which the guest ought to have ended it
limit() {
	local seconds
	seconds=$(header "$1" timeout)
	echo $((${seconds:-300} * TIME_SCALE + grace))
}

## The main process

passed=0 failed=0 dots=0 lanes=()

# Say what a lane said
report() {
	local what name number
	read -r what name number <<<"$1"
	if [[ $what == begin ]]; then
		running[$name]=yes
		return
	fi
	clear_dots
	if [[ $what == boot ]]; then
		printf 'boot           %s kernel, %d tests\n' "$name" "$number"
		return
	fi
	unset "running[$name]"
	printf '%-4s %6s s  %s: %s\n' "$what" "$number" "$name" "$(header "$name" test)"
	if [[ $what == ok ]]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		sed 's/^/     | /' "$results/$name.log" | tail -n 60
		echo "     log, console and dmesg: $(realpath --relative-to="$PWD" "$results")"
	fi
}

# What takes its time is seen to run: a dot every five seconds, on a line of its own.
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

# deal LANES LANE TEST...: the tests of one lane: each, the longest first, goes to the lane that has the least to do
deal() {
	local nr=$1 lane=$2 name takes
	shift 2
	for name; do
		takes=$(header "$name" takes)
		echo "${takes:-40} $name"
	done | sort -rn -s | awk -v lanes="$nr" -v lane="$lane" '{
		least = 0
		for (i = 1; i < lanes; i++)
			if (sum[i] < sum[least])
				least = i
		sum[least] += $1
		if (least == lane)
			print $2
	}'
}

# run_lanes KERNEL TEST...
run_lanes() {
	local kernel=$1 all=("${@:2}") i line='' part status pipe
	local nr=$((jobs < ${#all[@]} ? jobs : ${#all[@]}))
	local -A running=()
	exec {pipe}< <(
		for ((i = 0; i < nr; i++)); do
			mapfile -t mine < <(deal "$nr" "$i" "${all[@]}")
			lane "$i" "$kernel" "${mine[@]}" &
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
append=()
case ${KERNEL-} in
'') newest='' ;;
patched) newest=$("$here/patched.sh") ;;
debug)
	newest=$("$here/patched.sh" --debug) append=(-a "$DEBUG_APPEND")
	export TIME_SCALE=$DEBUG_TIME_SCALE
	;;
*) die "no kernel '$KERNEL': patched or debug" ;;
esac
mkdir -p "$results"
mapfile -t wanted < <(tests "${1-}")
mapfile -t machines < <(printf '%s\n' "${wanted[@]% *}" | LC_ALL=C sort -u)
for machine in "${machines[@]}"; do
	IFS=';' read -r kernel time smp qemu <<<"$machine"
	mapfile -t names < <(printf '%s\n' "${wanted[@]}" | sed -n "s/^$machine //p")
	[[ -z $time ]] || qemu+=' -icount shift=0,sleep=off'
	hardware=(${smp:+-s "$smp"} ${qemu:+-q "$qemu"})
	((!${#names[@]})) || run_lanes "${kernel:-$newest}" "${names[@]}"
done
clear_dots
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
