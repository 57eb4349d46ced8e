// SPDX-License-Identifier: GPL-2.0
/*
 * tunable.c: declaration tags and values of tunables. Numbers are int64_t whatever the variable's type: a range may
 * begin below zero, and none needs to end above 2^63.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"
#include "tunable.h"

/* 0, -EINVAL, or -ERANGE with the end of int64_t that was passed. */
static int parse_int64(const char *text, const char *end, int64_t *ret)
{
	char *stop;

	if (text == end || strchr(" \t+", *text))
		return -EINVAL;
	errno = 0;
	*ret = strtoll(text, &stop, 10);
	return stop == end ? -errno : -EINVAL;
}

static int parse_range(struct tunable *t, const char *range)
{
	const char *dots = strstr(range, "..");
	int bits = 8 * t->size - (t->size == 8 || t->var == VAR_SIGNED);	/* of a positive number */

	if (!dots || parse_int64(range, dots, &t->min) || parse_int64(dots + 2, dots + strlen(dots), &t->max) ||
	    t->min > t->max)
		return -EINVAL;
	/* The scheduler must see the number that the user wrote. */
	if (t->var == VAR_UNSIGNED && t->min < 0)
		return -EINVAL;
	return t->max > (int64_t)(~0ull >> (64 - bits)) || ~t->min > (int64_t)(~0ull >> (64 - bits)) ? -EINVAL : 0;
}

int tunable_init(struct tunable *t, const char *name, const char *tag, enum tunable_var var, size_t size)
{
	char *range, *help, *unit;

	*t = (struct tunable){ .var = var, .size = size };
	t->name = text_of("%s:%s", name, tag);
	unit = strchr(t->name, ':');
	*unit++ = '\0';
	range = strchr(unit, ':');
	help = range ? strchr(range + 1, ':') : NULL;
	if (!help || range == unit)
		return -EINVAL;
	*range++ = '\0';
	*help++ = '\0';
	t->unit = unit;
	t->help = help;

	if (!strcmp(unit, "string")) {
		t->kind = TUNABLE_STRING;
		return var == VAR_CHARS && !*range ? 0 : -EINVAL;
	}
	if (var == VAR_CHARS || (size != 1 && size != 2 && size != 4 && size != 8))
		return -EINVAL;
	if (!strcmp(unit, "bool")) {
		t->kind = TUNABLE_BOOL;
		t->flag = *range ? range : NULL;
		return 0;
	}
	if (strchr(unit, '|')) {
		t->kind = TUNABLE_CHOICE;
		return *range ? -EINVAL : 0;
	}
	t->kind = TUNABLE_NUMBER;
	return parse_range(t, range);
}

void tunable_clear(struct tunable *t)
{
	free(t->name);
	free(t->def);
	*t = (struct tunable){};
}

/* The index of a word in "a|b|c", or -1. */
static int choice_index(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (int i = 0; *words; i++) {
		size_t n = strcspn(words, "|");

		if (n == len && !strncmp(words, word, n))
			return i;
		words += n + (words[n] == '|');
	}
	return -1;
}

static int parse_choice(const struct tunable *t, const char *words, const char *text, int64_t *ret, const char *where,
			unsigned int line, struct problems *ps)
{
	char hint[160] = "write ";
	size_t len = strlen(hint);
	int i = choice_index(words, text);

	if (i >= 0) {
		*ret = i;
		return 0;
	}
	for (const char *w = words; *w && len < sizeof(hint);) {
		size_t n = strcspn(w, "|");
		const char *between = !w[n] ? "" : strchr(w + n + 1, '|') ? ", " : " or ";

		len += snprintf(hint + len, sizeof(hint) - len, "'%.*s'%s", (int)n, w, between);
		w += n + (w[n] == '|');
	}
	problem_add(ps, where, line, hint, "bad word '%s' for '%s'", text, t->name);
	return -EINVAL;
}

static int parse_number(const struct tunable *t, const char *text, int64_t *ret, const char *where, unsigned int line,
			struct problems *ps)
{
	int err = parse_int64(text, text + strlen(text), ret);
	char hint[160];

	if (err == -EINVAL) {
		snprintf(hint, sizeof(hint), "write a plain decimal number from %lld to %lld; the unit is %s",
			 (long long)t->min, (long long)t->max, t->unit);
		problem_add(ps, where, line, hint, "bad number '%s' for '%s'", text, t->name);
		return -EINVAL;
	}
	if (err || *ret < t->min || *ret > t->max) {
		problem_add(ps, where, line, NULL, "'%s' is %s, and its range is %lld to %lld %s", t->name, text,
			    (long long)t->min, (long long)t->max, t->unit);
		return -EINVAL;
	}
	return 0;
}

int tunable_parse(const struct tunable *t, const char *text, void *value, const char *where, unsigned int line,
		  struct problems *ps)
{
	int64_t v = 0;
	int err = 0;

	switch (t->kind) {
	case TUNABLE_STRING:
		if (strlen(text) < t->size) {
			memset(value, 0, t->size);
			memcpy(value, text, strlen(text));
			return 0;
		}
		problem_add(ps, where, line, NULL, "'%s' is %zu bytes long; at most %zu are allowed", t->name,
			    strlen(text), t->size - 1);
		return -EINVAL;
	case TUNABLE_BOOL:
		err = parse_choice(t, "no|yes", text, &v, where, line, ps);
		break;
	case TUNABLE_CHOICE:
		err = parse_choice(t, t->unit, text, &v, where, line, ps);
		break;
	case TUNABLE_NUMBER:
		err = parse_number(t, text, &v, where, line, ps);
		break;
	}
	if (!err)
		memcpy(value, &v, t->size);	/* an object's byte order is this machine's: libbpf takes no other */
	return err;
}

char *tunable_format(const struct tunable *t, const void *value)
{
	const char *word = t->unit;
	int64_t v = 0;
	int shift;

	if (t->kind == TUNABLE_STRING)
		return mem(strndup(value, t->size));
	memcpy(&v, value, t->size);
	if (t->kind == TUNABLE_BOOL)
		return copy_text(v ? "yes" : "no");
	if (t->kind == TUNABLE_CHOICE) {
		for (; v > 0 && *word; v--)
			word += strcspn(word, "|") + !!strchr(word, '|');
		return mem(strndup(word, strcspn(word, "|")));
	}
	shift = t->var == VAR_SIGNED ? 64 - 8 * t->size : 0;
	v = (int64_t)((uint64_t)v << shift) >> shift;
	return text_of("%lld", (long long)v);
}
