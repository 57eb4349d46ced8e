/* SPDX-License-Identifier: GPL-2.0 */
/*
 * list.h: what schedulers there are, for the user: `scx-loader list`.
 */
#ifndef SCX_LOADER_LIST_H
#define SCX_LOADER_LIST_H

#include <stdio.h>

/* Show the schedulers on a search path: what each is, its flags and its keys; or why it can't be used. */
void list_schedulers(FILE *out, const char *search_path);

#endif
