#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# guest.sh TOPOLOGY [TIER [PATTERN]]: run the cases of the table that are for this machine's topology, in the guest, first
# under EEVDF and then under the tree, and print them side by side. TIER is ci, or long for all. Exit status 0 when none
# failed but those that `known` lists.
#
# OBJECT=FILE, or the name of one of ours: run only the cases in a node, with this scheduler in the place of the last node's;
# KEYS='KEY=VALUE...' are for its section.
#
# The checks are the same for all cases, see failures(). Guest time counts instructions here, so what others do on the host has
# no influence.

set -euo pipefail
# shellcheck source=tests/guest/lib.sh
. /scx/lib.sh
matrix=$(dirname "$(realpath "$0")")
# shellcheck source=tests/matrix/conditions.sh
. "$matrix/conditions.sh"
topology=$1 tier=${2-long} pattern=${3-}
cgroups=/sys/fs/cgroup

# The clock runs fast while the guest waits for the host's disk: what is run is read beforehand, and times after which
# something counts as failed are long.
TIME_SCALE=40
cat /usr/bin/{sleep,mkdir,rmdir} /usr/lib/scx-test/work /usr/lib/x86_64-linux-gnu/libc.so.6 >/dev/null

## The table

# cases: those to run, "CONDITION WORK PLACE"
cases() {
	awk -v topology="$topology" -v tier="$tier" -v pattern="$pattern" '
		NF && !/^#/ && $4 == topology && (tier == "long" || $5 == tier) && $0 ~ pattern { print $1, $2, $3 }' \
		"$matrix/cases" | with_object
}

# With an OBJECT: its name in the place of the last that is one
with_object() {
	local name=${OBJECT-}
	[[ -n $name ]] || exec cat
	name=${name##*/}
	sed -nE "s#[a-z]+(/\.)*\$#${name%%.*}\1#p" | awk '!seen[$0]++'
}

# known CASE CHECK: the reason why it fails today
known() {
	local condition work place topologies checks reason
	while read -r condition work place topologies checks reason; do
		[[ -n $condition && $condition != '#'* ]] || continue
		# shellcheck disable=SC2053 # they are patterns
		if [[ "$1 $topology" == $condition\ $work\ $place\ $topologies && $2 == $checks ]]; then
			echo "$reason"
			return
		fi
	done <"$matrix/known"
}

## Where a case takes place

# nodes_of PLACE: the cgroup of its last node: of `qmap/fifo/./.` that is /qmap-fifo/fifo. Its first part names all nodes, so
# that no place has its tasks where another one has its nodes.
nodes_of() {
	local nodes
	nodes=$(sed -E 's#/?\.(/\.)*$##' <<<"$1")
	case $nodes in
	'') ;;
	*/*) echo "/${nodes//\//-}/${nodes#*/}" ;;
	*) echo "/$nodes" ;;
	esac
}

# cgroup_of PLACE: /qmap-fifo/fifo/plain/plain
cgroup_of() {
	local plain=${1##*[!./]}
	plain=${plain#/}
	echo "$(nodes_of "$1")${plain:+/${plain//./plain}}"
}

# make_cgroup PATH: with all the controllers that the conditions want, in those above, too
make_cgroup() {
	local above='' part parts
	IFS=/ read -ra parts <<<"${1#/}"
	for part in "${parts[@]}"; do
		echo '+cpu +cpuset' >"$cgroups$above/cgroup.subtree_control"
		above+=/$part
		[[ -d $cgroups$above ]] || { mkdir "$cgroups$above" && made+=("$above"); }
	done
}

# remove_made: the cgroups of the case, and what they wanted of those that stay, where later ones have their tasks
remove_made() {
	local i node=$cgroups$node
	end_workloads
	for ((i = ${#made[@]} - 1; i >= 0; i--)); do
		rmdir "$cgroups${made[i]}"
	done
	made=()
	[[ $node == "$cgroups" || ! -d $node ]] || echo '-cpu -cpuset' >"$node/cgroup.subtree_control"
}

## The tree: all nodes that the cases want

sections() {
	local place cgroup scheds sched
	echo '[root]'
	while read -r place; do
		IFS=/ read -ra scheds <<<"${place//\/./}"
		cgroup=$(nodes_of "$place")
		while [[ $cgroup == */*/* ]]; do
			cgroup=${cgroup%/*}
		done
		for sched in "${scheds[@]}"; do
			section "$cgroup" "$sched"
			scheds=("${scheds[@]:1}")
			cgroup+=/${scheds[0]-}
		done
	done < <(cases | cut -d ' ' -f 3 | sed -nE 's#(/\.)*$##; /[^.]/p' | sort -u)
}

# section CGROUP SCHEDULER
section() {
	local name=${1#/} object=${OBJECT-} sched=$2
	object=${object##*/}
	printf '[%s]\ncgroup = %s\ncreate = yes\n' "${name//\//.}" "$1"
	if [[ $sched == "${object%%.*}" ]]; then
		sched=$OBJECT
		# shellcheck disable=SC2086 # its words
		printf '%s\n' ${KEYS-}
	fi
	echo "sched = $sched"
}

start_tree() {
	sections >tree.ini
	start_loader tree.ini
	chrt -a -f -p 5 "$loader_pid"
}

# What is left of one that ended
end_tree() {
	if ! loader_has_ended; then
		kill "$loader_pid"
		wait_until 30 loader_has_ended
	fi
	loader_pid=''
	scx_is disabled || echo S >/proc/sysrq-trigger
	wait_until 30 scx_is disabled
	rm -rf /sys/fs/bpf/*
}

# why_dead: nothing while root is there and every node is attached
why_dead() {
	local root status
	[[ $sched == tree ]] || return 0
	root=$(cat /sys/kernel/sched_ext/root/ops 2>/dev/null)
	if [[ $(scx_state) != enabled || $root != root ]]; then
		echo "sched_ext is $(scx_state) with '$root'"
	elif ! status=$(scx-loader status --json 2>&1 || (($? == 4))); then
		echo "no status: $status"
	else
		jq -r '[.nodes[] | select(.state != "attached") | "\(.name) is \(.state)"] | join(", ")' <<<"$status"
	fi
}

## A case

# group PATH N [WORK]: start N workers in the cgroup PATH below the case's (the root cgroup's: /); $group is what tell() and
# end_group() know them by
group() {
	local path=$cgroup${1:+/$1} fd
	[[ $1 != / ]] || path=''
	[[ -z $path ]] || make_cgroup "$path"
	group=${#pids[@]}
	exec {fd}> >(exec work "${3:-$work}" "$2" "$cgroups$path" >"report.$group" 2>"workers.$group")
	pids+=($!) fds+=("$fd")
}

# tell GROUP WORDS: see work.c
tell() {
	echo "${*:2}" >&"${fds[$1]}"
}

# end_group GROUP: and keep what it measured
end_group() {
	local fd=${fds[$1]}
	[[ -n $fd ]] || return 0
	tell "$1" end
	exec {fd}>&-
	wait "${pids[$1]}" || fail "work has failed: $(tail -n 1 "workers.$1")"
	fds[$1]=''
}

# run_case CONDITION WORK PLACE: prints "STARVED SPREAD GAP OUTSIDE ROUNDS WHY_DEAD", of all its groups the worst
run_case() {
	local condition=$1 work=$2 pids=() fds=() made=() group i cgroup node
	cgroup=$(cgroup_of "$3") node=$(nodes_of "$3")
	rm -f report.* workers.*
	"$condition"
	for ((i = 0; i < ${#pids[@]}; i++)); do
		end_group "$i"
	done
	remove_made
	{
		echo "$sched: $*"
		tail -n +1 workers.*
	} >>"$log"
	awk -v dead="$(why_dead)" '
		function worst(i) { if ($i > most[i]) most[i] = $i }
		{ worst(1); worst(2); worst(3); worst(4); rounds += $5 }
		END { print most[1] + 0, most[2] + 0, most[3] + 0, most[4] + 0, rounds + 0, dead }' report.*
}

# run_cases SCHEDULER CASE...: into $result
run_cases() {
	local sched=$1 case
	shift
	[[ $sched != tree ]] || start_tree
	for case; do
		# shellcheck disable=SC2086 # its words
		run_case $case >result
		result[$sched $case]=$(<result)
		echo "  $sched: $case: ${result[$sched $case]}"
		[[ ${result[$sched $case]} == *' ' ]] || { end_tree && start_tree; }
	done
	[[ $sched != tree ]] || stop_loader TERM
}

## The verdict

# failures CASE: the checks that it fails under the tree. What EEVDF does not keep either it may miss by a little more.
failures() {
	awk -v e="${result[eevdf $1]-}" -v t="${result[tree $1]}" '
		function limit(value, most, margin) { return value > most ? value * margin + 5 : most }
		BEGIN {
			split(e, eevdf)
			split(t, tree)
			if (tree[1] > eevdf[1]) print "starved"
			if (tree[2] > limit(eevdf[2], 15, 1)) print "spread"
			if (tree[3] > limit(eevdf[3], 2000, 1.2)) print "gap"
			if (tree[4] > 0) print "outside"
			if (tree[6] != "") print "alive"
		}'
}

# failing_alone: the cases that fail and were not yet seen under EEVDF
failing_alone() {
	local case
	for case in "${all[@]}"; do
		[[ -n ${result[eevdf $case]-} || -z $(failures "$case") ]] || echo "$case"
	done
}

# judge CASE: print its line; counts
judge() {
	local case=$1 check reason verdict='ok' e t failed_now=()
	mapfile -t failed_now < <(failures "$case")
	read -ra e <<<"${result[eevdf $case]:-- - - - -}"
	read -ra t <<<"${result[tree $case]}"
	for check in starved spread gap outside alive; do
		reason=$(known "$case" "$check")
		if [[ " ${failed_now[*]} " != *" $check "* ]]; then
			[[ -z $reason ]] || notes+=("$case: is known to fail '$check' and does not: $reason")
		elif [[ -n $reason ]]; then
			[[ $verdict == FAIL* ]] || verdict="known: ${failed_now[*]}"
			reasons["$check: $reason"]=yes
		else
			verdict="FAIL: ${failed_now[*]}"
		fi
	done
	case $verdict in
	ok) passed=$((passed + 1)) ;;
	known*) known=$((known + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
	# shellcheck disable=SC2059,SC2086 # a format; its words
	printf "$format" $case "${e[@]:0:3}" "${e[4]}" "${t[@]:0:3}" "${t[4]}" \
		"$verdict${t[5]:+ (${t[*]:5})}"
}

# However this ends
clean_up() {
	set +e
	(end_workloads)
	[[ -z $loader_pid ]] || end_tree
	find "$cgroups" -mindepth 1 -depth -type d -exec rmdir {} +
}

format='%-15s%-9s%-19s %8s%7s%7s%8s %8s%7s%7s%8s  %s\n'
log=${OUT:-$PWD}/workers.log
: >"$log"
trap clean_up EXIT
mapfile -t all < <(cases)
((${#all[@]})) || { echo "no case of the table is for $topology${pattern:+ and '$pattern'}" && exit; }
[[ $(nproc) == "${topology%%,*}" ]] || fail "the machine has $(nproc) CPUs, not those of $topology"
chrt -f -p 10 $$
declare -A result=() reasons=()
notes=() passed=0 known=0 failed=0
# CI asks EEVDF only about what the tree fails.
[[ $tier == ci ]] || run_cases eevdf "${all[@]}"
run_cases tree "${all[@]}"
mapfile -t unsure < <(failing_alone)
run_cases eevdf "${unsure[@]}"
# shellcheck disable=SC2059 # it is one
{
	printf "$format" "$topology" '' '' '' EEVDF '' '' '' tree '' '' ''
	printf "$format" condition work place starved spread gap/ms rounds starved spread gap/ms rounds ''
}
for case in "${all[@]}"; do
	judge "$case"
done
((!${#notes[@]})) || printf '%s\n' "${notes[@]}"
((!${#reasons[@]})) || printf 'known: %s\n' "${!reasons[@]}"
echo "$topology: $passed cases passed, $known known to fail, $failed failed"
((!failed))
