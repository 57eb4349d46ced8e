// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "rows.h"
#include "text.h"

#define GAP	2	/* blanks between columns */

/* Columns that one may sort by, and what by. The highest comes first; names do not count: the file's order does. */
static const struct {
	enum cell cell;
	const char *keys[2]; /* of the node; their sum */
} sorts[] = {
	{ CELL_NODE, { NULL, NULL } },
	{ CELL_WEIGHT, { "weight", NULL } },
	{ CELL_ENTITLED, { "entitled_milli", NULL } },
	{ CELL_CPUS, { "delivered_milli", NULL } },
	{ CELL_RUN, { "nr_queued", "nr_running" } },
	{ CELL_P99, { "p99_wait_ns", NULL } },
	{ CELL_SLAB, { "slab_used", NULL } },
};

#define NR_SORTS	(sizeof(sorts) / sizeof(sorts[0]))

/* What is left out first when there is no room. */
static const enum cell dispensable[] = { CELL_CGROUP, CELL_SCHED, CELL_SLAB,	 CELL_STATE, CELL_WEIGHT,
					 CELL_P99,    CELL_RUN,	  CELL_ENTITLED, CELL_CPUS };

static size_t sort_of(enum cell cell)
{
	size_t i = 0;

	while (i < NR_SORTS && sorts[i].cell != cell)
		i++;
	return i < NR_SORTS ? i : 0;
}

static sd_json_variant *nodes_of(const struct rows *r)
{
	return sd_json_variant_by_key(r->status, "nodes");
}

static sd_json_variant *node_at(const struct rows *r, size_t i)
{
	return sd_json_variant_by_index(nodes_of(r), i);
}

/* Where in the document the one is that is not beneath node @i any more. */
static size_t end_of(const struct rows *r, size_t i)
{
	size_t nr = sd_json_variant_elements(nodes_of(r)), end = i + 1;
	unsigned long long depth = node_number(node_at(r, i), "depth");

	while (end < nr && node_number(node_at(r, end), "depth") > depth)
		end++;
	return end;
}

static size_t *find_folded(const struct rows *r, const char *name, size_t *ret)
{
	for (*ret = 0; *ret < r->nr_folded; (*ret)++)
		if (!strcmp(r->folded[*ret], name))
			return ret;
	return NULL;
}

static bool is_folded(const struct rows *r, sd_json_variant *node)
{
	return find_folded(r, node_string(node, "name"), &(size_t){ 0 });
}

static unsigned long long sort_value(const struct rows *r, size_t i)
{
	size_t sort = sort_of(r->sort);
	unsigned long long sum = 0;

	for (size_t k = 0; k < 2 && sorts[sort].keys[k]; k++)
		sum += node_number(node_at(r, i), sorts[sort].keys[k]);
	return sum;
}

/* Does node @a come before node @b, which is further down in the document? */
static bool comes_first(const struct rows *r, size_t a, size_t b)
{
	unsigned long long value_a = sort_value(r, a), value_b = sort_value(r, b);

	if (!sort_of(r->sort))
		return !r->reverse;
	return r->reverse ? value_a <= value_b : value_a >= value_b;
}

static void add_row(struct rows *r, size_t i);

/* The nodes from @i up to @end that are children of one: sorted by insertion, as equals stay in their order. */
static void add_children(struct rows *r, size_t i, size_t end)
{
	_cleanup_(freep) size_t *children = mem(calloc(end - i + 1, sizeof(*children)));
	size_t nr = 0, at;

	for (; i < end; i = end_of(r, i)) {
		for (at = nr++; at && !comes_first(r, children[at - 1], i); at--)
			children[at] = children[at - 1];
		children[at] = i;
	}
	for (at = 0; at < nr; at++)
		add_row(r, children[at]);
}

static void add_row(struct rows *r, size_t i)
{
	struct row *row = &r->list[r->nr++];

	*row = (struct row){ .node = node_at(r, i) };
	if (is_folded(r, row->node))
		row->nr_folded = end_of(r, i) - i - 1;
	else
		add_children(r, i + 1, end_of(r, i));
}

/* The row of the selected node; of one that is not shown any more, the row that is there instead. */
static void find_selected(struct rows *r)
{
	for (size_t i = 0; i < r->nr && r->selected_name; i++)
		if (!strcmp(node_string(r->list[i].node, "name"), r->selected_name))
			r->selected = i;
	rows_move(r, 0);
}

static void rebuild(struct rows *r)
{
	size_t nr = sd_json_variant_elements(nodes_of(r));

	free(r->list);
	r->nr = 0;
	r->list = mem(calloc(nr + 1, sizeof(*r->list)));
	add_children(r, 0, nr);
	find_selected(r);
}

void rows_update(struct rows *r, sd_json_variant *status)
{
	sd_json_variant_ref(status);
	sd_json_variant_unref(r->status);
	r->status = status;
	rebuild(r);
}

void rows_sort_next(struct rows *r, int step)
{
	size_t i = sort_of(r->sort);

	if ((step < 0 && i) || (step > 0 && i + 1 < NR_SORTS))
		r->sort = sorts[i + step].cell;
	rebuild(r);
}

void rows_sort_reverse(struct rows *r)
{
	r->reverse = !r->reverse;
	rebuild(r);
}

static void fold(struct rows *r, sd_json_variant *node)
{
	r->folded = mem(reallocarray(r->folded, r->nr_folded + 1, sizeof(*r->folded)));
	r->folded[r->nr_folded++] = copy_text(node_string(node, "name"));
}

static bool has_rows_beneath(const struct rows *r, size_t row)
{
	return row + 1 < r->nr && node_number(r->list[row + 1].node, "depth") > node_number(r->list[row].node, "depth");
}

void rows_fold(struct rows *r)
{
	sd_json_variant *node = r->nr ? r->list[r->selected].node : NULL;
	size_t i;

	if (!node)
		return;
	if (find_folded(r, node_string(node, "name"), &i)) {
		free(r->folded[i]);
		r->folded[i] = r->folded[--r->nr_folded];
	} else if (has_rows_beneath(r, r->selected)) {
		fold(r, node);
	}
	rebuild(r);
}

static void unfold_all(struct rows *r)
{
	for (size_t i = 0; i < r->nr_folded; i++)
		free(r->folded[i]);
	free(r->folded);
	r->folded = NULL;
	r->nr_folded = 0;
}

void rows_fold_all(struct rows *r, bool folded)
{
	size_t nr = sd_json_variant_elements(nodes_of(r));

	unfold_all(r);
	for (size_t i = 1; folded && i < nr; i++)
		if (end_of(r, i) > i + 1)
			fold(r, node_at(r, i));
	rebuild(r);
}

void rows_move(struct rows *r, ssize_t by)
{
	ssize_t to = (ssize_t)r->selected + by;

	if (to >= (ssize_t)r->nr)
		to = (ssize_t)r->nr - 1;
	r->selected = to > 0 ? to : 0;
	free(r->selected_name);
	r->selected_name = r->nr ? copy_text(node_string(r->list[r->selected].node, "name")) : NULL;
}

char *rows_cell(const struct rows *r, size_t row, enum cell cell)
{
	const struct row *shown = &r->list[row];
	_cleanup_(freep) char *text = cell_text(shown->node, cell);

	return cell == CELL_NODE && shown->nr_folded ? text_of("%s +%zu", text, shown->nr_folded) : take_ptr(text);
}

static int width_of(const struct rows *r, enum cell cell)
{
	int width = text_width(columns[cell].title);

	for (size_t i = 0; i < r->nr; i++) {
		_cleanup_(freep) char *text = rows_cell(r, i, cell);

		if (text_width(text) > width)
			width = text_width(text);
	}
	return width;
}

void rows_layout(const struct rows *r, int width, int ret_widths[NR_CELLS])
{
	int sum = -GAP;

	for (enum cell c = 0; c < NR_CELLS; c++) {
		ret_widths[c] = width_of(r, c);
		sum += ret_widths[c] + GAP;
	}
	for (size_t i = 0; i < sizeof(dispensable) / sizeof(dispensable[0]) && sum > width; i++) {
		sum -= ret_widths[dispensable[i]] + GAP;
		ret_widths[dispensable[i]] = 0;
	}
	if (sum > width)
		ret_widths[CELL_NODE] = width > 0 ? width : 0;
}

void rows_free(struct rows *r)
{
	unfold_all(r);
	free(r->selected_name);
	free(r->list);
	sd_json_variant_unref(r->status);
	*r = (struct rows){};
}
