/* SPDX-License-Identifier: GPL-2.0 */
/*
 * section.h: what a section may say: the reserved keys of a node and of [root], and the checks of their values. Knows
 * nothing of lines and files: config.c hands it a key and a value, from a file or from an option of `attach`.
 */
#ifndef SCX_LOADER_SECTION_H
#define SCX_LOADER_SECTION_H

#include "hierarchy.h"

struct key;

/* Where something stands, as problem_add() takes it: a file and a line, or "option 'weight=0'" and 0. */
struct origin {
	const char *where;
	unsigned int line;
};

/* What is being filled: a node, or the root of a hierarchy. */
struct section {
	const char *name;	/* NULL: nothing, the file's first section is yet to come */
	unsigned int line;
	const struct key *keys;
	void *base;		/* what the keys' offsets count from */
	uint32_t *given;	/* a bit for each of the keys that was said */
	struct settings *settings;
	bool incomplete;	/* a line of it was refused: it may have said what seems to be missing */
};

struct section section_of_node(struct node *node);
struct section section_of_root(struct hierarchy *h);

/* Check a key and its value and set it. Returns 0, or -EINVAL after adding the problems. */
int section_set(const struct section *s, const char *key, const char *value, const struct origin *at,
		struct problems *ps);

/* Check that every required key was said. Returns 0, or -EINVAL after adding the problems. */
int section_check_complete(const struct section *s, const char *file, struct problems *ps);

/* What it takes to change a key while the tree runs. */
enum key_change {
	CHANGE_SWAP,	/* the scheduler is attached anew */
	CHANGE_LIVE,	/* in place */
	CHANGE_NOTHING,	/* the key is only checked */
};

/* The reserved keys, one by one from 0; NULL behind the last. */
const char *section_key(const struct section *s, size_t i, enum key_change *ret);

/* The value of the @i-th key as a file would say it; "" when there is none. To be freed. */
char *section_value(const struct section *s, size_t i);

/* Where it was said, 0 where it was not. */
unsigned int section_line(const struct section *s, size_t i);

/* Is this a key that only a section in a file may say? */
bool section_file_only(const struct section *s, const char *key);

#endif
