#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# rooms.sh [FOLDER]: show each include of the loader, or of FOLDER, that goes against the order of its rooms, which README.md
# there explains: a room includes itself and those before it, and all include what lies beside the rooms for everybody.

set -euo pipefail

cd "${1:-$(dirname "$0")/../loader}"
mapfile -t files < <(find . -name '*.[ch]' -printf '%P\n' | sort)
awk -v order='file object kernel tree show talk' -v everybody='^(cleanup|problem|text)[.]' '
	BEGIN {
		nr = split(order, rooms)
		for (i in rooms)
			number[rooms[i]] = i
		for (i = 1; i < ARGC; i++)
			there[ARGV[i]]
	}

	# main.c and its like are behind all rooms
	function place(path) {
		if (path !~ /\//)
			return path ~ everybody ? 0 : nr + 1
		sub(/\/.*/, "", path)
		return path in number ? number[path] + 0 : -1
	}

	function complain(what) {
		printf "%s:%d: %s\n", FILENAME, FNR, what
		bad = 1
	}

	FNR == 1 && place(FILENAME) < 0 {
		complain("is in none of the rooms: " order)
	}

	# as the compiler looks for it: beside the file, then from the loader; what is not there is not ours
	/^[ \t]*#[ \t]*include[ \t]*["<]/ {
		split($0, part, /["<>]/)
		header = part[2]
		gsub(/\.\.?\/|^loader\//, "", header)
		beside = FILENAME
		sub(/[^\/]*$/, "", beside)
		if ((beside header) in there)
			header = beside header
		if (header in there && place(header) > place(FILENAME))
			complain("includes \"" header "\", against the order of the rooms: " order)
	}

	END {
		exit bad
	}
' "${files[@]}"
