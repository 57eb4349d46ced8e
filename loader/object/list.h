/* SPDX-License-Identifier: GPL-2.0 */
/*
 * list.h: what schedulers there are, for the user: `scx-loader list`.
 */
#ifndef SCX_LOADER_LIST_H
#define SCX_LOADER_LIST_H

#include <stdio.h>
#include <systemd/sd-json.h>

/* Show the schedulers on a search path: what each is, its flags and its keys; or why it can't be used. */
void list_schedulers(FILE *out, const char *search_path);

/*
 * The same as JSON: {"schedulers": [...]}, each with its "path", and either "problems" or "name", "description", "root",
 * "takes_subs", "own_arena", "flags" and "tunables". Returns 0 or -errno.
 */
int list_to_json(const char *search_path, sd_json_variant **ret);

#endif
