# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 2 pages that the kernel claimed cannot be freed by a BPF program
# what: a program frees the 4 pages that the kernel claimed; then 100 forks set their affinity
# dies: unpatched BUG: unable to handle page fault
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

fork_and_pin() {
	local i
	for ((i = 0; i < 100; i++)); do
		taskset -c $((i % 4)) true
	done
}

# with STEP...: with root attached, take the steps, then fork; print in a line what the steps printed
with() {
	local line='' printed=() pid to
	coproc /usr/lib/scx-test/arena "$cgroup" root mark "$@" wait
	pid=$COPROC_PID to=${COPROC[1]}
	while read -r line <&"${COPROC[0]}" && [[ $line != waiting ]]; do
		[[ ! $line =~ ^([0-9-]+$|ERROR) ]] || printed+=("$line")
	done
	[[ $line == waiting ]]
	fork_and_pin
	exec {to}>&-
	wait "$pid"
	echo "${printed[*]}"
}

run() {
	local refused='ERROR: Arena FREE of 4 pages at 0x100000000000 refused, the kernel uses some of them'
	cgroup=$(make_cgroup sub)
	row "$(sed -n 's/^# what: //p' "${BASH_SOURCE[0]}")" "$(with free 0 4 pages 0 said)" '' "0 $refused"
	row 'the same from where a program may not sleep' "$(with later 0 4 pages 0 said-later)" '' "0 $refused"
	row 'two of them and two of its own; then only its own 4' "$(with alloc 4 4 free 2 4 pages 4 said free 4 4 pages 0)" \
		'' "4 ${refused/0000 /2000 } 0"
	row 'user space: MADV_DONTNEED, munmap' "$(with forget unmap pages 0)" '' 0
}
