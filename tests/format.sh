#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# format.sh FILE...: show where clang-format would write a C file differently. White space within a line does not count:
# trailing comments and tables are lined up with tabs, which clang-format can't do. Indentation does.

set -euo pipefail

squeeze() {
	sed -E 's/([^[:space:]])[[:space:]]+/\1 /g; s/[[:space:]]+$//'
}

bad=0
for file; do
	diff -u --label "$file" --label "$file, formatted" <(squeeze <"$file") <("${CLANG_FORMAT:-clang-format}" "$file" | squeeze) ||
		bad=1
done
exit $bad
