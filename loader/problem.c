// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "problem.h"
#include "text.h"

void problem_add(struct problems *ps, const char *file, unsigned int line, const char *hint, const char *fmt, ...)
{
	struct problem *p;
	va_list args;

	if (!ps)
		return;
	ps->list = mem(reallocarray(ps->list, ps->nr + 1, sizeof(*ps->list)));
	p = &ps->list[ps->nr++];
	*p = (struct problem){};
	p->where = file && line ? text_of("%s:%u", file, line) : copy_text(file);
	p->hint = copy_text(hint);
	va_start(args, fmt);
	p->text = text_ofv(fmt, args);
	va_end(args);
	/* what it quotes may be of anybody: the name of a file, of a cgroup, of a scheduler, libbpf's log */
	text_mend_lines(p->text);
	if (p->where)
		text_mend(p->where);
	if (p->hint)
		text_mend(p->hint);
}

void problems_print(const struct problems *ps, const char *prog, FILE *out)
{
	for (size_t i = 0; i < ps->nr; i++) {
		const struct problem *p = &ps->list[i];

		fprintf(out, "%s: %s%s%s\n", prog, p->where ?: "", p->where ? ": " : "", p->text);
		if (p->hint)
			fprintf(out, "hint: %s\n", p->hint);
	}
}

void problems_cut(struct problems *ps, size_t nr)
{
	while (ps->nr > nr) {
		struct problem *p = &ps->list[--ps->nr];

		free(p->where);
		free(p->text);
		free(p->hint);
	}
}

void problems_free(struct problems *ps)
{
	problems_cut(ps, 0);
	free(ps->list);
	*ps = (struct problems){};
}
