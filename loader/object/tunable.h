/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tunable.h: a `const volatile` variable of a scheduler that may be set from outside: what its declaration tag says
 * (sub-scheds/tunable.bpf.h), and values between text and the variable's bytes. Knows no object.
 */
#ifndef SCX_LOADER_TUNABLE_H
#define SCX_LOADER_TUNABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

/* What the variable is in BTF. */
enum tunable_var { VAR_UNSIGNED, VAR_SIGNED, VAR_CHARS };

enum tunable_kind { TUNABLE_NUMBER, TUNABLE_BOOL, TUNABLE_CHOICE, TUNABLE_STRING };

struct tunable {
	enum tunable_kind kind;
	enum tunable_var var;
	char *name;		/* owns the bytes of unit, flag and help too */
	const char *unit;	/* "us"; of a choice its words: "fifo|prio" */
	const char *help;
	const char *flag;	/* of a bool: the flag of the ops that it sets, or NULL */
	char *def;		/* the value in the object file, as text */
	int64_t min, max;	/* of a number */
	bool live;		/* can change while the scheduler runs */
	size_t offset, size;	/* in .rodata, or where the live ones are; bytes */
};

/**
 * tunable_init - understand a declaration tag
 * @t: filled in; freed by tunable_clear() whatever is returned
 * @name: the variable's name
 * @tag: what follows "tunable:", that is UNIT:RANGE:HELP
 * @size: bytes of the variable; 1, 2, 4 or 8 but for an array
 *
 * Returns 0, or -EINVAL when the tag is malformed or does not fit the variable.
 */
int tunable_init(struct tunable *t, const char *name, const char *tag, enum tunable_var var, size_t size);
void tunable_clear(struct tunable *t);

/**
 * tunable_parse - check a value and make the variable's bytes of it
 * @text: as the user wrote it
 * @value: @t->size bytes; untouched after an error
 * @where: where @text stands, and @line, as for problem_add()
 *
 * Returns 0, or -EINVAL after adding the problem: not of that kind, or out of range.
 */
int tunable_parse(const struct tunable *t, const char *text, void *value, const char *where, unsigned int line,
		  struct problems *ps);

/* The text of a value; to be freed. */
char *tunable_format(const struct tunable *t, const void *value);

#endif
