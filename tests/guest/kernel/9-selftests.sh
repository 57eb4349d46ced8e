# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 1-8 the kernel's own tests of sched_ext (tools/testing/selftests/sched_ext) see no difference
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

# with RESULT: the tests of which the runner said that, an extended regular expression
with() {
	for name in "${names[@]}"; do
		! grep -qE "^ok [0-9]+ $name # $1\$" said || echo "$name"
	done
}

without_ok() {
	printf '%s\n' "${names[@]}" | grep -vxFf <(with '.*') || true
}

in_a_line() {
	local line
	line=$(paste -sd ' ')
	echo "${line:-none}"
}

# libbpf looks for the kernel's configuration there, which Debian has in another package. The tests ask for one thing of it.
setup() {
	[[ $(uname -v) == *PREEMPT_DYNAMIC* ]]
	mkdir -p /boot
	echo CONFIG_PREEMPT_RCU=y >"/boot/config-$(uname -r)"
}

# Some make the kernel end their scheduler, and most ask for a watchdog that is too quick for a rescue: a test's name begins
# those of its schedulers. A share of CPU time that is wrong by a busy host's doing makes rt_stall fail, and ends the runner
# too: what is not ok gets two more tries, by itself.
run() {
	local names name try
	mapfile -t names < <(/root/runner -l)
	expect_dmesg "sched_ext: (BPF scheduler \")?($(printf '%s\n' "${names[@]}" | paste -sd '|'))"
	/root/runner -q 2>&1 | tee said || true
	for try in 2 3; do
		for name in $(without_ok); do
			echo "try $try: $name"
			/root/runner -q -t "$name" 2>&1 | tee -a said || true
		done
	done
	row_same 'passed' "$(with '' | wc -l)"
	row_same 'skipped' "$(with 'SKIP ' | in_a_line)"
	row 'failed' "$(without_ok | in_a_line)" none none
}
