# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 4 the end of a scheduler is told
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

gone='remove@/root/sub/sub-ID'
refused='change@/root'

# told CASE: the sub's events but for its coming, without what is the same in all
told() {
	sed -n "/^case $1\$/,/^case/{/root SCXOPS=pair\$/d;/^add@/d;/@/p}" seen |
		sed 's|/kernel/sched_ext||; s/ SCXOPS=pair$//; s/ SCXSUBOPS=pair$/ SCXSUBOPS/' |
		sed -E "s/(sub-|SCXCGROUP=)($id|$id2)\\b/\\1ID/g" | paste -sd ';'
}

# why KIND CODE REASON
why() {
	echo "SCXEXITKIND=$1 SCXEXITCODE=$2 SCXEXITREASON=$3 SCXCGROUP=ID"
}

run() {
	local sub id doomed id2 sleeper
	sub=$(make_cgroup sub) id=$(cgroup_inode /sub)
	doomed=$(make_cgroup doomed) id2=$(cgroup_inode /doomed)
	expect_dmesg 'sched_ext: .*"?pair'
	sleep 1000 &
	sleeper=$!
	echo $sleeper >"$sub/cgroup.procs"
	/usr/lib/scx-test/subs root events \
		say 'case detach' sub "$sub" detach events \
		say 'case error' sub "$sub" error ended events \
		say 'case kill' sub "$sub" kill ended events \
		say 'case rmdir' sub "$doomed" rmdir ended events \
		say 'case task' set fail_init_task -12 sub "$sub" events \
		say 'case init' set fail_init -12 sub "$sub" events \
		say 'case early' set flags 256 sub "$sub" events \
		say 'case refuse' refuse 1 sub "$sub" refuse 0 events \
		say 'case fall' sub "$sub" fall ended ended events | tee seen
	kill_all $sleeper
	row 'detach' "$(told detach)" "$gone" "$gone $(why 64 0x0 'unregistered from user space')"
	row 'scx_bpf_error()' "$(told error)" "$gone" "$gone $(why 1025 0x0 scx_bpf_error)"
	row 'scx_bpf_sub_kill()' "$(told kill)" "$gone" "$gone $(why 69 0x0 'killed by parent scheduler')"
	row 'rmdir of the cgroup' "$(told rmdir)" "$gone" "$gone $(why 66 0x200000000 'unregistered from the main kernel')"
	row 'attach fails at a task' "$(told task)" '' "$refused $(why 1024 0x0 'runtime error') SCXSUBOPS"
	row 'attach fails in ops.init()' "$(told init)" '' "$refused $(why 1024 0x0 'runtime error') SCXSUBOPS"
	row 'attach fails before the sub is in sysfs' "$(told early)" '' "$refused $(why 1024 0x0 'runtime error') SCXSUBOPS"
	row 'the parent refuses' "$(told refuse)" '' "$refused $(why 1024 0x0 'runtime error') SCXSUBOPS"
	# the folders of the two go at the same time, so the sub's path can be short
	row 'the parent ends' "$(told fall | sed -E 's/^remove@[^ ]*sub-ID/remove@...sub-ID/; s/;remove@.*//')" \
		'remove@...sub-ID' "remove@...sub-ID $(why 68 0x0 'parent exiting')"
	row 'root ends' "$(grep -a '^remove@.*root ' seen | sed -E 's|/kernel/sched_ext||; s/ SCXOPS=pair$//')" \
		'remove@/root' "remove@/root SCXEXITKIND=1025 SCXEXITCODE=0x0 SCXEXITREASON=scx_bpf_error SCXCGROUP=1"
}
