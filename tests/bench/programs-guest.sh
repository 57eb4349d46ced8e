#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# programs-guest.sh: for programs.sh: what each BPF program of the schedulers that are compared costs, as CSV.

set -uo pipefail
# shellcheck source=tests/guest/lib.sh
. /scx/lib.sh
bench=$(dirname "$(realpath "$0")")
# shellcheck source=tests/bench/lib.sh
. "$bench/lib.sh"
# shellcheck source=tests/bench/peers.sh
. "$bench/peers.sh"

# programs SCHEDULER PID: of those that the process holds
programs() {
	local loaded id verified
	loaded=$(bpftool -j prog show)
	grep -hsE '^(prog_id|verified_insns)' "/proc/$2/fdinfo/"* | paste - - | sort -u |
	while read -r _ id _ verified; do
		jq -r --arg sched "$1" --argjson id "$id" --arg verified "$verified" '
			.[] | select(.id == $id) |
			[$sched, .name, $verified, .bytes_xlated / 8, .bytes_jited] | join(",")' <<<"$loaded"
	done | sort -u -t, -k 2,2
}

echo 'scheduler,program,verified_insns,insns,jited_bytes'
start_peer floor.log '^attached' floor
programs floor "${peers[0]}"
stop_peers
start_peer qmap.log started scx_qmap
programs scx_qmap "${peers[0]}"
stop_peers
start_loader /usr/share/doc/scx-loader/demo.ini
programs ours "$loader_pid"
stop_loader TERM
