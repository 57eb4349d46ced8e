/* SPDX-License-Identifier: GPL-2.0 */
/*
 * view.h: what `top` shows, on the terminal, and its keys. Which rows there are is rows.c's, where they come from top.c's.
 */
#ifndef SCX_LOADER_VIEW_H
#define SCX_LOADER_VIEW_H

#include "problem.h"
#include "rows.h"

struct view {
	struct rows rows;
	char *trouble; /* why there is nothing new; NULL: there is */
	bool colours;  /* if the terminal has them */
	struct screen *terminal; /* ncurses' */
	size_t first; /* row at the top of the screen */
};

/* Take the terminal. Returns 0, or -ENOTTY after adding the problem: it can't show that. */
int view_begin(struct view *v, struct problems *ps);

/* Leave it as it was; frees what there is to show. */
void view_end(struct view *v);

void view_draw(struct view *v);

/* Do what the keys say that were pressed. False: the user has seen enough. */
bool view_keys(struct view *v);

/* The terminal has another size; or it is ours again, after the shell had it. */
void view_resize(struct view *v);
void view_again(struct view *v);

#endif
