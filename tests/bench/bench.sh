#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# bench.sh: run the benchmarks under the schedulers, side by side, in the virtual machine, and print a table.
#
#	B=PATTERN	only benchmarks whose whole name matches, an extended regular expression
#	S=PATTERN	only schedulers whose name contains a match
#	RUNS=N		how often each is measured (default 5)
#	JOBS=N		machines at once (default: one for each CPU; guest time is not the host's)
#
# What is measured, and under what, are the files in benchmarks/ and schedulers/. A machine measures one
# scheduler. In it, time is the number of instructions executed, one a nanosecond: nobody else on this host has
# an influence. What it measured is in build/vm/bench; with KEEP=1 it takes the place of what results/ has of the
# same benchmarks and schedulers.

. "$(dirname "$0")/../vm/common.sh"

bench=$TREE/tests/bench
. "$bench/lib.sh"
runs=${RUNS:-5}
hours=2 # for a machine
jobs=${JOBS:-$(nproc)}
out=$TREE/build/vm/bench

# names FOLDER PATTERN: in the order of their numbers
names() {
	local file
	for file in "$bench/$1"/*.sh; do
		basename "$file" .sh
	done | grep -xE "$2" | sort -V
}

# wants FILE NAME: is the file, a benchmark's or a scheduler's, to be run with the other of that name?
wants() {
	local only
	only=$(header "$1" only)
	[[ -z $only || " $only " == *" $2 "* ]]
}

# pair BENCHMARK SCHEDULER: does one run under the other?
pair() {
	wants "$bench/benchmarks/$1.sh" "$2" && wants "$bench/schedulers/$2.sh" "$1"
}

# Machines: lines "CPUS SCHEDULER BENCHMARK..."
machines() {
	local sched name cpus
	for sched in $(names schedulers ".*(${S-}).*"); do
		for name in "${benchmarks[@]}"; do
			! pair "$name" "$sched" || echo "$(cpus_of "$name") $sched $name"
		done
	done | awk '
		{ machine = $1 " " $2 }
		!(machine in of) { order[++n] = machine }
		{ of[machine] = of[machine] " " $3 }
		END { for (i = 1; i <= n; i++) print order[i] of[order[i]] }'
}

cpus_of() {
	local cpus
	cpus=$(header "$bench/benchmarks/$1.sh" cpus)
	echo "${cpus:-4}"
}

# machine CPUS SCHEDULER BENCHMARK...: its rows are in a file of its own
machine() {
	local cpus=$1 sched=$2 kept=$out/$2-$1 status=0
	shift 2
	mkdir -p "$kept"
	"$TREE/tests/vm/vm.sh" -s "$cpus" -m 6G -t $((hours * 3600)) -q '-icount shift=0,sleep=off' \
		-f "$bench" -f "$upstream" -r "$kept" -- \
		bench/guest.sh "$sched" "$runs" "$@" >"$kept/said" 2>"$kept/vm.sh" </dev/null || status=$?
	sed -n 's/^@row //p' "$kept/said" >"$kept/rows"
	((!status)) || echo "  $sched, $cpus CPUs: $(tail -n 1 "$kept/vm.sh")" >&2
	echo "  $sched, $cpus CPUs: $# benchmarks, $(wc -l <"$kept/rows") values, $(seconds_since "$began")" >&2
}

began=$EPOCHREALTIME
mapfile -t benchmarks < <(names benchmarks "${B:-.*}")
((${#benchmarks[@]})) || die "no benchmark is called '${B-}'" "ls ${bench#"$PWD"/}/benchmarks"
"$TREE/tests/vm/build.sh"
upstream=$("$bench/upstream.sh")
rm -rf "$out"
mkdir -p "$out"
tree=$(git -C "$TREE" rev-parse --short HEAD)$(
	git -C "$TREE" diff --quiet HEAD -- . ":!tests/bench/results" || echo ' and changes')
export -f machine seconds_since
export bench out runs hours began upstream TREE
machines | xargs -P "$jobs" -L 1 bash -c 'machine "$@"' machine

{
	echo 'benchmark,scheduler,run,metric,value,unit,note,commit'
	machines | while read -r cpus sched _; do
		sed "s/$/,$tree/" "$out/$sched-$cpus/rows" 2>/dev/null || true
	done
} >"$out/bench.csv"
"$bench/table.sh" "$out/bench.csv"
[[ -z ${KEEP-} ]] || "$bench/keep.sh" "$out/bench.csv"
