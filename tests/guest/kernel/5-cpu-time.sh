# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# patch: 5 CPU time per scheduler
# shellcheck source=rows.sh
. /scx/kernel/rows.sh

# off LINE LEAST: by how much each way to read the time differs from cpu.stat, which must be at least LEAST ns
off() {
	awk -v least="$2" '{
		if ($1 < least || $1 > least * 1.5)
			print "cpu.stat says " $1
		else if ($2 < 0)
			print "not told"
		else for (i = 2; i <= NF; i++) {
			p = ($i - $1) * 100 / $1
			printf "%s%.2f %%", (i > 2 ? ", " : ""), (p < 0 ? -p : p)
		}
	}' <<<"$1"
}

run() {
	local outer inner seen below=' [0]\.[0-9]{2} %'
	outer=$(make_cgroup outer)
	inner=$(make_cgroup outer/inner)
	mapfile -t seen < <(/usr/lib/scx-test/subs root sub "$outer" busy 2 time sub "$inner" busy 2 time detach time |
		grep -v attached)
	printf '%s\n' "${seen[@]}"
	row 'a sub busy for 2 s, off cpu.stat: sysfs, the parent'\''s kfunc, its own' "$(off "${seen[0]}" 2e9)" \
		'not told' "${below:1},$below,$below"
	row 'a sub of that sub, busy for 2 s' "$(off "${seen[1]}" 2e9)" 'not told' "${below:1},$below,$below"
	row 'the first one, when the second is gone' "$(off "${seen[2]}" 4e9)" 'not told' "${below:1},$below,$below"
}
