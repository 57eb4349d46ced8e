#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# series.sh: what upstream asks of every patch of kernel-patches/series: scripts/checkpatch.pl --strict finds nothing, and
# the kernel with the patches up to it builds without a warning (kernel.config has WERROR) and boots. A line for each; at
# the end `N passed, N failed`.

. "$(dirname "$0")/common.sh"

here=$(dirname "$0")
patches=$TREE/kernel-patches
results=$TREE/build/vm/results/series-$(date +%m%d-%H%M%S)-$$
passed=0 failed=0 n=0

# try WHAT COMMAND...: what it says on stderr is seen, what it says on stdout only when it fails
try() {
	local log
	log=$results/$n-${1%% *}
	if "${@:2}" >"$log" </dev/null; then
		printf 'ok   %s: %s\n' "$patch" "$1"
		passed=$((passed + 1))
	else
		printf 'FAIL %s: %s\n' "$patch" "$1"
		sed 's/^/     | /' "$log" | tail -n 60
		failed=$((failed + 1))
	fi
}

boots() {
	[[ -n $folder ]] && "$here/vm.sh" -k "$folder" -r "$results/$n" -- uname -r
}

mkdir -p "$results"
source=$("$here/source.sh")
while read -r patch; do
	n=$((n + 1)) folder=''
	try 'checkpatch --strict' "$here/sysroot.sh" perl "$source/scripts/checkpatch.pl" --strict --root "$source" "$patches/$patch"
	try 'builds with those before it' "$here/patched.sh" $n
	folder=$(<"$results/$n-builds")
	try 'boots' boots
done < <(grep -v '^#' "$patches/series")
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
