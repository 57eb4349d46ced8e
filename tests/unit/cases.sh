# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# cases.sh: for the unit tests that are shell scripts: run cases, and say of each what cmocka says of its own, which run counts.

# cases NAME...: run these functions, each until a command of it fails. False when one did.
cases() {
	local name rc failed=0
	for name; do
		printf '[ RUN      ] %s\n' "$name"
		# as a condition it would go on after what fails
		set +e
		(set -e && "$name")
		rc=$?
		set -e
		if ((rc)); then
			printf '[  FAILED  ] %s\n' "$name"
			failed=1
		else
			printf '[       OK ] %s\n' "$name"
		fi
	done
	((!failed))
}

# skip NAME...: say that these can't be run here
skip() {
	printf '[ RUN      ] %s\n' "$@"
	printf '[  SKIPPED ] %s\n' "$@"
}
