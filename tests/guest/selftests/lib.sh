# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The kernel's own tests of cgroups (tools/testing/selftests/cgroup; tests/vm/cgroup-selftests.sh builds them), in one
# of three places:
#
#	eevdf	no scheduler is loaded
#	none	a tree is up, and the tests' cgroups are in no node
#	node	a tree is up, and what the tests take for the root of all cgroups is the cgroup of a node
#
# Every test passes, or stands in the list `known` with the reason; one that stands there as failing and passes is a
# failure, too. They measure in seconds, so what uses this is for `# time: instructions`.
#
# Of limits of CPU time the programs expect what 1000 / HZ seconds give, and take HZ for 1000 where /proc/config.gz does
# not say it, as here: one second.

cgroups=/sys/fs/cgroup
declare -A title=([eevdf]=EEVDF [none]='no node' [node]='beneath a node')
declare -A seen=() # by 'TEST PLACE': `ok`, or what was seen instead
names=()           # the tests, in the order in which they ran

# Nodes have the controllers that the root hands down; the last test of core wants what systemd mounts with.
setup() {
	echo '+cpuset +pids' >$cgroups/cgroup.subtree_control
	mount -o remount,nsdelegate cgroup2 $cgroups
}

cleanup() {
	local dir
	end_workloads
	mount -o remount cgroup2 $cgroups
	for dir in $cgroups/node $cgroups; do
		[[ ! -d $dir ]] || echo '-cpuset -pids' >"$dir/cgroup.subtree_control"
	done
}

# start_node: a tree with the node of the place `node`
start_node() {
	cat >tree.ini <<-'END'
		[node]
		cgroup = /node
		sched = qmap
		create = yes
	END
	start_loader tree.ini
	echo +cpu >$cgroups/node/cgroup.subtree_control
}

# programs PLACE: those that run there, apart from cpu, which takes a minute. Two move themselves into their root
# cgroup: only the real one lets them in.
programs() {
	echo cpuset freezer kill
	[[ $1 == node ]] || echo core pids
}

# selftests PLACE PROGRAM [TEST...]: all of its tests, or these
selftests() {
	local place=$1 program=$2 planned=0 ran=0
	in_place "$place" "/usr/lib/scx-test/selftests/test_$program" "${@:3}" >said 2>&1 || true
	in_order "$place" || fail "$program $place: the schedulers ended"
	# a forked process that was killed is what most of them want
	grep -v 'waitpid !WIFEXITED' said | sed "s/^/$place: /"
	take_down
	((ran && ran == planned)) || fail "$program $place: $ran tests ran of $planned"
	# core leaves it on, and where it is, no process may enter, as the last test of cpuset does
	echo -memory >$cgroups/cgroup.subtree_control
}

# What the program said becomes `seen`. For selftests.
take_down() {
	local line verdict name why=''
	while read -r line; do
		case $line in
		1..*) planned=${line#1..} && planned=${planned%% *} ;;
		'[FAIL] actual='*) why=$(sed -E 's/.*actual=(-?[0-9]+) expected=(-?[0-9]+).*/ \1 for \2/' <<<"$line") ;;
		'ok '* | 'not ok '*)
			verdict=ok
			[[ $line != *'# SKIP'* ]] || verdict=skipped
			[[ $line != not* ]] || verdict=FAIL$why
			name=$program:$(sed -E 's/^(not )?ok [0-9]+ //; s/ *# SKIP *//; s/^test_//' <<<"$line")
			names+=("$name") seen["$name $place"]=$verdict
			ran=$((ran + 1)) why=''
			;;
		esac
	done <said
}

# in_place PLACE COMMAND...
in_place() {
	local place=$1
	shift
	if [[ $place != node ]]; then
		"$@"
	else
		unshare --mount --propagation private bash -euc '
			mount --bind "$1/node" /mnt
			umount -l "$1"
			mount --move /mnt "$1"
			exec "${@:2}"
		' bash $cgroups "$@"
	fi
}

# in_order PLACE: schedules there who should? What fails to load leaves EEVDF, which passes more.
in_order() {
	case $1 in
	eevdf) scx_is disabled ;;
	none) scx_is enabled ;;
	node) [[ $(node node state) == attached ]] ;;
	esac
}

# print_seen PLACE...: a table
print_seen() {
	local name place
	printf '| test |'
	for place; do
		printf ' %s |' "${title[$place]}"
	done
	printf '\n| --- |%s\n' "$(printf ' --- |%.0s' "$@")"
	for name in $(printf '%s\n' "${names[@]}" | awk '!printed[$0]++'); do
		printf '| %s |' "$name"
		for place; do
			printf ' %s |' "${seen["$name $place"]--}"
		done
		echo
	done
}

# What was seen must be what is known. In the longer form, every line of the list must be of something seen.
judge() {
	local name place what reason key bad=0
	local -A known=()
	while read -r place name what reason; do
		[[ -n $place && $place != '#'* ]] || continue
		key="$name $place"
		[[ -n $reason ]] || { echo "known: no reason: $key" && bad=1; }
		[[ -n ${seen[$key]-} || -z ${LONG-} ]] || { echo "known: no such test has run: $key" && bad=1; }
		known[$key]=$what
	done </scx/selftests/known
	for key in "${!seen[@]}"; do
		case ${known[$key]-passes} in
		passes) [[ ${seen[$key]} == ok ]] || { echo "not on the list: $key: ${seen[$key]}" && bad=1; } ;;
		fails) [[ ${seen[$key]} != ok ]] || { echo "take it off the list: $key: it passes" && bad=1; } ;;
		varies) ;;
		*) echo "known: neither fails nor varies: $key" && bad=1 ;;
		esac
	done
	((!bad)) || fail 'not as known: see tests/guest/selftests/known'
}
