// SPDX-License-Identifier: GPL-2.0
/*
 * status.c: the status of a tree as a JSON document, and that document as a table.
 */
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "status.h"

static const char *const state_names[] = {
	[NODE_ATTACHED] = "attached",
	[NODE_FAILED] = "failed",
	[NODE_EXITED] = "exited",
};

static int node_to_json(const struct node_status *n, sd_json_variant **ret)
{
#define STRING(field)	SD_JSON_BUILD_PAIR_STRING(#field, n->field)
#define NUMBER(field)	SD_JSON_BUILD_PAIR_UNSIGNED(#field, n->field)
	return sd_json_buildo(ret,
		STRING(name), STRING(cgroup), STRING(sched), STRING(object), STRING(parent), NUMBER(depth),
		SD_JSON_BUILD_PAIR_STRING("state", state_names[n->state]),
		SD_JSON_BUILD_PAIR_CONDITION(!n->exit.kind, "exit", SD_JSON_BUILD_NULL),
		SD_JSON_BUILD_PAIR_CONDITION(n->exit.kind, "exit", SD_JSON_BUILD_OBJECT(
			SD_JSON_BUILD_PAIR_INTEGER("kind", n->exit.kind),
			SD_JSON_BUILD_PAIR_INTEGER("code", n->exit.code),
			SD_JSON_BUILD_PAIR_STRING("reason", n->exit.reason),
			SD_JSON_BUILD_PAIR_STRING("msg", n->exit.msg))),
		NUMBER(weight), NUMBER(nr_tasks), NUMBER(nr_queued),
		NUMBER(nr_enqueued), NUMBER(nr_dispatched), NUMBER(nr_direct), NUMBER(nr_kept),
		NUMBER(nr_reenq), NUMBER(nr_reenq_cap), NUMBER(nr_rescued), NUMBER(nr_degraded), NUMBER(nr_full),
		NUMBER(used_ns),
		NUMBER(slab_used), NUMBER(slab_high), NUMBER(slab_capacity), NUMBER(slab_stride),
		NUMBER(region), NUMBER(region_pages),
		SD_JSON_BUILD_PAIR_BOOLEAN("made_cgroup", n->made_cgroup));
#undef STRING
#undef NUMBER
}

int status_to_json(const struct tree_status *st, sd_json_variant **ret)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *nodes = NULL;
	const struct pool_status *pool = &st->pool;
	int r;

	for (size_t i = 0; i < st->nr_nodes; i++) {
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *node = NULL;

		r = node_to_json(&st->nodes[i], &node);
		if (r < 0)
			return r;
		r = sd_json_variant_append_array(&nodes, node);
		if (r < 0)
			return r;
	}

#define NUMBER(field)	SD_JSON_BUILD_PAIR_UNSIGNED(#field, pool->field)
	return sd_json_buildo(ret,
		SD_JSON_BUILD_PAIR_OBJECT("pool",
			NUMBER(nr_pages), NUMBER(nr_fixed), NUMBER(nr_region), NUMBER(nr_guard), NUMBER(nr_high),
			NUMBER(nr_kernel)),
		SD_JSON_BUILD_PAIR_VARIANT("nodes", nodes));
#undef NUMBER
}

static uint64_t number(sd_json_variant *object, const char *key)
{
	return sd_json_variant_unsigned(sd_json_variant_by_key(object, key));
}

static const char *string(sd_json_variant *object, const char *key)
{
	return sd_json_variant_string(sd_json_variant_by_key(object, key)) ?: "";
}

/* The cells of a line: each returns what asprintf() does. */

static int name_cell(char **ret, sd_json_variant *node, const char *key)
{
	return asprintf(ret, "%*s%s", (int)number(node, "depth") * 2, "", string(node, key));
}

static int string_cell(char **ret, sd_json_variant *node, const char *key)
{
	return asprintf(ret, "%s", string(node, key));
}

static int number_cell(char **ret, sd_json_variant *node, const char *key)
{
	return asprintf(ret, "%" PRIu64, number(node, key));
}

/* Root competes with nobody. */
static int weight_cell(char **ret, sd_json_variant *node, const char *key)
{
	return number(node, "depth") ? number_cell(ret, node, key) : asprintf(ret, "-");
}

/* By whatever way its scheduler put tasks on CPUs. */
static int dispatched_cell(char **ret, sd_json_variant *node, const char *key)
{
	return asprintf(ret, "%" PRIu64, number(node, key) + number(node, "nr_direct"));
}

static int seconds_cell(char **ret, sd_json_variant *node, const char *key)
{
	return asprintf(ret, "%.1fs", number(node, key) / 1e9);
}

/* Task contexts: in use, the most that ever were, all; a scheduler with an arena of its own has none of ours. */
static int slab_cell(char **ret, sd_json_variant *node, const char *key)
{
	if (!number(node, "slab_capacity"))
		return asprintf(ret, "-");
	return asprintf(ret, "%" PRIu64 "/%" PRIu64 "/%" PRIu64, number(node, key), number(node, "slab_high"),
			number(node, "slab_capacity"));
}

static const struct column {
	const char *title;
	bool right;
	int (*cell)(char **ret, sd_json_variant *node, const char *key);
	const char *key;
} columns[] = {
	{ "NODE",	false,	name_cell,	"name" },
	{ "SCHED",	false,	string_cell,	"sched" },
	{ "CGROUP",	false,	string_cell,	"cgroup" },
	{ "WEIGHT",	true,	weight_cell,	"weight" },
	{ "STATE",	false,	string_cell,	"state" },
	{ "TASKS",	true,	number_cell,	"nr_tasks" },
	{ "QUEUED",	true,	number_cell,	"nr_queued" },
	{ "DISPATCHED",	true,	dispatched_cell, "nr_dispatched" },
	{ "CPU",	true,	seconds_cell,	"used_ns" },
	{ "USED/HIGH/SLAB", true, slab_cell,	"slab_used" },
};

#define NR_COLUMNS (sizeof(columns) / sizeof(columns[0]))

struct row {
	char *cell[NR_COLUMNS];
};

struct table {
	struct row *rows;
	size_t nr_rows;
	int width[NR_COLUMNS];
};

static void table_free(struct table *t)
{
	for (size_t i = 0; i < t->nr_rows; i++)
		for (size_t c = 0; c < NR_COLUMNS; c++)
			free(t->rows[i].cell[c]);
	free(t->rows);
}

static int table_fill(struct table *t, sd_json_variant *nodes)
{
	t->nr_rows = sd_json_variant_elements(nodes);
	t->rows = calloc(t->nr_rows ?: 1, sizeof(*t->rows));
	if (!t->rows) {
		t->nr_rows = 0;
		return -ENOMEM;
	}
	for (size_t c = 0; c < NR_COLUMNS; c++) {
		t->width[c] = strlen(columns[c].title);
		for (size_t i = 0; i < t->nr_rows; i++) {
			int n = columns[c].cell(&t->rows[i].cell[c], sd_json_variant_by_index(nodes, i), columns[c].key);

			if (n < 0) {
				t->rows[i].cell[c] = NULL;
				return -ENOMEM;
			}
			if (n > t->width[c])
				t->width[c] = n;
		}
	}
	return 0;
}

/* Text of a line's cell, without blanks at the end of the line. */
static void print_cell(const struct table *t, size_t c, const char *text, FILE *out)
{
	int width = columns[c].right ? t->width[c] : c + 1 < NR_COLUMNS ? -t->width[c] : 0;

	fprintf(out, "%s%*s", c ? "  " : "", width, text);
}

static void print_exit(sd_json_variant *node, FILE *out)
{
	sd_json_variant *end = sd_json_variant_by_key(node, "exit");
	int64_t code = sd_json_variant_integer(sd_json_variant_by_key(end, "code"));
	const char *msg = string(end, "msg");

	if (!end || sd_json_variant_is_null(end))
		return;
	fprintf(out, "%*sended: %s", (int)number(node, "depth") * 2 + 2, "", string(end, "reason"));
	if (code)
		fprintf(out, " (%" PRId64 ")", code);
	fprintf(out, "%s%s\n", *msg ? ": " : "", msg);
}

int status_print(sd_json_variant *status, FILE *out)
{
	sd_json_variant *nodes = sd_json_variant_by_key(status, "nodes");
	sd_json_variant *pool = sd_json_variant_by_key(status, "pool");
	_cleanup_(table_free) struct table t = {};
	int r;

	r = table_fill(&t, nodes);
	if (r < 0)
		return r;

	for (size_t c = 0; c < NR_COLUMNS; c++)
		print_cell(&t, c, columns[c].title, out);
	fputc('\n', out);
	for (size_t i = 0; i < t.nr_rows; i++) {
		for (size_t c = 0; c < NR_COLUMNS; c++)
			print_cell(&t, c, t.rows[i].cell[c], out);
		fputc('\n', out);
		print_exit(sd_json_variant_by_index(nodes, i), out);
	}
	fprintf(out, "pool: %" PRIu64 " pages, %" PRIu64 " fixed, %" PRIu64 " in regions (high-water %" PRIu64 "), %" PRIu64
		" guards, %" PRIu64 " the kernel's\n", number(pool, "nr_pages"), number(pool, "nr_fixed"),
		number(pool, "nr_region"), number(pool, "nr_high"), number(pool, "nr_guard"), number(pool, "nr_kernel"));
	return 0;
}
