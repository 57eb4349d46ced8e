# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # the scripts that source this file use its variables
#
# What every script of the VM harness stands on: where the cache is, how a stage speaks, where Debian's packages come from.
#
# The cache lies outside the tree (SCX_TREE_CACHE, else ~/.cache/scx-tree). An entry's name ends in a key: a hash of
# what the entry was made of. An entry is made under a temporary name and renamed when whole, so what bears the final
# name is complete, and an interrupted run leaves nothing that a later one would trust.

set -euo pipefail

TREE=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
CACHE=${SCX_TREE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/scx-tree}
ROOT_DISK=5c7ee001 # the guest's root is partition 1 of the disk with this signature

# A second of a test becomes so many: the machine is emulated.
: "${TIME_SCALE:=4}"

# Guests of tests, not of benchmarks, go without what an emulator pays for and no test is about.
TEST_APPEND='mitigations=off nokaslr no5lvl init_on_alloc=0'

# While the kernel looks at a CPU with 5 levels of page tables it takes it for one with 4, and KASAN an interrupt's data for
# wild: its first report would be its last.
DEBUG_APPEND=no5lvl
DEBUG_TIME_SCALE=12

die() {
	printf '%s: %s\n' "${0##*/}" "$1" >&2
	[[ -z ${2-} ]] || printf 'hint: %s\n' "$2" >&2
	exit 1
}

# key FILE...: the hash of the files' content, 12 hex digits
key() {
	cat "$@" | sha256sum | cut -c1-12
}

# stage TEXT COMMAND...: run COMMAND, say what it does, and every five seconds that it still does, and how long it took.
# Its output is kept, and shown when it fails. The variables are named so as not to hide the caller's from COMMAND.
stage() {
	local stage_text=$1 stage_began=$EPOCHREALTIME stage_rc=0 stage_ticks=0
	shift
	stage_log=$(mktemp)
	printf '  %-52s' "$stage_text" >&2
	[[ -z ${V-} ]] || printf '\n+ %s\n' "$*" >&2
	# a process group of its own: an interrupted run ends all of it (some of it ignores milder signals)
	set -m
	"$@" >"$stage_log" 2>&1 </dev/null &
	stage_pid=$!
	set +m
	while kill -0 "$stage_pid" 2>/dev/null; do
		sleep 0.1
		((++stage_ticks % 50)) || printf '.' >&2
	done
	wait "$stage_pid" || stage_rc=$?
	stage_pid=''
	printf ' %s\n' "$(seconds_since "$stage_began")" >&2
	if ((stage_rc)); then
		cat "$stage_log" >&2
		rm -f "$stage_log"
		die "'$stage_text' failed ($stage_rc)"
	fi
	rm -f "$stage_log"
}

stage_pid='' stage_log=''
trap '[[ -z $stage_pid ]] || kill -KILL -- "-$stage_pid"; rm -f "$stage_log"; exit 130' INT TERM HUP

# lock THING: be the only run that makes THING, until unlock or the end
lock() {
	exec {lock_fd}>"$CACHE/lock-$1"
	flock -n "$lock_fd" || { echo "  $1: waiting for another run that makes it" >&2 && flock "$lock_fd"; }
}

unlock() {
	exec {lock_fd}>&-
}

# seconds_since EPOCHREALTIME
seconds_since() {
	awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", b - a }'
}

# need COMMAND PACKAGE: install Debian's PACKAGE on this machine when COMMAND is missing
need() {
	command -v "$1" >/dev/null && return
	[[ $EUID == 0 ]] || die "'$1' is not installed" "apt-get install $2"
	stage "install $2" install_package "$2"
}

install_package() {
	apt-get install -y --no-install-recommends "$1" || { apt-get update && apt-get install -y --no-install-recommends "$1"; }
}

# debian_mirror: the URI of the Debian mirror that this machine's own apt uses. The trees of the security and updates
# archives are told apart by what they hold: the main archive is the one with a plain code name.
debian_mirror() {
	local codename uri
	# shellcheck disable=SC1091
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
	# a fresh container image has sources but no lists, and apt names targets only once it has read them
	uri=$(indextargets "$codename")
	if [[ -z $uri ]]; then
		apt-get update >/dev/null 2>&1 || true
		uri=$(indextargets "$codename")
	fi
	[[ -n $uri ]] || die "can't find a Debian mirror in this machine's apt sources" "this needs Debian 12 or 13"
	echo "${uri%/}"
}

indextargets() {
	# shellcheck disable=SC2016 # the format is apt's, not the shell's
	apt-get indextargets --format '$(REPO_URI) $(CODENAME)' |
		awk -v c="$1" '$2 == c && !found { found = 1; print $1 }'
}

# sources_list SUITE...: apt source lines for the suites, signed by Debian's own keys
sources_list() {
	local mirror suite
	mirror=$(debian_mirror)
	for suite; do
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
	done
}
