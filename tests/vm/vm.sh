#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0

usage() {
	cat <<'END'
Usage: vm.sh [OPTION]... [--] COMMAND [ARG]...

Boot a kernel in QEMU and run COMMAND in it, as root, with what was built installed (build.sh) and tests/guest at /scx.
COMMAND's output comes to stdout while it runs. What it puts into the folder $OUT of the guest comes back with -o.

  -k, --kernel WHICH    a folder with a vmlinuz, or a series of Debian's: 7.2 (default: the newest of at least 7.3)
  -m, --memory SIZE     default 3G
  -s, --smp N           CPUs, default 4; or a topology, QEMU's -smp
  -t, --timeout SECONDS the whole run's time, default 900
  -f, --file PATH       a file or folder to put into COMMAND's working directory; may be repeated
  -o, --out DIR         where the content of $OUT goes
  -r, --results DIR     keep console, dmesg and COMMAND's output there, whatever happens
                        (default: in build/vm/results, and only when something fails)
  -e, --expect REGEX    a complaint of the kernel that is announced; may be repeated
  -a, --append ARGS     more for the kernel's command line
      --systemd         boot the second guest: Debian 13 as people run it, with systemd as process 1
  -q, --qemu ARGS       more for QEMU: '-icount shift=0,sleep=off' makes guest time count instructions
      --stdin           COMMAND reads what comes on stdin, which is a pipe; it never sees an end of it
  -i, --interactive     COMMAND gets this terminal (default COMMAND: bash)

The exit status is COMMAND's; or, said on stderr too,
  122  COMMAND ended with 0 but the kernel complained (WARNING, BUG, stall, sched_ext error) and nobody had announced it
  123  the guest died
  124  the time was over
  130  interrupted
END
}

. "$(dirname "$0")/common.sh"

here=$(dirname "$(realpath "$0")")
kernel='' memory=3G smp=4 timeout=900 out='' results='' append='' interactive='' stdin='' init=/scx/init image_option=''
files=() expected=() qemu_arguments=()

parse_options() {
	local parsed
	parsed=$(getopt -n vm.sh -o +k:m:s:t:f:o:r:e:a:q:ih \
		-l kernel:,memory:,smp:,timeout:,file:,out:,results:,expect:,append:,qemu:,systemd,stdin,interactive,help -- "$@") || exit 2
	eval set -- "$parsed"
	while :; do
		case $1 in
		-k | --kernel) kernel=$2 ;;
		-m | --memory) memory=$2 ;;
		-s | --smp) smp=$2 ;;
		-t | --timeout) timeout=$2 ;;
		-f | --file) files+=("$2") ;;
		-o | --out) out=$2 ;;
		-r | --results) results=$2 ;;
		-e | --expect) expected+=("$2") ;;
		-a | --append) append=$2 ;;
		-q | --qemu) read -ra qemu_arguments <<<"$2" ;;
		--systemd) init=/sbin/init image_option=--systemd && set -- '' "$@" ;;
		--stdin) stdin=/dev/hvc0 && set -- '' "$@" ;;
		-i | --interactive) interactive=1 && set -- '' "$@" ;;
		-h | --help) usage && exit ;;
		--) shift && break ;;
		esac
		shift 2
	done
	command=("$@")
	((${#command[@]})) || [[ -z $interactive ]] || command=(bash)
	((${#command[@]})) || { usage >&2 && exit 2; }
}

# The disk "in" is a tar, unpacked over the guest's root: what was built, tests/guest as /scx, the files for COMMAND.
write_in() {
	local stage=$run/stage
	mkdir -p "$stage/root"
	cp -r "$TREE/tests/guest" "$stage/scx"
	cp -r "$TREE/tests/matrix" "$stage/scx/"
	printf '%s\0' "${command[@]}" >"$stage/scx/command"
	printf '%s\n' "${expected[@]}" | grep . >"$stage/scx/expected" || true
	printf '%s=%q\n' INTERACTIVE "$interactive" STDIN "${stdin:-/dev/null}" TERM "${TERM-dumb}" SIZE "$(stty size 2>/dev/null)" \
		TIME_SCALE "$TIME_SCALE" LONG "${LONG-}" CYCLES "${CYCLES-}" >"$stage/scx/environment"
	[[ -z $image_option ]] || write_units
	((!${#files[@]})) || cp -r -t "$stage/root" "${files[@]}"
	# a build that goes on now ends first
	[[ ! -d $TREE/build/vm/guest ]] || flock -s "$TREE/build/vm/lock" cp -r "$TREE/build/vm/guest/." "$stage/"
	tar --owner=0 --group=0 -C "$stage" -cf "$run/in" .
	rm -rf "$stage"
}

# Where systemd is process 1 it starts the command last, and as its own last act what writes the results.
write_units() {
	local units=$stage/etc/systemd/system hooks=$stage/usr/lib/systemd/system-shutdown
	mkdir -p "$units/graphical.target.wants" "$hooks"
	ln -s /scx/scx-command.service "$units/"
	ln -s ../scx-command.service "$units/graphical.target.wants/"
	ln -s /scx/server "$hooks/scx"
}

# The kernel starts a shell that waits for the disk "in", unpacks it and becomes our init. It need not check whether its timer
# works: where the emulator does not get to run, it would find that it does not, and panic. Nor its clock: it spins with
# interrupts off until another CPU answers, for half a minute on a busy host.
kernel_arguments() {
	echo "root=PARTUUID=$ROOT_DISK-01 rootwait rw console=ttyS0 panic=-1 oops=panic quiet log_buf_len=4M no_timer_check tsc=nowatchdog" \
		"${image_option:+systemd.getty_auto=no systemd.condition_needs_update=no} $append init=/bin/sh --" \
		'-c "mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev; until disk=$(grep -sl ^in /sys/block/nvme*/device/serial); do sleep 0.1; done;' \
		'tar -x -C / -f /dev/$(echo $disk | cut -d/ -f4); exec '"$init\""
}

# The QEMU is the sysroot's, not the machine's: with -icount that of Debian 12 lets one CPU run until the next timer while
# the others stand still; 10.0 gives each its part, and latencies mean something.
# One thread for all CPUs: with one for each, QEMU (10.0 still) sometimes runs an instruction that the kernel has just
# patched away, "Oops: int3", and on few cores the CPUs wait for each other so much that it is not even faster.
run_qemu() {
	local -a machine=("${qemu_arguments[@]}" -accel 'tcg,thread=single' -cpu max -m "$memory" -smp "$smp"
		-nodefaults -no-user-config -display none -no-reboot -nic none
		-kernel "$run/vmlinuz" -append "$(kernel_arguments)"
		-drive "file=$image,format=raw,if=none,id=root,snapshot=on" -device 'nvme,drive=root,serial=root'
		-drive "file=$run/in,format=raw,if=none,id=in,readonly=on" -device 'nvme,drive=in,serial=in'
		-drive "file=$run/out,format=raw,if=none,id=out" -device 'nvme,drive=out,serial=out'
		-chardev "file,id=console,path=$run/console" -serial chardev:console
		-device virtio-serial -device 'virtconsole,chardev=terminal')
	rm -f "$run/out" "$run/terminal"
	truncate -s 1G "$run/out"
	# QEMU ends with this script, however that ends.
	local -a limited=(setpriv --pdeathsig TERM timeout --foreground -k 10 "$timeout" "$here/sysroot.sh" qemu-system-x86_64)
	if [[ -n $interactive ]]; then
		"${limited[@]}" "${machine[@]}" -chardev stdio,id=terminal,signal=off 2>"$run/qemu" || qemu_status=$?
	else
		# a pipe, as QEMU can only open a file and stdout may be anything; held open, so that tee also ends without QEMU
		mkfifo "$run/terminal"
		exec 9<>"$run/terminal"
		tee "$run/output" <"$run/terminal" 9>&- &
		tee=$!
		"${limited[@]}" "${machine[@]}" -chardev "file,id=terminal,path=$run/terminal,input-path=/dev/stdin" \
			2>"$run/qemu" <&8 9>&- &
		pid=$!
		# a signal ends wait, and the trap QEMU
		while kill -0 "$pid" 2>/dev/null; do
			wait "$pid" || qemu_status=$?
		done
		pid=''
		exec 9>&-
		wait "$tee"
	fi
}

# The guest's init gives up at once when the kernel has mismeasured its clock, as it may on a busy machine.
clock_was_wrong() {
	[[ $(head -c 11 "$run/out" | tr -d '\0') == 'wrong clock' ]]
}

# Look at what the guest left: set status, say what is wrong
judge() {
	mkdir "$run/left"
	tar -C "$run/left" -xf "$run/out" 2>/dev/null || true
	if ((interrupted)); then
		status=130
		say 'interrupted'
	elif ((qemu_status == 124 || qemu_status == 137)); then
		status=124
		say "the time of $timeout s was over"
	elif [[ ! -s $run/left/exit ]]; then
		status=123
		say 'the guest died:'
		grep -hE 'Kernel panic|BUG:|Oops' "$run/console" | head -n 3 >&2 || tail -n 3 "$run/qemu" "$run/console" >&2
	else
		status=$(<"$run/left/exit")
		if [[ -s $run/left/complaints ]]; then
			((status)) || status=122
			say 'the kernel complained:'
			cat "$run/left/complaints" >&2
		fi
	fi
}

say() {
	echo "vm.sh: $1" >&2
}

# Keep console, dmesg and output; $OUT's content goes where it was asked for
keep() {
	if [[ -n $out && -d $run/left/out ]]; then
		mkdir -p "$out"
		cp -r "$run/left/out/." "$out/"
	fi
	[[ -n $results ]] || { ((status)) && [[ -z $interactive ]]; } || return 0
	if [[ -z $results ]]; then
		mkdir -p "$TREE/build/vm/results"
		results=$(mktemp -d "$TREE/build/vm/results/$(date +%m%d-%H%M%S)-XXXX")
	fi
	mkdir -p "$results"
	local file
	for file in "$run"/{console,output,qemu,left/dmesg,left/complaints}; do
		[[ ! -s $file ]] || cp "$file" "$results/"
	done
	((!status)) || say "console, dmesg and output are kept in $(realpath --relative-to=. "$results")"
}

parse_options "$@"
# what is started in the background has no stdin by itself
if [[ -n $stdin ]]; then exec 8<&0; else exec 8</dev/null; fi
[[ -d $kernel ]] || kernel=$("$here/kernel.sh" "$kernel")
image=$("$here/image.sh" $image_option)
run=$(mktemp -d "$CACHE/vm.XXXXXX")
pid='' qemu_status=0 interrupted=0 status=0
trap 'rm -rf "$run"' EXIT
trap 'interrupted=1; [[ -z $pid ]] || kill "$pid"' INT TERM HUP
cp "$kernel/vmlinuz" "$run/"
write_in
run_qemu
for ((again = 0; again < 9; again++)); do
	clock_was_wrong || break
	run_qemu
done
judge
keep
exit "$status"
