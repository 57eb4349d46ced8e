#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# keep.sh FILE: put the rows of a results file into results/bench.csv, in the place of what that has of the same
# benchmarks and schedulers, and make the table and the plot from it anew.

set -euo pipefail

bench=$(dirname "$0")
kept=$bench/results/bench.csv
new=$(mktemp)
trap 'rm -f "$new"' EXIT

mkdir -p "$bench/results"
touch "$kept"
{
	head -n 1 "$1"
	awk -F , '/^benchmark,/ { next } NR == FNR { again[$1, $2]; print; next } !(($1, $2) in again)' "$1" "$kept" |
		sort -t , -k 1,1V -k 2,2 -s
} >"$new"
cp "$new" "$kept"
{
	printf '# Results\n\nMade by keep.sh from [bench.csv](bench.csv): of several runs the median,\n'
	printf 'and what they range over; "-" was not measured.\n\n'
	"$bench/table.sh" "$kept"
} >"$bench/results/README.md"
"$bench/plot.sh" "$kept" >"$bench/results/bench.svg"
