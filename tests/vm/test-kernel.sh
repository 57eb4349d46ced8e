#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# test-kernel.sh [--debug] [PATTERN]: the tests of the kernel patches, tests/guest/kernel, on Debian's kernel source built
# without and with the patches. Prints a table of what was seen on each, and last `N passed, N failed`: a row passes when
# it is as it must be on both. PATTERN chooses tests by name. --debug: on the patched kernel only, in the build that looks
# for its own mistakes; it must not report any.

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
	: >"$results/rows.$kernel"
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

kernels=(unpatched patched) debug=() append=()
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
folder[unpatched]=$([[ -n ${debug[*]} ]] || "$here/patched.sh" 0)
folder[patched]=$("$here/patched.sh" "${debug[@]}")
runner=$("$here/selftests.sh")
"$here/build.sh"
for kernel in "${kernels[@]}"; do
	stage "test: ${#names[@]} tests, $kernel kernel ${debug[*]}" boot_all "$kernel" "${names[@]}"
done
print_table "${names[@]}"
if ((failed)); then
	echo "what was said: $(realpath --relative-to="$PWD" "$results")"
fi
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
