#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh [PATTERN]: run the cases of the matrix (see cases), or those whose line matches, an extended regular expression: each
# under EEVDF and under the tree, with the same checks for all, and print a table of what was measured:
#
#	starved		how many workers got nowhere, or not as far as a tenth of the average
#	spread		between who waited for a CPU most and least of a group, hundredths of the time; at most 15
#	gap		the longest time in which a worker got nothing done; at most 2 s
#	rounds		of all workers
#
# Besides, nobody may run on a CPU that its cpuset or affinity has not, and the tree must be up with every node attached. What
# EEVDF itself misses the tree may miss by a little more. `known` lists what fails today, with the reason.
#
#	TIER=ci		only the cases that CI has
#	JOBS=N		machines at once (default: one for each CPU; guest time is not the host's)
#	OBJECT=FILE	a scheduler of yours (NAME.bpf.o, or the name of one of ours): only the cases in nodes, with it in the
#			place of the last one's; KEYS='KEY=VALUE...' are for its section
#
# A machine is booted for each topology. What it said is in build/vm/matrix, with a line for each worker.

. "$(dirname "$0")/../vm/common.sh"

matrix=$TREE/tests/matrix
out=$TREE/build/vm/matrix
pattern=${1-} tier=${TIER:-long} object=${OBJECT-}

# topologies: of the cases that are wanted
topologies() {
	awk -v tier="$tier" -v pattern="$pattern" '
		NF && !/^#/ && (tier == "long" || $5 == tier) && $0 ~ pattern { print $4 }' "$matrix/cases" | sort -uV
}

# machine TOPOLOGY
machine() {
	local kept=$out/$1 status=0
	mkdir -p "$kept"
	"$TREE/tests/vm/vm.sh" -s "$1" -t 14400 -q '-icount shift=0,sleep=off' ${file:+-f "$file"} -r "$kept" -o "$kept" -- \
		env OBJECT="$inside" KEYS="${KEYS-}" /scx/matrix/guest.sh "$1" "$tier" "$pattern" \
		>"$kept/said" 2>&1 </dev/null || status=$?
	grep -v '^  ' "$kept/said"
	return "$status"
}

mapfile -t all < <(topologies)
((${#all[@]})) || die "no case matches '$pattern'" "see ${matrix#"$PWD"/}/cases"
[[ -z $object || $object != */* || -r $object ]] || die "can't read '$object'"
"$TREE/tests/vm/build.sh"
rm -rf "$out"
# a file is put into the guest's working directory; one of ours is there by its name
file='' inside=$object
[[ $object != */* ]] || file=$object inside=./${object##*/}
export -f machine
export out tier pattern file inside KEYS TREE
printf '%s\n' "${all[@]}" | xargs -P "${JOBS:-$(nproc)}" -I {} bash -c 'machine "$1"' machine {}
