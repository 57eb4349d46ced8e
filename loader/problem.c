// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* The service manager says which file it has made of the journal. */
static bool is_journal(FILE *out)
{
	const char *journal = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return journal && sscanf(journal, "%llu:%llu", &dev, &ino) == 2 && !fstat(fileno(out), &st) &&
	       st.st_dev == dev && st.st_ino == ino;
}

void problem_say(FILE *out, const char *prog, int level, const char *text)
{
	if (!is_journal(out)) {
		fprintf(out, "%s%s\n", prog, text);
		return;
	}
	while (*text) {
		int len = strcspn(text, "\n");

		fprintf(out, "<%d>%.*s\n", level, len, text);
		text += len + (text[len] == '\n');
	}
}

void problems_print(const struct problems *ps, const char *prog, int level, FILE *out)
{
	_cleanup_(freep) char *name = text_of("%s: ", prog);

	for (size_t i = 0; i < ps->nr; i++) {
		const struct problem *p = &ps->list[i];

		_cleanup_(freep) char *text = text_of("%s%s%s", p->where ?: "", p->where ? ": " : "", p->text);
		_cleanup_(freep) char *hint = text_of("hint: %s", p->hint ?: "");

		problem_say(out, name, level, text);
		if (p->hint)
			problem_say(out, "", level, hint);
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
