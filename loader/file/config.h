/* SPDX-License-Identifier: GPL-2.0 */
/*
 * config.h: a hierarchy file, or what `scx-loader attach` was given, to checked structs. The format: hierarchy.ini(5).
 */
#ifndef SCX_LOADER_CONFIG_H
#define SCX_LOADER_CONFIG_H

#include "hierarchy.h"

#define CONFIG_NAME_MAX	63	/* bytes of a section's name and of a key */

/**
 * config_read - read a hierarchy file
 * @ret: the hierarchy, checked and finished (hierarchy_finish()); untouched after an error
 * @ps: what is wrong; all of it
 *
 * Whether the schedulers exist and know their settings is object.c's to check. Returns 0, -EINVAL when the file is
 * wrong, or what opening or reading the file answered.
 */
int config_read(const char *path, struct hierarchy **ret, struct problems *ps);

/*
 * The same, to go on and find what else is wrong: @ret is what the file says as far as it could be read, or NULL. A node whose
 * cgroup could not has "?".
 */
int config_read_some(const char *path, struct hierarchy **ret, struct problems *ps);

/**
 * config_node - make the node of `attach CGROUP SCHED`, checked as a section's keys are
 * @ret: named after its cgroup: 'web-batch' for '/web/batch'; untouched after an error
 *
 * Returns 0, or -EINVAL after adding the problems.
 */
int config_node(const char *cgroup, const char *sched, struct node **ret, struct problems *ps);

/**
 * config_node_option - set `key=value` in a node as a line of its section would
 *
 * Returns 0, or -EINVAL after adding the problem.
 */
int config_node_option(struct node *node, const char *key_eq_value, struct problems *ps);

/**
 * config_change_node - set keys of a node that has some already, each `key=value`, NULL behind the last
 *
 * What the node says of them is replaced. Returns as config_node_option(); after an error the node can only be freed.
 */
int config_change_node(struct node *node, char *const *settings, struct problems *ps);

/* The same for [root]. */
int config_change_root(struct hierarchy *h, char *const *settings, struct problems *ps);

/* The reserved keys of a node's section and of [root], one by one from 0; NULL behind the last. */
const char *config_node_key(size_t i);
const char *config_root_key(size_t i);

/**
 * config_suggest - the candidate that was probably meant
 * @candidates: ends with NULL
 *
 * The nearest by Damerau-Levenshtein distance, case aside; NULL when that is more than 2 or more than a third of @word.
 */
const char *config_suggest(const char *word, const char *const *candidates);

#endif
