#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# test_check.sh: what `scx-loader --check` says on a machine that need not be able to run a tree: the kernel is that of
# $TEST_VMLINUX, the loader $LOADER, the schedulers are ours. Speaks as the other unit tests do.

# shellcheck disable=SC2317 # called by name
set -euo pipefail

here=$(realpath "$(dirname "$0")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
# shellcheck source=cases.sh
. "$here/cases.sh"

# refused STATUS EXPECTED ARG...: what is said, and how it ends
refused() {
	local status=$1 expected=$2 rc=0 said
	shift 2
	said=$("$LOADER" "$@" 2>&1) || rc=$?
	[[ $rc == "$status" && $said == "$expected" ]] || { printf 'expected %d:\n%s\ngot %d:\n%s\n' "$status" "$expected" "$rc" "$said" && return 1; }
}

passed() {
	refused 0 "$1: $2 nodes, all checks passed" --check --btf "$TEST_VMLINUX" "$1"
}

test_another_machine() {
	cp "$here"/../../conf/{demo,hierarchy}.ini .
	passed demo.ini 3
	passed hierarchy.ini "$(grep -c '^\[[a-z-]*\]' hierarchy.ini | awk '{ print $1 - 1 }')"
	# as in /sys/kernel/btf
	objcopy --dump-section .BTF=raw.btf "$TEST_VMLINUX" /dev/null
	refused 0 'demo.ini: 3 nodes, all checks passed' --check --btf raw.btf demo.ini
	refused 0 'demo.ini: 3 nodes, all checks passed' --btf "$TEST_VMLINUX" --check -c demo.ini
}

# Of the file, of tunables, of schedulers, in one go
test_all_at_once() {
	cat >all.ini <<-END
		[root]
		pool_mb = many
		grant_cids = -1
		[web]
		cgroup = web
		sched = qmap
		slice_us = 1
		[batch]
		cgroup = /batch
		sched = fifi
		[here]
		cgroup = /here
		wieght = 3
	END
	refused 1 "$(
		cat <<-END
			scx-loader: all.ini:2: bad number 'many' for 'pool_mb'
			hint: write a plain decimal number from 1 to 4096
			scx-loader: all.ini:5: bad cgroup 'web': it does not begin with '/'
			hint: write the path below the cgroup2 mount, as in '/web' or '/web/batch'
			scx-loader: all.ini:3: 'grant_cids' is -1, and its range is 0 to 4096 cids
			scx-loader: all.ini:7: 'slice_us' is 1, and its range is 100 to 1000000 us
			scx-loader: all.ini:10: no scheduler 'fifi' in '$SCX_LOADER_PATH'; did you mean 'fifo'?
			hint: 'scx-loader list' shows what is there; SCX_LOADER_PATH says where to look
			scx-loader: all.ini:13: unknown key 'wieght' in [here]; did you mean 'weight'?
		END
	)" --check --btf "$TEST_VMLINUX" all.ini
}

# What another program reads of it
test_json() {
	printf '%s\n' '[root]' 'metrics = 127.0.0.1:9464' '[web]' 'cgroup = /web' 'sched = qmap' >metrics.ini
	refused 1 "scx-loader: metrics.ini:2: unknown key 'metrics' in [root]
hint: leave it out: 'scx-loader metrics --listen ADDRESS' serves them, a program of its own" --check --btf "$TEST_VMLINUX" metrics.ini
	local json rc=0
	json=$("$LOADER" --check --json --btf "$TEST_VMLINUX" metrics.ini) || rc=$?
	[[ $rc == 1 ]]
	python3 -c 'import json, sys; d = json.loads(sys.argv[1]); p, = d["problems"]
assert d["passed"] is False and p["where"] == "metrics.ini:2" and p["hint"].startswith("leave it out"), d' "$json"
	cp "$here/../../conf/demo.ini" .
	json=$("$LOADER" --check --json --btf "$TEST_VMLINUX" demo.ini)
	python3 -c 'import json, sys; d = json.loads(sys.argv[1])
assert d == {"file": "demo.ini", "passed": True, "notes": [], "problems": []}, d' "$json"
}

test_kernel() {
	cp "$here/../../conf/demo.ini" .
	printf 'no BTF' >x.btf
	refused 1 "scx-loader: can't read the type information (BTF) of a kernel in 'x.btf': BPF object format invalid
hint: a copy of /sys/kernel/btf/vmlinux of the machine, or its vmlinux" --check --btf x.btf demo.ini
	refused 1 "scx-loader: can't read the type information (BTF) of a kernel in 'y.btf': No such file or directory
hint: a copy of /sys/kernel/btf/vmlinux of the machine, or its vmlinux" --check --btf y.btf demo.ini
	[[ -z ${TEST_VMLINUX_OLD-} ]] || refused 1 "scx-loader: the kernel of '$TEST_VMLINUX_OLD' lacks ops.sub_ecaps_updated, \
ops.cpuctl_set_weight, scx_bpf_sub_grant(), SCX_ENQ_RESCUE
hint: Linux 7.3 or later is needed, with CONFIG_EXT_SUB_SCHED" --check --btf "$TEST_VMLINUX_OLD" demo.ini
}

test_words() {
	refused 2 "scx-loader: option '--btf' needs '--check'
hint: see 'scx-loader --help'" --btf x.btf -c demo.ini
	refused 2 "scx-loader: 'status' has no option '--check'
hint: see 'scx-loader status --help'" --check status
	refused 1 "scx-loader: can't open 'nothing.ini': No such file or directory" --check --btf "$TEST_VMLINUX" nothing.ini
	[[ -e /etc/scx-loader/hierarchy.ini ]] ||
		refused 2 "scx-loader: neither a hierarchy file nor a command, and no '/etc/scx-loader/hierarchy.ini'
hint: see 'scx-loader --help'"
}

all=(test_another_machine test_all_at_once test_json test_kernel test_words)
if [[ -n ${TEST_VMLINUX-} ]]; then
	cases "${all[@]}"
else
	skip "${all[@]}"
fi
