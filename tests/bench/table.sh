#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# table.sh FILE: the table of the rows in a results file, in Markdown: of each value the median, and the range of
# the runs.

set -euo pipefail

bench=$(dirname "$0")

for file in "$bench"/benchmarks/*.sh; do
	basename "$file" .sh
	sed -n 's/^# \(bench\|unit\|ideal\): *//p' "$file"
done | paste - - - - | sort -V | awk -F '[\t]' -v rows="$1" -v order="$(cut -d , -f 2 "$1" | sort -uV | xargs)" '
	# The median of the values, in order, and what they range over
	function spread(list, n, v, i, j, t, m) {
		n = split(list, v, " ")
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) {
				t = v[j]
				v[j] = v[j - 1]
				v[j - 1] = t
			}
		m = n % 2 ? v[(n + 1) / 2] : sprintf("%.*f", digits(v[1]), (v[n / 2] + v[n / 2 + 1]) / 2)
		return n == 1 || v[1] == v[n] ? m : sprintf("%s (%s-%s)", m, v[1], v[n])
	}

	function cell(name, what, under) {
		return ((name, what, under) in values) ? spread(values[name, what, under]) : "-"
	}

	function digits(v) {
		return index(v, ".") ? length(v) - index(v, ".") : 0
	}

	BEGIN {
		sub(/scheduler ?/, "", order)
		nr_scheds = split(order, sched, " ")
		while ((getline line < rows) > 0) {
			if (line ~ /^benchmark,/)
				continue
			split(line, f, ",")
			if (!((f[8], f[2]) in measured)) {
				measured[f[8], f[2]]
				of[f[8]] = of[f[8]] " " f[2]
			}
			if (f[5] == "-") {
				note[f[1], f[2]] = f[7]
				continue
			}
			if (!((f[1], f[4]) in row)) {
				row[f[1], f[4]] = ++nr_metrics[f[1]]
				metric[f[1], nr_metrics[f[1]]] = f[4]
			}
			values[f[1], f[4], f[2]] = values[f[1], f[4], f[2]] " " f[5]
			seen[f[1]]
		}
	}

	function say_head(i) {
		printf "| |"
		for (i = 1; i <= nr_scheds; i++)
			printf " %s |", sched[i]
		printf "\n| --- |"
		for (i = 1; i <= nr_scheds; i++)
			printf " --- |"
		print ""
	}

	function say_notes(name, i) {
		for (i = 1; i <= nr_scheds; i++)
			if ((name, sched[i]) in note)
				printf "\n%s: no value: %s\n", sched[i], note[name, sched[i]]
	}

	END {
		for (tree in of)
			printf "\nMeasured on commit %s:%s\n", tree, of[tree]
	}

	{
		name = $1
		none = 1
		for (i = 1; i <= nr_scheds; i++)
			none = none && !((name, sched[i]) in note)
		if (!(name in seen) && none)
			next
		printf "%s**%s** %s; %s. Ideal: %s\n\n", shown++ ? "\n" : "", name, $2, $3, $4
		say_head()
		for (m = 1; m <= nr_metrics[name]; m++) {
			printf "| %s |", metric[name, m]
			for (i = 1; i <= nr_scheds; i++)
				printf " %s |", cell(name, metric[name, m], sched[i])
			print ""
		}
		say_notes(name)
	}'
