# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: whatever is in the pins' folder is understood: nothing of ours, what others put there, what a loader left in the
# test: middle of its work, a tree that has ended, one whose loader is dead and that is to be stopped
# timeout: 900

pins=/sys/fs/bpf/scx-loader

setup() {
	cat >tree.ini <<-END
		[web]
		cgroup = /web
		sched = fifo
		create = yes
		[theirs]
		cgroup = /theirs
		sched = /usr/lib/scx-test/objects/scx_qmap.bpf.o
		create = yes
	END
}

cleanup() {
	end_workloads
	find /sys/fs/cgroup -mindepth 1 -depth -type d -exec rmdir {} \;
}

# refuses STDERR: to start and to stop, and leaves the folder as it is
refuses() {
	local before
	before=$(find $pins)
	expect_refusal "$1" scx-loader -c tree.ini
	expect_refusal "$1" scx-loader stop
	assert_eq "$before" "$(find $pins)" 'the folder'
}

foreign() {
	local hint="hint: see what it is; this loader touches nothing in it, and starts when it is gone"
	mkdir -p $pins/theirs
	refuses "scx-loader: '$pins' is not what a loader leaves: it has no 'tree'
$hint"
	mkdir $pins/tree
	refuses "scx-loader: '$pins' is not what a loader leaves: its 'tree' can't be read
$hint"
	rmdir $pins/tree
	pin-record $pins/tree scx-loader=99 loader=7.5
	refuses "scx-loader: the tree in '$pins' was left by version 7.5 in layout 99; this is version 0.1 and knows layout 1
hint: end it with 'stop' of that version, or with 'rm -r $pins'"
	rm -r $pins
	expect_refusal "scx-loader: no loader is running: nobody listens on '/run/scx-loader/control'" scx-loader stop
	[[ ! -e $pins ]] || fail 'stop has made a folder'
}

# What others could have made, or can change, is refused: the folder here is one where anybody can make another.
of_others() {
	local hint="hint: see who made it, remove it, and keep others from it: chmod 0700 ${pins%/*}"
	assert_match t "$(stat -c %A ${pins%/*})" 'mode of the bpffs'
	setpriv --reuid nobody --regid nogroup --clear-groups mkdir $pins
	refuses "scx-loader: can't pin the tree in '$pins': it belongs to another user
$hint"
	rmdir $pins
	mkdir -m 777 $pins
	refuses "scx-loader: can't pin the tree in '$pins': others may write to it
$hint"
	rmdir $pins
	mkdir victim
	touch victim/link victim/object
	ln -s "$PWD/victim" $pins
	refuses "scx-loader: can't pin the tree in '$pins': it is a symbolic link
$hint"
	rm $pins
	mkdir $pins
	pin-record $pins/tree scx-loader=1 loader=0.1 file=tree.ini object=none
	ln -s "$PWD/victim" $pins/root
	refuses "scx-loader: '$pins' is not what a loader leaves: its 'root' can't be opened: it is a symbolic link
hint: see what it is; this loader touches nothing in it, and starts when it is gone"
	assert_eq 'link object' "$(cd victim && echo *)" 'what is behind the link'
	rm -r $pins
}

# killed_when PATH: kill the loader as soon as this is there
killed_when() {
	wait_until 60 test -e "$1"
	kill -KILL "$loader_pid"
	wait_until 30 loader_has_ended
}

# What ended two loaders while they attached it is left by the third.
twice_fatal() {
	scx-loader attach -o create=yes /half fifo 2>client &
	killed_when /sys/fs/cgroup/half
	wait $! && fail 'the client believes that it has an answer'
	rmdir /sys/fs/cgroup/half
	scx-loader -c tree.ini >"$LOADER_LOG" 2>&1 </dev/null &
	loader_pid=$!
	killed_when /sys/fs/cgroup/half
	start_loader tree.ini
	loader_says "'half' was being attached when 2 loaders ended, and is left to 'root'" || fail 'not told'
	assert_eq 'attached left' "$(node web state) $(node half state)"
	scx-loader detach /half
}

# What is begun is finished.
cut_off() {
	scx-loader -c tree.ini >"$LOADER_LOG" 2>&1 </dev/null &
	loader_pid=$!
	killed_when $pins/root/region_alloc
	start_loader tree.ini
	if [[ $(sed -n 1p "$LOADER_LOG") == adopted* ]]; then
		loader_says "^attached 'web'" || fail 'what was to be attached is not'
	else
		loader_says "was being made when its loader ended; what is left of it is removed$" || fail 'nothing is told'
	fi
	assert_eq 'attached attached true' "$(node web state) $(node theirs '| "\(.state) \(.foreign)"')"
	region=$(status_json | jq .pool.nr_region)

	scx-loader attach -o create=yes /half fifo 2>client &
	killed_when $pins/nodes/3/record
	wait $! && fail 'the client believes that it has an answer'
	assert_match "^scx-loader: can't attach 'fifo' to '/half': " "$(<client)"
	start_loader tree.ini
	assert_eq "adopted 'root' as root and 2 schedulers beneath it" "$(sed -n 1p "$LOADER_LOG")"
	assert_match "^attached 'half' \(fifo\) to '/half'" "$(sed -n 2p "$LOADER_LOG")"
	scx-loader detach /half
	twice_fatal
	assert_eq "$region" "$(status_json | jq .pool.nr_region)" 'pages in regions'
	[[ ! -e /sys/fs/cgroup/half ]] || fail "the node's cgroup is left"
}

# Root looks after a foreign scheduler as before.
looks_after() {
	local before
	hog theirs
	wait_until 10 node_is theirs nr_dispatched -gt 0
	before=$(node theirs used_ns)
	wait_until 10 node_is theirs used_ns -gt "$before"
	end_workloads
	scx-loader detach /theirs
	assert_eq '' "$(find $pins -name '*-link')" 'what root looked after it with'
}

dead() {
	stop_loader KILL
	assert_eq "detached 'web' from '/web'
detached root; the kernel's own scheduler has the machine" "$(scx-loader stop)"
	assert_eq disabled "$(scx_state)"
	[[ ! -e $pins && ! -e /sys/fs/cgroup/web ]] || fail 'something is left'
}

# Numbers that the pool does not know lead nowhere.
forged() {
	local number record=$pins/nodes/1/record
	start_loader tree.ini
	stop_loader KILL
	mv $record ${pins%/*}/record
	for number in region=4096 entity=70000 cids=4000-4095; do
		pin-record $record name=web state=attached object=fifo key.cgroup=/web key.sched=fifo key.create=yes \
			cgroup_id="$(cgroup_inode /web)" entity=3 region=17592188141568 $number
		status=0
		scx-loader -c tree.ini >said 2>&1 </dev/null || status=$?
		assert_eq 1 $status "exit status with $number"
		assert_match "can't adopt 'web' from '$pins/nodes/1': its (region|cids)" "$(<said)"
		rm $record
	done
	mv ${pins%/*}/record $record
	start_loader tree.ini
	assert_eq attached "$(node web state)"
	stop_loader
}

# A loader that dies when it has made a cgroup, and has not marked it as its own yet
unmarked() {
	strace -f -qq -o trace -e trace=fsetxattr -e inject=fsetxattr:signal=KILL:when=2 scx-loader -c tree.ini >said 2>&1 </dev/null &&
		fail 'the loader goes on'
	[[ -d /sys/fs/cgroup/web && ! -e $pins/nodes/1/link ]] || fail "it was killed elsewhere: $(<said)"
	scx-loader stop
	[[ ! -e $pins && ! -e /sys/fs/cgroup/web ]] || fail 'something is left'
}

# What runs all the same is not said to be gone.
held() {
	start_loader tree.ini
	stop_loader KILL
	mv $pins/root/link ${pins%/*}/held
	expect_refusal "scx-loader: what was pinned of the tree is removed, but scheduler 'root' has the machine
hint: something else holds it: see 'bpftool link' and /sys/fs/bpf" scx-loader stop
	assert_eq enabled "$(scx_state)"
	rm ${pins%/*}/held
	wait_until 10 scx_is disabled
	[[ ! -e $pins ]] || fail 'something is left'
}

stale() {
	sed -i '/theirs/,$d' tree.ini
	start_loader tree.ini
	stop_loader KILL
	expect_dmesg 'sched_ext: BPF scheduler "root" disabled \(disabled by sysrq-S\)'
	echo S >/proc/sysrq-trigger
	wait_until 10 scx_is disabled
	start_loader tree.ini
	assert_eq "scx-loader: the tree in '$pins' has ended: disabled by sysrq-S; what is left of it is removed" \
		"$(sed -n 1p "$LOADER_LOG")"
	assert_eq 'attached true' "$(node web '| "\(.state) \(.made_cgroup)"')"
	stop_loader
	[[ ! -e $pins && ! -e /sys/fs/cgroup/web ]] || fail 'something is left'
}

run() {
	local region
	foreign
	of_others
	cut_off
	looks_after
	dead
	forged
	unmarked
	held
	stale
}
