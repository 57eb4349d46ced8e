// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "record.h"

int record_add(struct record *r, const char *key, const char *fmt, ...)
{
	_cleanup_(freep) char *value = NULL;
	size_t key_len = strlen(key), len;
	va_list args;
	char *text;
	int n;

	va_start(args, fmt);
	n = vasprintf(&value, fmt, args);
	va_end(args);
	if (n < 0) {
		value = NULL;
		return -ENOMEM;
	}
	len = key_len + 1 + n + 1;
	text = realloc(r->text, r->size + len);
	if (!text)
		return -ENOMEM;
	sprintf(text + r->size, "%s=%s", key, value);
	r->text = text;
	r->size += len;
	return 0;
}

/* The entry behind one; the first of all for NULL. NULL behind the last. */
static const char *next(const struct record *r, const char *at)
{
	at = at ? at + strlen(at) + 1 : r->text;
	return r->size && at < r->text + r->size ? at : NULL;
}

const char *record_get(const struct record *r, const char *key)
{
	size_t len = strlen(key);

	for (const char *at = next(r, NULL); at; at = next(r, at))
		if (!strncmp(at, key, len) && at[len] == '=')
			return at + len + 1;
	return NULL;
}

unsigned long long record_number(const struct record *r, const char *key)
{
	return strtoull(record_get(r, key) ?: "0", NULL, 10);
}

int record_read_number(const struct record *r, const char *key, uint64_t max, uint64_t *ret)
{
	const char *text = record_get(r, key) ?: "0";
	uint64_t number;

	if (!*text || text[strspn(text, "0123456789")])
		return -EINVAL;
	errno = 0;
	number = strtoull(text, NULL, 10);
	if (errno || number > max)
		return -EINVAL;
	*ret = number;
	return 0;
}

const char *record_next(const struct record *r, const char *prefix, const char *at)
{
	size_t len = strlen(prefix);

	while ((at = next(r, at)))
		if (!strncmp(at, prefix, len))
			return at + len;
	return NULL;
}

int record_check(const struct record *r)
{
	if (!r->size || r->text[r->size - 1])
		return -EINVAL;
	for (const char *at = next(r, NULL); at; at = next(r, at))
		if (!strchr(at, '='))
			return -EINVAL;
	return 0;
}

void record_clear(struct record *r)
{
	free(r->text);
	*r = (struct record){};
}
