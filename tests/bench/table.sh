#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# table.sh FILE: the table of the rows in a results file, in Markdown: of each value the median, and the range of
# the runs. What was aimed at stands before the schedulers of this tree, which come last.

set -euo pipefail

bench=$(dirname "$0")
# shellcheck source=tests/bench/lib.sh
. "$bench/lib.sh"

# The schedulers that the file has rows of
schedulers() {
	tail -n +2 "$1" | cut -d , -f 2 | sort -uV
}

order=$(schedulers "$1" | grep -v '^ours' || true; schedulers "$1" | grep '^ours' || true)

for file in "$bench"/benchmarks/*.sh; do
	basename "$file" .sh
	for key in bench unit ideal target; do
		printf '%s\n' "$(header "$file" $key)"
	done
done | paste - - - - - | sort -V | awk -F '\t' -v rows="$1" -v order="${order//$'\n'/ }" '
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

	# "METRIC TEXT, METRIC TEXT ..." as aims[METRIC]
	function read_targets(text, aims, parts, n, i, at) {
		delete aims
		n = split(text, parts, ", ")
		for (i = 1; i <= n; i++) {
			at = index(parts[i], " ")
			aims[substr(parts[i], 1, at - 1)] = substr(parts[i], at + 1)
		}
		return n
	}

	BEGIN {
		nr_scheds = split(order, sched, " ")
		for (first_ours = 1; first_ours <= nr_scheds && sched[first_ours] !~ /^ours/; first_ours++)
			;
		while ((getline line < rows) > 0) {
			if (line ~ /^benchmark,/)
				continue
			split(line, f, ",")
			if (!((f[8], f[2], f[1]) in measured)) {
				measured[f[8], f[2], f[1]]
				of[f[8], f[2]] = of[f[8], f[2]] " " f[1]
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

	# A row: what it is, the target where there are any, a cell for each scheduler
	function say_row(what, target, cells, i) {
		printf "| %s |", what
		for (i = 1; i <= nr_scheds; i++) {
			if (aimed && i == first_ours)
				printf " %s |", target
			printf " %s |", cells[i]
		}
		print ""
	}

	function say_head(i, rule) {
		for (i = 1; i <= nr_scheds; i++)
			rule[i] = "---"
		say_row("", "target", sched)
		say_row("---", "---", rule)
	}

	function say_notes(name, i) {
		for (i = 1; i <= nr_scheds; i++)
			if ((name, sched[i]) in note)
				printf "\n%s: no value: %s\n", sched[i], note[name, sched[i]]
	}

	END {
		print "\nMeasured on commit:\n"
		for (i = 1; i <= nr_scheds; i++)
			for (tree in of) {
				split(tree, what, SUBSEP)
				if (what[2] == sched[i])
					printf "- %s, %s:%s\n", sched[i], what[1], of[tree]
			}
	}

	{
		name = $1
		none = 1
		for (i = 1; i <= nr_scheds; i++)
			none = none && !((name, sched[i]) in note)
		if (!(name in seen) && none)
			next
		printf "%s**%s** %s; %s. Ideal: %s\n\n", shown++ ? "\n" : "", name, $2, $3, $4
		aimed = read_targets($5, aims)
		say_head()
		for (m = 1; m <= nr_metrics[name]; m++) {
			m_name = metric[name, m]
			for (i = 1; i <= nr_scheds; i++)
				cells[i] = cell(name, m_name, sched[i])
			say_row(m_name, m_name in aims ? aims[m_name] : "", cells)
		}
		say_notes(name)
	}'
