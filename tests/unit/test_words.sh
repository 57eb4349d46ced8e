#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# test_words.sh: what $LOADER's command line says where no loader runs, and how it ends then. Speaks as the other unit tests do.

# shellcheck disable=SC2317 # called by name
set -euo pipefail

here=$(realpath "$(dirname "$0")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
# shellcheck source=cases.sh
. "$here/cases.sh"
export SCX_LOADER_SOCKET=$scratch/control STATE_DIRECTORY=$scratch/state

# ends STATUS EXPECTED ARG...: what is said, and how it ends
ends() {
	local status=$1 expected=$2 rc=0 said
	shift 2
	said=$("$LOADER" "$@" 2>&1) || rc=$?
	[[ $rc == "$status" && $said == "$expected" ]] || { printf 'expected %d:\n%s\ngot %d:\n%s\n' "$status" "$expected" "$rc" "$said" && return 1; }
}

test_help() {
	local command
	ends 0 "$("$LOADER" --help)" help
	"$LOADER" --help | grep '^  help ' >/dev/null
	for command in attach detach set reload stop status top log metrics list help version; do
		ends 0 "$("$LOADER" $command --help)" help $command
		[[ $("$LOADER" help $command) == "Usage: scx-loader $command"* ]]
	done
	ends 0 "$("$LOADER" --version)" version
	[[ $("$LOADER" version) == 'scx-loader '* ]]
	ends 2 "scx-loader: unknown command 'statsu'; did you mean 'status'?
hint: see 'scx-loader --help'" help statsu
	ends 2 "scx-loader: wrong number of arguments to 'help': 2 instead of at most 1
hint: see 'scx-loader help --help'" help status top
}

# In one line, and with the status of systemctl
test_no_loader() {
	local none="scx-loader: no loader is running: nobody listens on '$SCX_LOADER_SOCKET'" command
	for command in status 'status web' 'status --json' reload 'set web weight=3' 'attach /web qmap' 'detach /web' 'stop --keep' top; do
		# shellcheck disable=SC2086 # words
		ends 3 "$none" $command
	done
	# what a dead one left
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$SCX_LOADER_SOCKET"
	ends 3 "$none" status
	rm "$SCX_LOADER_SOCKET"
}

# The log is there all the same.
test_log() {
	local now
	mkdir -m 700 state
	now=$(date +%s)
	for event in "$((now - 7200)) web early" "$((now - 60)) batch late" "$((now - 30)) web later"; do
		# shellcheck disable=SC2086 # words
		printf '{"time_us":%d000000,"node":"%s","event":"other","text":"%s","dump":null}\n' $event
	done >state/events
	[[ $("$LOADER" log | sed 's/.*  //' | xargs) == 'early late later' ]]
	[[ $("$LOADER" log --since 10m | sed 's/.*  //' | xargs) == 'late later' ]]
	[[ $("$LOADER" log --since "$(date -d "@$((now - 60))" '+%F %T')" web | sed 's/.*  //') == later ]]
	[[ $("$LOADER" log --since 10m --json | tr -d ' \t\n') == '{"events":[{"time_us":'*'"text":"late","dump":null},{'*'later"'* ]]
	ends 2 "scx-loader: bad time 'yesterdya'
hint: see 'scx-loader log --help'" log --since yesterdya
	ends 2 "scx-loader: 'status' has no option '--follow'
hint: see 'scx-loader status --help'" status --follow
}

# What comes later comes, once, and JSON is a line an event.
test_follow() {
	local pid i
	printf '{"time_us":1000000,"node":"web","event":"other","text":"old","dump":null}\n' >state/events
	"$LOADER" log -f >text &
	pid=$!
	"$LOADER" log --follow --json --since '2000-01-01' >json &
	pid="$pid $!"
	sleep 0.3
	printf '{"time_us":%d000000,"node":"web","event":"other","text":"new","dump":null}\n' "$(date +%s)" >>state/events
	for ((i = 0; i < 100; i++)); do
		! grep -q new text || ! grep -q new json || break
		sleep 0.1
	done
	sleep 1.5
	# shellcheck disable=SC2086 # words
	kill $pid
	[[ $(sed 's/.*  //' text | xargs) == 'old new' ]]
	[[ $(wc -l <json) == 1 && $(<json) == '{"time_us":'*'"new"'* ]]
}

# As a program reads it; colours are for a terminal, and for who wants them.
test_json() {
	python3 - "$("$LOADER" list --json)" <<-END
		import json, sys
		by_name = {s["name"]: s for s in json.loads(sys.argv[1])["schedulers"]}
		assert by_name["root"]["root"] and not by_name["qmap"]["root"]
		slice_us = [t for t in by_name["qmap"]["tunables"] if t["name"] == "slice_us"][0]
		assert slice_us["kind"] == "number" and slice_us["unit"] == "us" and slice_us["min"] == 100, slice_us
		on_full = [t for t in by_name["qmap"]["tunables"] if t["name"] == "on_full"][0]
		assert on_full["words"] == ["degrade", "refuse", "abort"], on_full
		assert "TID_TO_TASK" in by_name["qmap"]["flags"], by_name["qmap"]["flags"]
	END
	ends 2 "scx-loader: option '--json' needs '--check'
hint: see 'scx-loader --help'" --json -c x.ini
	[[ $(TERM=xterm script -qec "$LOADER list --json" /dev/null) == *$'\033'* ]]
	[[ $(NO_COLOR=1 TERM=xterm script -qec "$LOADER list --json" /dev/null) != *$'\033'* ]]
	[[ $("$LOADER" list --json) != *$'\033'* ]]
}

cases test_help test_no_loader test_log test_follow test_json
