#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# test_matrix.sh: the table of the matrix says what it claims: its words are known, each two meet, CI has each word, and what
# is known to fail is in it. Speaks as the other unit tests do.

# shellcheck disable=SC2317 # called by name
set -euo pipefail
# shellcheck source=cases.sh
. "$(dirname "$0")/cases.sh"

matrix=$(dirname "$0")/../matrix

# rows: CONDITION WORK PLACE TOPOLOGY TIER
rows() {
	grep '^[^#]' "$matrix/cases"
}

# words COLUMN [TIER]
words() {
	rows | awk -v column="$1" -v tier="${2-}" '!tier || $5 == tier { print $column }' | sort -u
}

words_are_known() {
	diff <(words 1) <(sed -n 's/^\([a-z]*\)() {$/\1/p' "$matrix/conditions.sh" | sort -u)
	diff <(words 2) <(sed -n 's/^\t{ "\([a-z]*\)", [a-z]*, [0-9A-Z]*, [a-z]* },$/\1/p' "$matrix/work.c" | sort -u)
	[[ $(words 5) == $'ci\nlong' ]]
	[[ -z $(rows | awk 'NF != 5') && -z $(rows | cut -c 1-77 | sort | uniq -d) ]]
}

pairs_meet() {
	rows | awk '
		{
			for (i = 1; i <= 4; i++) {
				words[i, $i] = i
				for (j = i + 1; j <= 4; j++)
					met[i, $i, j, $j] = 1
			}
		}
		END {
			for (a in words)
				for (b in words)
					if (words[a] < words[b] && !((a SUBSEP b) in met))
						print a, b
		}' | tr '\034' ' ' | sort | diff - <(printf '1 %s 2 affinity\n' affinity pinned | sort) >&2
}

ci_has_each_word() {
	diff <(words 1) <(words 1 ci) && diff <(words 2) <(words 2 ci) && diff <(words 3) <(words 3 ci)
	# and each topology of its tests
	diff <(words 4 ci) <(sed -n 's|^\t/scx/matrix/guest.sh \(.*\) ci$|\1|p' "$matrix"/../guest/test_matrix*.sh | sort -u)
}

known_are_there() {
	local condition work place topology check reason c w p t there
	while read -r condition work place topology check reason; do
		[[ $condition == [^#]* ]] || continue
		[[ $check =~ ^(starved|spread|gap|outside|alive)$ && -n $reason ]]
		there=''
		while read -r c w p t _; do
			# shellcheck disable=SC2053 # they are patterns
			[[ "$c $w $p $t" != $condition\ $work\ $place\ $topology ]] || there=yes
		done < <(rows)
		[[ -n $there ]]
	done <"$matrix/known"
}

cases words_are_known pairs_meet ci_has_each_word known_are_there
