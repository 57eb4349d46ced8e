#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# test.sh: what continuous integration runs and what the README promises: style, unit tests, the packages, a few seconds of
# fuzzing, the tests in the virtual machine. The last line is `N passed, N failed`; the exit status is 0 only when something
# ran and nothing failed.
# test.sh --long: what takes hours: a million inputs for each fuzz target, the tests that have a longer form (`# long`: see
# lib.sh), and the debug kernel. What came of it, whole, is kept in tests/long-results.
# Either with a PATTERN: only the tests in the virtual machine with a matching name.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
passed=0 failed=0 kept=()
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

# count WHAT COMMAND...: run it, and add what its last such line counts; a command that fails without counting counts as one
count() {
	local status=0 more_passed more_failed what=$1 began=$SECONDS
	shift
	"$@" | tee "$lines" || status=$?
	read -r more_passed _ more_failed _ < <(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$lines" | tail -n 1) || true
	: "${more_passed:=0}" "${more_failed:=0}"
	((!status || more_failed)) || more_failed=1
	passed=$((passed + more_passed)) failed=$((failed + more_failed))
	kept+=("$(printf '%-52s %d passed, %d failed, %d s' "$what" "$more_passed" "$more_failed" $((SECONDS - began)))")
	((!more_failed))
}

end() {
	echo "$passed passed, $failed failed"
	((failed == 0 && passed > 0))
	exit
}

# short PATTERN
short() {
	local kernel old_kernel
	kernel=$("$here/kernel.sh")
	old_kernel=$("$here/kernel.sh" 7.2)
	if [[ -z $1 ]]; then
		count style "$here/build.sh" check || true
	fi
	count build "$here/build.sh" || end
	if [[ -z $1 ]]; then
		TEST_VMLINUX=$kernel/vmlinux TEST_VMLINUX_OLD=$old_kernel/vmlinux count unit "$here/build.sh" unit || true
		count packages "$here/deb.sh" --test || true
		FUZZ_SECONDS=${FUZZ_SECONDS:-5} count fuzzing "$here/build.sh" fuzz || true
	fi
	count 'virtual machine' "$here/suite.sh" "$1" || true
}

# long PATTERN
long() {
	local commit
	commit=$(git -C "$TREE" describe --always --dirty=', with changes' --abbrev=12 2>/dev/null || echo unknown)
	count build "$here/build.sh" || end
	LONG=yes count 'tests in their longer form' "$here/suite.sh" "$1" || true
	[[ -z $1 ]] || return 0
	count 'a million inputs for each fuzz target' "$here/build.sh" fuzz || true
	count 'kernel patches, kernel with KASAN and lockdep' "$here/test-kernel.sh" --debug || true
	KERNEL=debug count 'broken schedulers, kernel with KASAN and lockdep' "$here/suite.sh" fault || true
	{
		echo "The last whole run of \`make test-long\`, written by it (tests/vm/test.sh)"
		echo
		echo "date    $(date -u +%F)"
		echo "commit  $commit"
		echo "result  $passed passed, $failed failed"
		echo
		printf '%s\n' "${kept[@]}"
	} >"$TREE/tests/long-results"
}

began=$EPOCHREALTIME
if [[ ${1-} == --long ]]; then
	long "${2-}"
else
	short "${1-}"
fi
echo "all tests took $(seconds_since "$began")"
end
