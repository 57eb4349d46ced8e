#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# verifier.sh: what each program of a tree costs: instructions that the verifier walked, instructions of the program, bytes
# of machine code. Run it with `tests/vm/vm.sh -- /scx/verifier.sh`.
set -eu

conf=/usr/share/doc/scx-loader/demo.ini
log=/tmp/loader.log

scx-loader -c $conf >$log 2>&1 &
loader=$!
until grep -q '^scx-loader: up' $log; do
	kill -0 $loader
	sleep 0.1
done

progs=$(bpftool -j prog show)
printf '%-28s %10s %8s %8s\n' program verified insns jited
grep -hs -E '^(prog_id|verified_insns)' /proc/$loader/fdinfo/* | paste - - | sort -u | while read -r _ id _ verified; do
	jq -r --argjson id "$id" --arg verified "$verified" '
		.[] | select(.id == $id) | [.name, $verified, .bytes_xlated / 8, .bytes_jited] | @tsv' <<<"$progs"
done | sort -u -k1,1 | while IFS=$'\t' read -r name verified insns jited; do
	printf '%-28s %10s %8s %8s\n' "$name" "$verified" "$insns" "$jited"
done

kill -TERM $loader
wait $loader
