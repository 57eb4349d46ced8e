/* SPDX-License-Identifier: GPL-2.0 */
/*
 * problem.h: what is wrong, gathered so that all of it can be told at once.
 *
 * Functions below the edge say nothing: they return -errno and add to a struct problems. main.c (or the control socket)
 * tells the user: one line a problem, `WHERE: text`, and `hint: ...` where the reader can act.
 */
#ifndef SCX_LOADER_PROBLEM_H
#define SCX_LOADER_PROBLEM_H

#include <stddef.h>
#include <stdio.h>

struct problem {
	char *where;		/* "conf/demo.ini:12", or NULL */
	char *text;
	char *hint;		/* or NULL */
};

struct problems {
	struct problem *list;
	size_t nr;
};

/**
 * problem_add - add a problem
 * @ps: the list, or NULL: then nothing happens
 * @file: the file it is in, or NULL
 * @line: the line in @file, from 1; 0 when it is not about a line
 * @hint: what the reader can do, or NULL; copied
 * @fmt: what is wrong: lower case, no full stop, names in single quotes, the cause last
 */
void problem_add(struct problems *ps, const char *file, unsigned int line, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* Print them as `PROG: WHERE: TEXT` and `hint: HINT` lines; @level: of syslog, for the journal. */
void problems_print(const struct problems *ps, const char *prog, int level, FILE *out);

/**
 * problem_say - print a message
 * @prog: "PROG: ", or ""
 * @level: of syslog
 *
 * Where @out is the journal, which names the program itself, each line has its level in front instead: see sd-daemon(3).
 */
void problem_say(FILE *out, const char *prog, int level, const char *text);

/* Forget all but the first @nr. */
void problems_cut(struct problems *ps, size_t nr);

void problems_free(struct problems *ps);

#endif
