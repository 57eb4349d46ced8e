// SPDX-License-Identifier: GPL-2.0
/*
 * status.c: the status of a tree as a JSON document, and that document as a table.
 */
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "status.h"

static const char *const state_names[] = {
	[NODE_OPENED] = "opened",
	[NODE_ATTACHED] = "attached",
	[NODE_FAILED] = "failed",
	[NODE_EXITED] = "exited",
};

#define STRING(object, field) SD_JSON_BUILD_PAIR_STRING(#field, object->field)
#define NUMBER(object, field) SD_JSON_BUILD_PAIR_UNSIGNED(#field, object->field)
#define SIGNED(object, field) SD_JSON_BUILD_PAIR_INTEGER(#field, object->field)
#define BOOLEAN(object, field) SD_JSON_BUILD_PAIR_BOOLEAN(#field, object->field)

static int exit_to_json(const struct exit_record *e, sd_json_variant **ret)
{
	if (!e->kind)
		return sd_json_variant_new_null(ret);
	return sd_json_buildo(ret, SIGNED(e, kind), SIGNED(e, code), STRING(e, reason), STRING(e, msg));
}

static int node_to_json(const struct node_status *n, sd_json_variant **ret)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *end = NULL;
	int r;

	r = exit_to_json(&n->exit, &end);
	if (r < 0)
		return r;
	/* clang-format off */
	return sd_json_buildo(ret,
		STRING(n, name), STRING(n, cgroup), STRING(n, sched), STRING(n, object), STRING(n, parent),
		NUMBER(n, depth),
		SD_JSON_BUILD_PAIR_STRING("state", state_names[n->state]),
		SD_JSON_BUILD_PAIR_VARIANT("exit", end),
		NUMBER(n, weight), NUMBER(n, quota_us), NUMBER(n, period_us), NUMBER(n, burst_us),
		STRING(n, cids), STRING(n, cpus),
		NUMBER(n, nr_periods), NUMBER(n, nr_throttled), NUMBER(n, nr_tasks), NUMBER(n, nr_queued),
		NUMBER(n, nr_enqueued), NUMBER(n, nr_dispatched), NUMBER(n, nr_direct), NUMBER(n, nr_preempt),
		NUMBER(n, nr_kept), NUMBER(n, nr_reenq), NUMBER(n, nr_reenq_cap), NUMBER(n, nr_rescued),
		NUMBER(n, nr_degraded), NUMBER(n, nr_full), NUMBER(n, nr_orphans),
		NUMBER(n, used_ns),
		NUMBER(n, slab_used), NUMBER(n, slab_high), NUMBER(n, slab_capacity), NUMBER(n, slab_stride),
		NUMBER(n, region), NUMBER(n, region_pages),
		NUMBER(n, kernel_bytes), NUMBER(n, kernel_used),
		BOOLEAN(n, foreign), BOOLEAN(n, made_cgroup), BOOLEAN(n, differs));
	/* clang-format on */
}

static int pool_to_json(const struct pool_status *p, sd_json_variant **ret)
{
	return sd_json_buildo(ret, NUMBER(p, nr_pages), NUMBER(p, nr_fixed), NUMBER(p, nr_region), NUMBER(p, nr_guard),
			      NUMBER(p, nr_high), NUMBER(p, nr_kernel));
}

static int file_to_json(const struct file_status *f, sd_json_variant **ret)
{
	return sd_json_buildo(ret, STRING(f, path), STRING(f, problem),
			      SD_JSON_BUILD_PAIR_STRV("differences", f->differences));
}

int status_to_json(const struct tree_status *st, sd_json_variant **ret)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *file = NULL, *pool = NULL, *nodes = NULL;
	int r;

	r = file_to_json(&st->file, &file);
	if (r < 0)
		return r;
	r = pool_to_json(&st->pool, &pool);
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
			      SD_JSON_BUILD_PAIR_VARIANT("nodes", nodes));
}

static unsigned long long number(sd_json_variant *object, const char *key)
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
	bool differs = sd_json_variant_boolean(sd_json_variant_by_key(node, "differs"));

	return asprintf(ret, "%*s%s%s", (int)number(node, "depth") * 2, "", string(node, key), differs ? "*" : "");
}

static int string_cell(char **ret, sd_json_variant *node, const char *key)
{
	return asprintf(ret, "%s", string(node, key));
}

static int number_cell(char **ret, sd_json_variant *node, const char *key)
{
	return asprintf(ret, "%llu", number(node, key));
}

/* Root competes with nobody. */
static int weight_cell(char **ret, sd_json_variant *node, const char *key)
{
	return number(node, "depth") ? number_cell(ret, node, key) : asprintf(ret, "-");
}

/* What a scheduler says of its tasks; a foreign one says nothing. */
static int tasks_cell(char **ret, sd_json_variant *node, const char *key)
{
	if (sd_json_variant_boolean(sd_json_variant_by_key(node, "foreign")))
		return asprintf(ret, "-");
	return number_cell(ret, node, key);
}

/* By whatever way its scheduler put tasks on CPUs. */
static int dispatched_cell(char **ret, sd_json_variant *node, const char *key)
{
	return asprintf(ret, "%llu", number(node, key) + number(node, "nr_direct"));
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
	return asprintf(ret, "%llu/%llu/%llu", number(node, key), number(node, "slab_high"),
			number(node, "slab_capacity"));
}

static const struct column {
	const char *title;
	bool right;
	int (*cell)(char **ret, sd_json_variant *node, const char *key);
	const char *key;
} columns[] = {
	/* clang-format off */
	{ "NODE",	false,	name_cell,	"name" },
	{ "SCHED",	false,	string_cell,	"sched" },
	{ "CGROUP",	false,	string_cell,	"cgroup" },
	{ "WEIGHT",	true,	weight_cell,	"weight" },
	{ "STATE",	false,	string_cell,	"state" },
	{ "TASKS",	true,	tasks_cell,	"nr_tasks" },
	{ "QUEUED",	true,	tasks_cell,	"nr_queued" },
	{ "DISPATCHED",	true,	dispatched_cell, "nr_dispatched" },
	{ "CPU",	true,	seconds_cell,	"used_ns" },
	{ "USED/HIGH/SLAB", true, slab_cell,	"slab_used" },
	/* clang-format on */
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
			sd_json_variant *node = sd_json_variant_by_index(nodes, i);
			int n = columns[c].cell(&t->rows[i].cell[c], node, columns[c].key);

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

static void print_cids(sd_json_variant *node, FILE *out)
{
	if (*string(node, "cids"))
		fprintf(out, "%*sown cids: %s (CPUs %s)\n", (int)number(node, "depth") * 2 + 2, "",
			string(node, "cids"), string(node, "cpus"));
}

static void print_exit(sd_json_variant *node, FILE *out)
{
	sd_json_variant *end = sd_json_variant_by_key(node, "exit");
	long long code = sd_json_variant_integer(sd_json_variant_by_key(end, "code"));
	const char *msg = string(end, "msg");

	if (!end || sd_json_variant_is_null(end))
		return;
	fprintf(out, "%*sended: %s", (int)number(node, "depth") * 2 + 2, "", string(end, "reason"));
	if (code)
		fprintf(out, " (%lld)", code);
	fprintf(out, "%s%s\n", *msg ? ": " : "", msg);
}

static unsigned long long sum(sd_json_variant *nodes, const char *key)
{
	unsigned long long all = 0;

	for (size_t i = 0; i < sd_json_variant_elements(nodes); i++)
		all += number(sd_json_variant_by_index(nodes, i), key);
	return all;
}

static void print_pool(sd_json_variant *pool, sd_json_variant *nodes, FILE *out)
{
	fprintf(out, "pool: %llu pages, %llu fixed, %llu in regions (high-water %llu), %llu guards, %llu the kernel's",
		number(pool, "nr_pages"), number(pool, "nr_fixed"), number(pool, "nr_region"), number(pool, "nr_high"),
		number(pool, "nr_guard"), number(pool, "nr_kernel"));
	if (sum(nodes, "kernel_bytes"))
		fprintf(out, " (%llu of %llu bytes used)", sum(nodes, "kernel_used"), sum(nodes, "kernel_bytes"));
	fputc('\n', out);
}

static void print_file(sd_json_variant *file, FILE *out)
{
	size_t nr = sd_json_variant_elements(sd_json_variant_by_key(file, "differences"));
	const char *problem = string(file, "problem");

	if (*problem)
		fprintf(out, "file: '%s' can't be read: %s\n", string(file, "path"), problem);
	else if (nr)
		fprintf(out, "* differs from '%s'; 'scx-loader reload --dry-run' shows the %zu step%s to it\n",
			string(file, "path"), nr, nr == 1 ? "" : "s");
}

int status_print(sd_json_variant *status, FILE *out)
{
	sd_json_variant *nodes = sd_json_variant_by_key(status, "nodes");
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
		print_cids(sd_json_variant_by_index(nodes, i), out);
		print_exit(sd_json_variant_by_index(nodes, i), out);
	}
	print_pool(sd_json_variant_by_key(status, "pool"), nodes, out);
	print_file(sd_json_variant_by_key(status, "file"), out);
	return 0;
}
