// SPDX-License-Identifier: GPL-2.0
/*
 * status.c: the status of a tree as a JSON document, and that document as a table.
 */
#include <errno.h>
#include <string.h>

#include "cells.h"
#include "cleanup.h"
#include "file/config.h"
#include "status.h"
#include "text.h"

static const char *const state_names[] = {
	[NODE_OPENED] = "opened", [NODE_ATTACHED] = "attached", [NODE_FAILED] = "failed",
	[NODE_EXITED] = "exited", [NODE_LEFT] = "left",		[NODE_WAITING] = "waiting",
};

const char *status_state_name(enum node_state state)
{
	return state < sizeof(state_names) / sizeof(state_names[0]) ? state_names[state] : NULL;
}

/* The kinds of fields.h */
#define JSON_TEXT(n, field)	SD_JSON_BUILD_PAIR_STRING(#field, (n)->field)
#define JSON_NULLABLE		JSON_TEXT
#define JSON_NUMBER(n, field)	SD_JSON_BUILD_PAIR_UNSIGNED(#field, (n)->field)
#define JSON_FLAG(n, field)	SD_JSON_BUILD_PAIR_BOOLEAN(#field, (n)->field)
#define JSON_STATE(n, field)	SD_JSON_BUILD_PAIR_STRING(#field, state_names[(n)->field])
#define JSON_EXIT(n, field)	SD_JSON_BUILD_PAIR_CALLBACK(#field, exit_to_json, (void *)&(n)->field)
#define JSON_WAIT(n, field)	SD_JSON_BUILD_PAIR_CALLBACK(#field, wait_to_json, (void *)&(n)->field)
#define JSON_WAITS(n, field)	SD_JSON_BUILD_PAIR_CALLBACK(#field, waits_to_json, (void *)(n)->field)

/* Of @n; a list ends with a comma, and so something has to follow it. */
#define JSON_FIELD(kind, type, field) JSON_##kind(n, field),
#define JSON_END SD_JSON_BUILD_PAIR_CONDITION(false, "", SD_JSON_BUILD_NULL)

static int exit_to_json(sd_json_variant **ret, const char *, void *arg)
{
	const struct exit_record *e = arg;

	if (!e->kind)
		return sd_json_variant_new_null(ret);
	return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_INTEGER("kind", e->kind),
			      SD_JSON_BUILD_PAIR_INTEGER("code", e->code), JSON_TEXT(e, reason), JSON_TEXT(e, msg));
}

static int wait_to_json(sd_json_variant **ret, const char *, void *arg)
{
	const int64_t *ns = arg;

	return *ns < 0 ? sd_json_variant_new_null(ret) : sd_json_variant_new_integer(ret, *ns);
}

static int waits_to_json(sd_json_variant **ret, const char *, void *arg)
{
	const uint64_t *nr_waits = arg;

	for (size_t i = 0; i < POOL_WAITS; i++) {
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *nr = NULL;
		int r = sd_json_variant_new_unsigned(&nr, nr_waits[i]);

		if (r >= 0)
			r = sd_json_variant_append_array(ret, nr);
		if (r < 0)
			return r;
	}
	return 0;
}

static int node_to_json(const struct node_status *n, sd_json_variant **ret)
{
	return sd_json_buildo(ret, NODE_FIELDS(FIELD_NO_NOTE, JSON_FIELD) JSON_END);
}

static int group_to_json(const struct group_status *n, sd_json_variant **ret)
{
	return sd_json_buildo(ret, GROUP_FIELDS(FIELD_NO_NOTE, JSON_FIELD) JSON_END);
}

static int groups_to_json(const struct tree_status *st, sd_json_variant **ret)
{
	int r = sd_json_variant_new_array(ret, NULL, 0);

	for (size_t i = 0; i < st->nr_groups && r >= 0; i++) {
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *group = NULL;

		r = group_to_json(&st->groups[i], &group);
		if (r >= 0)
			r = sd_json_variant_append_array(ret, group);
	}
	return r;
}

static int pool_to_json(const struct pool_status *p, sd_json_variant **ret)
{
	return sd_json_buildo(ret, JSON_NUMBER(p, nr_pages), JSON_NUMBER(p, nr_fixed), JSON_NUMBER(p, nr_region),
			      JSON_NUMBER(p, nr_guard), JSON_NUMBER(p, nr_high), JSON_NUMBER(p, nr_kernel));
}

static int file_to_json(const struct file_status *f, sd_json_variant **ret)
{
	return sd_json_buildo(ret, JSON_TEXT(f, path), JSON_TEXT(f, problem),
			      SD_JSON_BUILD_PAIR_STRV("differences", f->differences));
}

int status_to_json(const struct tree_status *st, sd_json_variant **ret)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *file = NULL, *pool = NULL, *nodes = NULL, *groups = NULL;
	int r;

	r = file_to_json(&st->file, &file);
	if (r < 0)
		return r;
	r = pool_to_json(&st->pool, &pool);
	if (r < 0)
		return r;
	r = groups_to_json(st, &groups);
	if (r < 0)
		return r;
	for (size_t i = 0; i < st->nr_nodes; i++) {
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *node = NULL;

		r = node_to_json(&st->nodes[i], &node);
		if (r < 0)
			return r;
		r = sd_json_variant_append_array(&nodes, node);
		if (r < 0)
			return r;
	}
	return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_VARIANT("file", file), SD_JSON_BUILD_PAIR_VARIANT("pool", pool),
			      JSON_NUMBER(st, nr_online), SD_JSON_BUILD_PAIR_VARIANT("nodes", nodes),
			      SD_JSON_BUILD_PAIR_VARIANT("groups", groups));
}

/* Where colours are wanted: SGR codes. */
static const char *const tones[] = { [TONE_PLAIN] = "", [TONE_BAD] = "\033[31m", [TONE_NOTE] = "\033[33m" };

#define BOLD	"\033[1m"
#define NORMAL	"\033[0m"

struct row {
	char *cell[NR_CELLS];
};

struct table {
	struct row *rows;
	size_t nr_rows;
	int width[NR_CELLS];
	bool colours;
	FILE *out;
};

static void table_free(struct table *t)
{
	for (size_t i = 0; i < t->nr_rows; i++)
		for (enum cell c = 0; c < NR_CELLS; c++)
			free(t->rows[i].cell[c]);
	free(t->rows);
}

static void table_fill(struct table *t, sd_json_variant *nodes)
{
	t->nr_rows = sd_json_variant_elements(nodes);
	t->rows = mem(calloc(t->nr_rows ?: 1, sizeof(*t->rows)));
	for (enum cell c = 0; c < NR_CELLS; c++) {
		t->width[c] = text_width(columns[c].title);
		for (size_t i = 0; i < t->nr_rows; i++) {
			char *text = cell_text(sd_json_variant_by_index(nodes, i), c);

			t->rows[i].cell[c] = text;
			if (text_width(text) > t->width[c])
				t->width[c] = text_width(text);
		}
	}
}

/* A cell, without blanks at the end of the line. */
static void print_cell(const struct table *t, enum cell c, const char *text, const char *tone)
{
	int width = columns[c].right ? t->width[c] : c + 1 < NR_CELLS ? -t->width[c] : 0;
	bool coloured = t->colours && *tone;

	fprintf(t->out, "%s%s", c ? "  " : "", coloured ? tone : "");
	text_pad(t->out, text, width);
	fputs(coloured ? NORMAL : "", t->out);
}

static void print_row(const struct table *t, size_t i, sd_json_variant *node)
{
	for (enum cell c = 0; c < NR_CELLS; c++)
		print_cell(t, c, t->rows[i].cell[c], tones[cell_tone(node, c)]);
	fputc('\n', t->out);
}

static void indent(const struct table *t, sd_json_variant *node)
{
	fprintf(t->out, "%*s", (int)node_number(node, "depth") * 2 + 2, "");
}

static void print_cids(const struct table *t, sd_json_variant *node)
{
	if (!*node_string(node, "cids"))
		return;
	indent(t, node);
	fprintf(t->out, "own cids: %s (CPUs %s)%s\n", node_string(node, "cids"), node_string(node, "cpus"),
		node_flag(node, "widened") ? ", which it can't use now: it competes for all" : "");
}

static void print_unweighed(const struct table *t, sd_json_variant *node)
{
	if (!node_flag(node, "unweighed"))
		return;
	indent(t, node);
	fprintf(t->out, "the cpu controller of its cgroup was taken away: it has no weight\n");
}

/* How often it was attached again, and what it waits for or how it ended the last time. */
static void print_story(const struct table *t, sd_json_variant *node)
{
	unsigned long long nr = node_number(node, "nr_restarts");
	_cleanup_(freep) char *awaited = awaited_text(node), *end = awaited ? NULL : exit_text(node);

	if (nr || end || awaited)
		indent(t, node);
	if (nr)
		fprintf(t->out, "restarted %llu time%s%s", nr, nr == 1 ? "" : "s", end || awaited ? "; " : "\n");
	if (awaited)
		fprintf(t->out, "waits for %s\n", awaited);
	if (end)
		fprintf(t->out, "%sended: %s\n", node_is_attached(node) ? "last " : "", end);
}

static unsigned long long sum(sd_json_variant *nodes, const char *key)
{
	unsigned long long all = 0;

	for (size_t i = 0; i < sd_json_variant_elements(nodes); i++)
		all += node_number(sd_json_variant_by_index(nodes, i), key);
	return all;
}

static void print_pool(sd_json_variant *pool, sd_json_variant *nodes, FILE *out)
{
	fprintf(out, "pool: %llu pages, %llu fixed, %llu in regions (high-water %llu), %llu guards, %llu the kernel's",
		node_number(pool, "nr_pages"), node_number(pool, "nr_fixed"), node_number(pool, "nr_region"),
		node_number(pool, "nr_high"), node_number(pool, "nr_guard"), node_number(pool, "nr_kernel"));
	if (sum(nodes, "kernel_bytes"))
		fprintf(out, " (%llu of %llu bytes used)", sum(nodes, "kernel_used"), sum(nodes, "kernel_bytes"));
	fputc('\n', out);
}

static void print_file(sd_json_variant *file, FILE *out)
{
	size_t nr = sd_json_variant_elements(sd_json_variant_by_key(file, "differences"));
	const char *problem = node_string(file, "problem");

	if (*problem)
		fprintf(out, "file: '%s' can't be read: %s\n", node_string(file, "path"), problem);
	else if (nr)
		fprintf(out, "* differs from '%s'; 'scx-loader reload --dry-run' shows the %zu step%s to it\n",
			node_string(file, "path"), nr, nr == 1 ? "" : "s");
}

static int refuse_node(sd_json_variant *nodes, const char *name, struct problems *ps)
{
	size_t nr = sd_json_variant_elements(nodes);
	_cleanup_(freep) const char **names = mem(calloc(nr + 1, sizeof(*names)));
	const char *near;

	for (size_t i = 0; i < nr; i++)
		names[i] = node_string(sd_json_variant_by_index(nodes, i), "name");
	near = config_suggest(name, names);
	problem_add(ps, NULL, 0, near ? NULL : "see 'scx-loader status'", "no node '%s' in this tree%s%s%s", name,
		    near ? "; did you mean '" : "", near ?: "", near ? "'?" : "");
	return -ENOENT;
}

int status_of_node(sd_json_variant *status, const char *name, sd_json_variant **ret, struct problems *ps)
{
	sd_json_variant *nodes = sd_json_variant_by_key(status, "nodes");
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *some = NULL;
	unsigned long long depth = 0;

	for (size_t i = 0; i < sd_json_variant_elements(nodes); i++) {
		sd_json_variant *node = sd_json_variant_by_index(nodes, i);
		int r;

		if (some && node_number(node, "depth") <= depth)
			break;
		if (!some && strcmp(node_string(node, "name"), name))
			continue;
		if (!some)
			depth = node_number(node, "depth");
		r = sd_json_variant_append_array(&some, node);
		if (r < 0)
			return r;
	}
	return some ? sd_json_buildo(ret, SD_JSON_BUILD_PAIR_VARIANT("nodes", some)) : refuse_node(nodes, name, ps);
}

bool status_is_healthy(sd_json_variant *status)
{
	sd_json_variant *nodes = sd_json_variant_by_key(status, "nodes"),
			*file = sd_json_variant_by_key(status, "file");

	for (size_t i = 0; i < sd_json_variant_elements(nodes); i++) {
		sd_json_variant *node = sd_json_variant_by_index(nodes, i);

		if ((!node_is_attached(node) && !node_is_waiting(node)) || node_flag(node, "differs") ||
		    node_flag(node, "unweighed"))
			return false;
	}
	return !*node_string(file, "problem") && !sd_json_variant_elements(sd_json_variant_by_key(file, "differences"));
}

void status_print(sd_json_variant *status, bool colours, FILE *out)
{
	sd_json_variant *nodes = sd_json_variant_by_key(status, "nodes");
	_cleanup_(table_free) struct table t = { .colours = colours, .out = out };

	table_fill(&t, nodes);
	for (enum cell c = 0; c < NR_CELLS; c++)
		print_cell(&t, c, columns[c].title, BOLD);
	fputc('\n', out);
	for (size_t i = 0; i < t.nr_rows; i++) {
		sd_json_variant *node = sd_json_variant_by_index(nodes, i);

		print_row(&t, i, node);
		print_cids(&t, node);
		print_unweighed(&t, node);
		print_story(&t, node);
	}
	if (sd_json_variant_by_key(status, "pool"))
		print_pool(sd_json_variant_by_key(status, "pool"), nodes, out);
	print_file(sd_json_variant_by_key(status, "file"), out);
}
