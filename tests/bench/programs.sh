#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# programs.sh: what every BPF program costs: instructions that the verifier walked, instructions, bytes of
# machine code. Print what differs from results/programs.csv; with KEEP=1 write that file.

. "$(dirname "$0")/../vm/common.sh"

bench=$TREE/tests/bench
kept=$bench/results/programs.csv
"$TREE/tests/vm/build.sh"
upstream=$("$bench/upstream.sh")
now=$(mktemp)
trap 'rm -f "$now"' EXIT
"$TREE/tests/vm/vm.sh" -f "$bench" -f "$upstream" -- bench/programs-guest.sh >"$now"
[[ $(cut -d, -f1 "$now" | sort -u | wc -l) == 4 ]] || die "not every scheduler has programs: $(cat "$now")"
if [[ -s $kept ]]; then
	diff -U 0 --label kept --label now "$kept" "$now" && echo "$(($(wc -l <"$now") - 1)) programs, none differs"
fi || true
if [[ -n ${KEEP-} ]]; then
	mkdir -p "${kept%/*}"
	cp "$now" "$kept"
fi
