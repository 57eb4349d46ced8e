# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# command.sh: for process 1 (`init`, or systemd by `server`): run the command that vm.sh left in /scx/command with hvc0 as its
# terminal, and write what it leaves behind to the disk named "out".
#
# The disk gets a tar: `exit` (the command's status), `dmesg`, `complaints` (what of it was announced by nobody) and `out/`
# (what the command put into $OUT).

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 OUT=/run/scx/out
result=/run/scx

# Where the emulator was kept from running while the kernel compared its clocks, time then goes at any pace. vm.sh boots
# again.
give_up_on_wrong_clock() {
	dmesg | grep -q 'tsc: PIT calibration deviates from' || return 0
	echo 'wrong clock' >"/dev/$(/scx/disk out)"
	sync
	echo b >/proc/sysrq-trigger
}

# A shell gets a session with hvc0 as its controlling terminal: that is job control and ctrl-c. The terminal forgets its
# settings when nobody has it open.
run_command() {
	local -a command
	local status=0
	local TERM='' SIZE='' INTERACTIVE='' STDIN='' TIME_SCALE='' LONG='' CYCLES=''
	# shellcheck disable=SC1091
	. /scx/environment
	export TIME_SCALE LONG CYCLES
	mapfile -d '' -t command </scx/command
	mkdir -p $OUT
	cp /scx/expected $result/expected
	# From here on the console, which the host keeps, has all that the kernel says: of a panic nothing else is left.
	echo 8 >/proc/sys/kernel/printk
	cd "$HOME" || return
	exec 3<>/dev/hvc0
	if [[ -n $INTERACTIVE ]]; then
		# shellcheck disable=SC2086 # two words
		stty -F /dev/hvc0 sane ${SIZE:+rows ${SIZE% *} cols ${SIZE#* }}
		TERM=$TERM setsid -cw "${command[@]}" <&3 >&3 2>&3 3>&- || status=$?
	else
		stty -F /dev/hvc0 raw -echo
		TERM=dumb setsid -w "${command[@]}" <"$STDIN" >&3 2>&3 3>&- || status=$?
	fi
	echo $status >$result/exit
}

# What a test leaves as /run/scx/at-end is the last to look, and prints what is wrong.
write_results() {
	local disk
	disk=$(/scx/disk out)
	dmesg -x >$result/dmesg
	/scx/complaints $result/expected <$result/dmesg >$result/complaints
	[[ ! -x $result/at-end ]] || $result/at-end >>$result/complaints 2>&1
	tar -C $result -cf "/dev/$disk" exit dmesg complaints out
	sync "/dev/$disk"
}
