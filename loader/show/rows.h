/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rows.h: what `top` shows, without the terminal: which nodes, in which order, which columns.
 *
 * The tree stays a tree: children are below their parent, sorted among themselves. A node can be folded, so that all that
 * is beneath it is not shown. What is folded and what is selected is kept by name while the documents come and go.
 */
#ifndef SCX_LOADER_ROWS_H
#define SCX_LOADER_ROWS_H

#include <stddef.h>
#include <sys/types.h>

#include "cells.h"

struct row {
	sd_json_variant *node; /* of the document */
	size_t nr_folded;      /* nodes beneath it that are not shown */
};

struct rows {
	sd_json_variant *status;
	struct row *list; /* those that are shown */
	size_t nr;
	size_t selected; /* in the list */
	enum cell sort;	 /* CELL_NODE: in the file's order */
	bool reverse;
	/* names; NULL: nothing */
	char **folded;
	size_t nr_folded;
	char *selected_name;
};

/* Show another document: a reference is taken. */
void rows_update(struct rows *r, sd_json_variant *status);

/* Sort by the column before (@step -1) or behind (1) that can be sorted by; or the other way round. */
void rows_sort_next(struct rows *r, int step);
void rows_sort_reverse(struct rows *r);

/* Fold what is beneath the selected node, or unfold it. */
void rows_fold(struct rows *r);

/* Fold what is beneath every node but root, or unfold all. */
void rows_fold_all(struct rows *r, bool folded);

/* Select another row: as many down, or up when negative, as there are. */
void rows_move(struct rows *r, ssize_t by);

/* The text of a cell, to be freed. A folded node tells how many are beneath it. */
char *rows_cell(const struct rows *r, size_t row, enum cell cell);

/**
 * rows_layout - which columns fit
 * @width: columns of the terminal
 * @ret_widths: of each column; 0: it is left out
 *
 * What tells least goes first; the name goes last, and is cut.
 */
void rows_layout(const struct rows *r, int width, int ret_widths[NR_CELLS]);

void rows_free(struct rows *r);

#endif
