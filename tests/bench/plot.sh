#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# plot.sh FILE: draw rows of a results file, as SVG: a panel for each line of "panels" below, in it a bar for
# each scheduler, made of the medians of the metrics.

set -euo pipefail

# BENCHMARK METRIC,METRIC... IDEAL-ENDS-OF-THE-PARTS LARGEST TITLE; "-" is no ideal. A bar over LARGEST is cut off, and its
# value tells. A scheduler that was not measured has no bar.
panels='F1 a,b 1,4 4 CPUs for weight 100 | CPUs for weight 300, four busy threads each
F2 a,b,c 1.333,2.667,4 4 CPUs for three cgroups of equal weight
F3 b 4 4 CPUs for the only cgroup of three that has work
F4 p99 - 1000 Wake-up latency beside busy threads of another cgroup, 99th percentile, microseconds
P1 pipe - 20000 Instructions for a round trip through pipes
P2 sockets,pipes - 4.5 Seconds of hackbench: sockets | pipes'

sort -s -t , -k 2,2V "$1" | awk -F , -v panels="$panels" '
	function median(list, n, v, i, j, t) {
		n = split(list, v, " ")
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) {
				t = v[j]
				v[j] = v[j - 1]
				v[j - 1] = t
			}
		return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	}

	function text(x, y, s, more) {
		printf "<text x=\"%d\" y=\"%d\"%s>%s</text>\n", x, y, more, s
	}

	# Was all measured that makes a bar?
	function has_bar(name, who, nr, metrics, i) {
		for (i = 1; i <= nr; i++)
			if (!((name, metrics[i], who) in values))
				return 0
		return 1
	}

	# A bar: its parts one behind the other, and their values in them; that of a single narrow one beside it
	function bar(name, who, y, nr, metrics, scale, i, x, v, width, value) {
		x = LEFT
		for (i = 1; i <= nr; i++) {
			v = median(values[name, metrics[i], who])
			width = v * scale
			if (x + width > LEFT + WIDTH + 8)
				width = LEFT + WIDTH + 8 - x
			printf "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"16\" fill=\"%s\"/>\n",
				x, y, width, shade[who ~ /^ours/, i]
			value = sprintf(v < 10 ? "%.2f" : "%.0f", v)
			if (width > 34)
				text(x + width - 4, y + 13, value, " text-anchor=\"end\" fill=\"#fff\"")
			else if (nr == 1)
				text(x + width + 4, y + 13, value, "")
			x += width
		}
	}

	function panel_height(line, word, metrics, nr, i, height) {
		split(line, word, " ")
		nr = split(word[2], metrics, ",")
		for (i = 1; i <= nr_scheds; i++)
			height += 20 * has_bar(word[1], sched[i], nr, metrics)
		return height + 36
	}

	function panel(line, word, metrics, ends, nr, nr_ends, i, y0, scale, title) {
		split(line, word, " ")
		title = line
		sub(/^[^ ]+ [^ ]+ [^ ]+ [^ ]+ /, "", title)
		nr = split(word[2], metrics, ",")
		scale = WIDTH / word[4]
		text(8, y + 16, word[1] "  " title, " font-weight=\"bold\"")
		y0 = y += 24
		for (i = 1; i <= nr_scheds; i++) {
			if (!has_bar(word[1], sched[i], nr, metrics))
				continue
			text(8, y + 13, sched[i], "")
			bar(word[1], sched[i], y, nr, metrics, scale)
			y += 20
		}
		nr_ends = word[3] == "-" ? 0 : split(word[3], ends, ",")
		for (i = 1; i <= nr_ends; i++)
			printf "<path d=\"M%.1f %dV%d\" stroke=\"#c00\" stroke-dasharray=\"3 2\"/>\n",
				LEFT + ends[i] * scale, y0 - 3, y
		y += 12
	}

	BEGIN {
		LEFT = 100
		WIDTH = 560
		shade[0, 1] = "#8a8f98"
		shade[0, 2] = "#6b7079"
		shade[0, 3] = "#4d525b"
		shade[1, 1] = "#2f7ec0"
		shade[1, 2] = "#1f5f97"
		shade[1, 3] = "#13426d"
	}

	/^#/ || $1 == "benchmark" { next }
	!($2 in known) { known[$2] = sched[++nr_scheds] = $2 }
	$5 != "-" { values[$1, $4, $2] = values[$1, $4, $2] " " $5 }

	END {
		nr_panels = split(panels, line, "\n")
		for (p = 1; p <= nr_panels; p++)
			height += panel_height(line[p])
		height += 24
		printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"700\" height=\"%d\"", height
		print " font-family=\"sans-serif\" font-size=\"12\">"
		printf "<rect width=\"700\" height=\"%d\" fill=\"#fff\"/>\n", height
		for (p = 1; p <= nr_panels; p++)
			panel(line[p])
		text(8, height - 10, "Medians; dashed: the ideal. Virtual time: instructions executed.",
			" fill=\"#555\"")
		print "</svg>"
	}'
