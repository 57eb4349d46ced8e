/* SPDX-License-Identifier: GPL-2.0 */
/* said.h: what the tests of files and options compare: all that the user would read. */
#ifndef SCX_TESTS_SAID_H
#define SCX_TESTS_SAID_H

#include <stdio.h>

#include "loader/problem.h"

#define TABLE_SIZE(table)	(sizeof(table) / sizeof(*(table)))
#define A60			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

#define WEIGHT_HINT		"hint: write a plain decimal number from 1 to 10000\n"
#define CGROUP_HINT		"hint: write the path below the cgroup2 mount, as in '/web' or '/web/batch'\n"

/* What the user would read, without the program's name; frees the problems. */
static inline char *say(struct problems *ps)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < ps->nr; i++) {
		const struct problem *p = &ps->list[i];

		fprintf(out, "%s%s%s\n", p->where ?: "", p->where ? ": " : "", p->text);
		if (p->hint)
			fprintf(out, "hint: %s\n", p->hint);
	}
	fclose(out);
	problems_free(ps);
	return text;
}

#endif
