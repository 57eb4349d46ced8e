/* SPDX-License-Identifier: GPL-2.0 */
/*
 * record.h: what is written down of something, as text: KEY=VALUE, each closed by a NUL, like the environment of a process.
 * A value is any text: nothing needs to be escaped.
 */
#ifndef SCX_LOADER_RECORD_H
#define SCX_LOADER_RECORD_H

#include <stddef.h>
#include <stdint.h>

struct record {
	char *text;
	size_t size;		/* bytes, the NULs too */
};

/* Add a key and its value. Returns 0 or -ENOMEM. */
int record_add(struct record *r, const char *key, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * record_get - the value of a key
 *
 * Of two the first. NULL: there is none.
 */
const char *record_get(const struct record *r, const char *key);

/* The number that is a key's value, 0 when there is none. */
unsigned long long record_number(const struct record *r, const char *key);

/* The same, which must be one of plain digits and at most @max. Returns 0 or -EINVAL. */
int record_read_number(const struct record *r, const char *key, uint64_t max, uint64_t *ret);

/**
 * record_next - walk over the keys that begin with some letters
 * @at: NULL to begin with; then what was returned
 *
 * Returns what follows these letters, "KEY=VALUE"; NULL behind the last.
 */
const char *record_next(const struct record *r, const char *prefix, const char *at);

/* Is this what record_add() makes? What is not has no keys. */
int record_check(const struct record *r);

void record_clear(struct record *r);

#endif
