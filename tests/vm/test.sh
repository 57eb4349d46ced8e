#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# test.sh: everything that can be tested: style, unit tests, a few seconds of fuzzing, the tests in the virtual machine. The
# last line is `N passed, N failed`; the exit status is 0 only when something ran and nothing failed.
# test.sh PATTERN: only the tests in the virtual machine with a matching name.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
passed=0 failed=0
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

# count COMMAND...: run it, and add what its last such line counts; a command that fails without counting counts as one
count() {
	local status=0 more_passed more_failed
	"$@" | tee "$lines" || status=$?
	read -r more_passed _ more_failed _ < <(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$lines" | tail -n 1) || true
	: "${more_passed:=0}" "${more_failed:=0}"
	((!status || more_failed)) || more_failed=1
	passed=$((passed + more_passed)) failed=$((failed + more_failed))
	((!more_failed))
}

end() {
	echo "$passed passed, $failed failed"
	((failed == 0 && passed > 0))
	exit
}

began=$EPOCHREALTIME
kernel=$("$here/kernel.sh")
old_kernel=$("$here/kernel.sh" 7.2)
if [[ -z ${1-} ]]; then
	count "$here/build.sh" check || true
fi
count "$here/build.sh" || end
if [[ -z ${1-} ]]; then
	TEST_VMLINUX=$kernel/vmlinux TEST_VMLINUX_OLD=$old_kernel/vmlinux count "$here/build.sh" unit || true
	FUZZ_SECONDS=${FUZZ_SECONDS:-5} count "$here/build.sh" fuzz || true
fi
count "$here/suite.sh" "${1-}" || true
echo "all tests took $(seconds_since "$began")"
end
