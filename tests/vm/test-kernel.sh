#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# test-kernel.sh [--debug] [PATTERN]: the tests of the kernel patches, tests/guest/kernel, on Debian's kernel and on its
# source built with the patches. Prints a table of what was seen on each, and last `N passed, N failed`: a row passes when
# it is as it must be on both. PATTERN chooses tests by name. --debug: on the patched kernel only, in the build that looks
# for its own mistakes; it must not report any.
#
# What a run without a choice shows is kept in the cache when nothing failed, for each test by all that it depends on, and
# shown again until that changes; FORCE=1 runs all. The kernels run side by side, with JOBS=1 one after the other.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
tests=$TREE/tests/guest/kernel
results=$TREE/build/vm/results/kernel-$(date +%m%d-%H%M%S)-$$
seconds=7200 # for one boot
declare -A folder

# header TEST KEY
header() {
	sed -n "s/^# $2: *//p" "$tests/$1.sh"
}

# Rows are files of lines `TEST VERDICT TEXT VALUE`, with tabs between.

# rows RUN TEST...: the rows of these tests from the output of /scx/kernel/run
rows() {
	local run=$1
	shift
	awk -F '\t' -v OFS='\t' -v tests="$*" '
		$1 == "@row" { rows[++n] = $2 OFS $3 OFS $4 }
		/^@end / {
			split($0, end, " ")
			for (i = 1; i <= n; i++)
				print end[2], rows[i]
			if (end[3])
				print end[2], "FAIL", "the test itself", "status " end[3]
			n = 0
			ended[end[2]]
		}
		END {
			split(tests, all, " ")
			for (i in all)
				if (!(all[i] in ended))
					print all[i], "FAIL", "the test itself", "does not end"
		}' "$run"
}

# boot KERNEL TIME TEST...: run the tests in one boot; TIME is `host`, or `instructions`, which the guest's clock counts then
boot() {
	local kernel=$1 kept=$results/$1-$2 status=0 clock=()
	[[ $2 == host ]] || clock=(-q '-icount shift=0,sleep=off')
	shift 2
	mkdir -p "$kept"
	"$here/vm.sh" -k "${folder[$kernel]}" -t $seconds -r "$kept" "${append[@]}" "${clock[@]}" -f "$runner" -- \
		/scx/kernel/run "$kernel" "$@" >"$kept/run" 2>"$kept/vm.sh" || status=$?
	rows "$kept/run" "$@" >>"$results/rows.$kernel"
	if ((status)); then
		printf '%s\tFAIL\tthe machine\t%s\n' "${!#}" "$(grep -v ' are kept in ' "$kept/vm.sh" | tail -n 1)" \
			>>"$results/rows.$kernel"
	fi
}

# boot_to_die KERNEL TEST: the kernel must not survive the test, and its console must say why
boot_to_die() {
	local kept=$results/$1-$2 status=0 regex verdict=FAIL said
	mkdir -p "$kept"
	"$here/vm.sh" -k "${folder[$1]}" -t $seconds -r "$kept" -- /scx/kernel/run "$1" "$2" >"$kept/run" 2>"$kept/vm.sh" ||
		status=$?
	regex=$(header "$2" dies)
	if ((status == 123)) && said=$(grep -aoE -m 1 "${regex#* }.*" "$kept/console"); then
		verdict=ok said="the machine dies: ${said%$'\r'}"
	else
		said="the machine goes on ($status)"
	fi
	printf '%s\t%s\t%s\t%s\n' "$2" $verdict "$(header "$2" what)" "$said" >>"$results/rows.$1"
}

boot_all() {
	local kernel=$1 name host=() instructions=()
	shift
	for name; do
		if [[ $(header "$name" dies) == "$kernel "* ]]; then
			boot_to_die "$kernel" "$name"
		elif [[ $(header "$name" time) == instructions ]]; then
			instructions+=("$name")
		else
			host+=("$name")
		fi
	done
	((!${#host[@]})) || boot "$kernel" host "${host[@]}"
	((!${#instructions[@]})) || boot "$kernel" instructions "${instructions[@]}"
}

# boot_kernels TEST...: on all kernels
boot_kernels() {
	local kernel pid pids=()
	for kernel in "${kernels[@]}"; do
		boot_all "$kernel" "$@" &
		pids+=($!)
		((${JOBS:-$(nproc)} > 1)) || wait $!
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
}

# What the machine is made of in which a test runs, and what of the product it runs, if it has a loader.
harness=("$here"/{test-kernel,vm,common,build}.sh "$TREE"/tests/guest/{init,lib.sh,run-test,complaints,disk}
	"$tests"/{run,rows.sh,*.c,*.h} "$TREE"/tests/bench/tools/forks.c "$TREE"/Makefile)
product=("$TREE"/{root-sched,sub-scheds,loader}/*.[ch])

# kept TEST KERNEL: the file in which the test's rows are when it has passed
kept() {
	local parts=("$tests/$1.sh" "${harness[@]}")
	! grep -q loader "$tests/$1.sh" || parts+=("${product[@]}")
	echo "$CACHE/kernel-rows-$1-$2-$(key <(basename -a "${folder[@]}" "$(dirname "$runner")" "$image") "${parts[@]}")"
}

# take_kept: set `left` to the tests that are to be run, and take the rows of the others; say that
take_kept() {
	local name kernel file newest=''
	left=()
	for name in "${names[@]}"; do
		if [[ -n ${FORCE-} ]] || ! is_kept "$name"; then
			left+=("$name")
			continue
		fi
		for kernel in "${kernels[@]}"; do
			file=$(kept "$name" "$kernel")
			cat "$file" >>"$results/rows.$kernel"
			[[ $newest -nt $file ]] || newest=$file
		done
	done
	[[ -z $newest ]] || printf '%d of %d tests passed before, last on %s, with all that they depend on as it is now; %s\n' \
		$((${#names[@]} - ${#left[@]})) ${#names[@]} "$(date -r "$newest" '+%F %R')" 'FORCE=1 make test-kernel runs them'
}

is_kept() {
	local kernel
	for kernel in "${kernels[@]}"; do
		[[ -s $(kept "$1" "$kernel") ]] || return
	done
}

keep() {
	local name kernel file
	for name in "${left[@]}"; do
		for kernel in "${kernels[@]}"; do
			file=$(kept "$name" "$kernel")
			grep -P "^$name\t" "$results/rows.$kernel" >"$file.$$"
			mv "$file.$$" "$file"
		done
	done
}

# A row that one kernel has not, because it died, has no value there.
print_table() {
	local name title='' text verdict
	for name; do
		if [[ $title != "$(header "$name" patch)" ]]; then
			title=$(header "$name" patch)
			printf '\npatch %s\n\n| | unpatched | patched |\n| --- | --- | --- |\n' "$title"
		fi
		while IFS= read -r text; do
			verdict=''
			if grep -qxP "$name\tFAIL\t\Q$text\E\t.*" "$results"/rows.* || differs; then
				verdict='**FAIL** '
				failed=$((failed + 1))
			else
				passed=$((passed + 1))
			fi
			echo "| $verdict$text | $(value unpatched) | $(value patched) |"
		done < <(cat "$results"/rows.* | cut -f 1,3 | grep -P "^$name\t" | cut -f 2 | awk '!seen[$0]++')
	done
}

# Must the row be the same on all kernels, and is not, or has no value? For print_table.
differs() {
	local one='' kernel
	grep -qhP "^$name\tsame\t\Q$text\E\t" "$results"/rows.* || return
	for kernel in "${kernels[@]}"; do
		: "${one:=$(value "$kernel")}"
		[[ $one != - && $(value "$kernel") == "$one" ]] || return 0
	done
	return 1
}

value() {
	local seen
	seen=$(grep -shP "^$name\t[^\t]*\t\Q$text\E\t" "$results/rows.$1" | cut -f 4)
	echo "${seen:--}"
}

kernels=(unpatched patched) debug=() append=() chosen=$*
if [[ ${1-} == --debug ]]; then
	kernels=(patched) debug=(--debug) append=(-a "$DEBUG_APPEND")
	export TIME_SCALE=$DEBUG_TIME_SCALE
	shift
fi
names=() passed=0 failed=0
for file in "$tests"/[0-9]*.sh; do
	name=$(basename "$file" .sh)
	# shellcheck disable=SC2053 # a pattern is welcome
	[[ $name != *${1-}* ]] || names+=("$name")
done
((${#names[@]})) || die "no test of the kernel patches is called '${1-}'" "they are in ${tests#"$TREE/"}"
mkdir -p "$results"
folder[unpatched]=$("$here/kernel.sh" 7.3)
folder[patched]=$("$here/patched.sh" "${debug[@]}")
runner=$("$here/selftests.sh")
image=$("$here/image.sh")
left=("${names[@]}")
[[ -n $chosen ]] || take_kept
if ((${#left[@]})); then
	"$here/build.sh"
	stage "test: ${#left[@]} tests, ${kernels[*]} kernel ${debug[*]}" boot_kernels "${left[@]}"
fi
print_table "${names[@]}"
if ((failed)); then
	echo "what was said: $(realpath --relative-to="$PWD" "$results")"
elif [[ -z $chosen ]]; then
	keep
fi
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
