// SPDX-License-Identifier: GPL-2.0
/*
 * test_metrics.c: the exposition is OpenMetrics, says what is known and nothing else, and the dashboard in conf/ asks for
 * all that is there, and only for that.
 */
#include <ctype.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <systemd/sd-json.h>

#include "loader/cleanup.h"
#include "loader/show/metrics.h"

#define PREFIX		"scx_tree_"
#define DASHBOARD	"conf/scx-loader.grafana.json"
#define NAME_CHARS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

static struct node_status nodes[] = {
	{ .name = "root",
	  .cgroup = "/",
	  .sched = "root",
	  .state = NODE_ATTACHED,
	  .weight = 100,
	  .nr_tasks = 112,
	  .nr_dispatched = 123000,
	  .used_ns = 12340000000,
	  .slab_used = 112,
	  .slab_high = 130,
	  .slab_capacity = 65536 },
	{ .name = "web",
	  .cgroup = "/web",
	  .sched = "qmap",
	  .parent = "root",
	  .depth = 1,
	  .state = NODE_ATTACHED,
	  .weight = 300,
	  .quota_us = 150000,
	  .period_us = 100000,
	  .nr_periods = 20,
	  .nr_throttled = 3,
	  .nr_reenq_cap = 5,
	  .entitled_milli = 2050,
	  .nr_cids = 2,
	  .used_ns = 81000000001,
	  .nr_waits = { [0] = 1, [9] = 2, [POOL_WAITS - 1] = 4 } },
	{ .name = "odd",
	  .cgroup = "/a\"b\\c\nd",
	  .sched = "fifo",
	  .parent = "web",
	  .depth = 2,
	  .state = NODE_EXITED,
	  .exit = { .kind = 1024, .reason = "runtime error", .msg = "slab exhausted" },
	  .used_ns = 7,
	  .nr_restarts = 6 },
	{ .name = "foreign",
	  .cgroup = "/foreign",
	  .sched = "other",
	  .parent = "root",
	  .depth = 1,
	  .state = NODE_ATTACHED,
	  .weight = 100,
	  .nr_dispatched = 17,
	  .used_ns = 5000000000,
	  .foreign = true },
};

static const struct tree_status status = {
	.file = { .path = "demo.ini", .differences = (char *[]){ "set", "attach", NULL } },
	.pool = { .nr_pages = 16384, .nr_fixed = 37, .nr_region = 520, .nr_guard = 5, .nr_high = 800, .nr_kernel = 12 },
	.nr_online = 4,
	.nodes = nodes,
	.nr_nodes = sizeof(nodes) / sizeof(nodes[0]),
};

static char *print(const struct tree_status *st)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	metrics_print(st, out);
	fclose(out);
	return text;
}

/* The grammar, https://prometheus.io/docs/specs/om/open_metrics_spec/, as far as this exposition goes */

struct family {
	char *name, *type;
	char **samples; /* names with labels */
	size_t nr_samples;
	double below; /* of a histogram: the last bucket */
	uint64_t count;
};

struct exposition {
	struct family families[64];
	size_t nr;
};

static const struct {
	const char *type;
	const char *suffixes[3];
} types[] = {
	{ "counter", { "_total" } },	{ "gauge", { "" } }, { "info", { "_info" } }, { "stateset", { "" } },
	{ "histogram", { "_bucket" } },
};

static bool has_suffix(const struct family *f, const char *suffix)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		for (size_t s = 0; !strcmp(types[i].type, f->type) && types[i].suffixes[s]; s++)
			if (!strcmp(types[i].suffixes[s], suffix))
				return true;
	return false;
}

static void check_name(const char *name)
{
	assert_true(*name && !isdigit(*name) && !name[strspn(name, NAME_CHARS)]);
	assert_memory_equal(name, PREFIX, strlen(PREFIX));
}

/* "# TYPE NAME WORD", "# UNIT NAME WORD" or "# HELP NAME TEXT" */
static void read_descriptor(struct exposition *e, char *line)
{
	char *save, *what = strtok_r(line + 2, " ", &save), *name = strtok_r(NULL, " ", &save), *rest = save;
	struct family *f;

	check_name(name);
	assert_true(*rest);
	if (!strcmp(what, "TYPE")) {
		for (size_t i = 0; i < e->nr; i++)
			assert_string_not_equal(e->families[i].name, name);
		f = &e->families[e->nr++];
		assert_true(e->nr < sizeof(e->families) / sizeof(e->families[0]));
		*f = (struct family){ .name = strdup(name), .type = strdup(rest), .below = -1 };
		return;
	}
	f = &e->families[e->nr - 1];
	assert_string_equal(f->name, name);
	assert_int_equal(f->nr_samples, 0);
	if (!strcmp(what, "UNIT"))
		assert_true(strlen(name) > strlen(rest) + 1 && name[strlen(name) - strlen(rest) - 1] == '_' &&
			    !strcmp(name + strlen(name) - strlen(rest), rest));
	else
		assert_string_equal(what, "HELP");
}

/* Labels from after their '{'; returns what follows the '}'. @ret_le: the value of 'le', if there is one */
static const char *read_labels(const char *p, char ret_le[32])
{
	do {
		size_t len = strspn(p, NAME_CHARS);
		bool le = !strncmp(p, "le=", 3);
		size_t n = 0;

		assert_true(len && !isdigit(*p));
		p += len;
		assert_memory_equal(p, "=\"", 2);
		for (p += 2; *p != '"'; p++) {
			assert_true(*p && *p != '\n');
			if (*p == '\\')
				assert_non_null(strchr("\\\"n", *++p));
			if (le && n < 31)
				ret_le[n++] = *p;
		}
		if (le)
			ret_le[n] = '\0';
	} while (*++p == ',' && *++p);
	assert_int_equal(*p, '}');
	return p + 1;
}

static void check_value(struct family *f, const char *text, const char *le)
{
	double value, below = !strcmp(le, "+Inf") ? __builtin_inf() : atof(le);
	char *end;

	assert_true(isdigit(*text));
	value = strtod(text, &end);
	assert_int_equal(*end, '\0');
	if (!strcmp(f->type, "info"))
		assert_string_equal(text, "1");
	if (!strcmp(f->type, "stateset"))
		assert_true(value == 0 || value == 1);
	if (strcmp(f->type, "histogram"))
		return;
	assert_true(below > f->below && value >= f->count);
	f->below = __builtin_isinf(below) ? -1 : below;
	f->count = __builtin_isinf(below) ? 0 : value;
}

static void read_sample(struct exposition *e, char *line)
{
	struct family *f = &e->families[e->nr - 1];
	size_t len = strspn(line, NAME_CHARS);
	const char *p = line + len;
	char le[32] = "", suffix[32];

	assert_true(e->nr && !strncmp(line, f->name, strlen(f->name)));
	snprintf(suffix, sizeof(suffix), "%.*s", (int)(len - strlen(f->name)), line + strlen(f->name));
	assert_true(has_suffix(f, suffix));
	if (*p == '{')
		p = read_labels(p + 1, le);
	assert_int_equal(*p, ' ');
	line[p - line] = '\0';
	check_value(f, p + 1, le);
	for (size_t i = 0; i < f->nr_samples; i++)
		assert_string_not_equal(f->samples[i], line);
	f->samples = reallocarray(f->samples, f->nr_samples + 1, sizeof(*f->samples));
	f->samples[f->nr_samples++] = strdup(line);
}

static void read_exposition(struct exposition *e, const char *text)
{
	_cleanup_(freep) char *copy = strdup(text);
	char *save, *line = strtok_r(copy, "\n", &save), *next;

	assert_null(strstr(text, "\n\n"));
	for (; (next = strtok_r(NULL, "\n", &save)); line = next) {
		if (*line == '#')
			read_descriptor(e, line);
		else
			read_sample(e, line);
	}
	assert_string_equal(line, "# EOF");
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	/* a histogram ends with its last bucket */
	for (size_t i = 0; i < e->nr; i++)
		assert_true(e->families[i].below == -1);
}

static void exposition_free(struct exposition *e)
{
	for (size_t i = 0; i < e->nr; i++) {
		for (size_t s = 0; s < e->families[i].nr_samples; s++)
			free(e->families[i].samples[s]);
		free(e->families[i].samples);
		free(e->families[i].name);
		free(e->families[i].type);
	}
}

static void test_grammar(void **)
{
	_cleanup_(exposition_free) struct exposition e = {};
	_cleanup_(freep) char *text = print(&status);

	read_exposition(&e, text);
	assert_true(e.nr > 20);
}

static void test_values(void **)
{
	static const char *const lines[] = {
		"# TYPE scx_tree_cpu_seconds counter\n# UNIT scx_tree_cpu_seconds seconds\n",
		"scx_tree_loader_info{version=\"" VERSION "\"} 1\n",
		"scx_tree_node_info{node=\"web\",cgroup=\"/web\",sched=\"qmap\",parent=\"root\"} 1\n",
		"scx_tree_node_info{node=\"odd\",cgroup=\"/a\\\"b\\\\c\\nd\",sched=\"fifo\",parent=\"web\"} 1\n",
		"scx_tree_node_state{node=\"web\",scx_tree_node_state=\"attached\"} 1\n",
		"scx_tree_node_state{node=\"web\",scx_tree_node_state=\"exited\"} 0\n",
		"scx_tree_node_state{node=\"odd\",scx_tree_node_state=\"exited\"} 1\n",
		"scx_tree_node_exit_info{node=\"odd\",kind=\"1024\",reason=\"runtime error\"} 1\n",
		"scx_tree_cpu_seconds_total{node=\"web\"} 81.000000001\n",
		"scx_tree_entitled_cpus{node=\"web\"} 2.050\n",
		"scx_tree_delivered_cpus{node=\"web\"} 0.000\n",
		"scx_tree_exclusive_cpus{node=\"web\"} 2\n",
		"scx_tree_online_cpus 4\n",
		"scx_tree_denied_total{node=\"web\"} 5\n",
		"scx_tree_restarts_total{node=\"odd\"} 6\n",
		"scx_tree_throttled_periods_total{node=\"web\"} 3\n",
		"scx_tree_weight{node=\"web\"} 300\n",
		"scx_tree_quota_cpus{node=\"web\"} 1.5\n",
		"scx_tree_wait_seconds_bucket{node=\"web\",le=\"1.024e-06\"} 1\n",
		"scx_tree_wait_seconds_bucket{node=\"web\",le=\"0.000524288\"} 3\n",
		"scx_tree_wait_seconds_bucket{node=\"web\",le=\"+Inf\"} 7\n",
		"scx_tree_slab_high{node=\"root\"} 130\n",
		"scx_tree_dispatched_total{node=\"foreign\"} 17\n",
		"scx_tree_pool_pages{use=\"regions\"} 520\n",
		"scx_tree_file_good 1\n",
		"scx_tree_file_differences 2\n",
	};
	/* what is not known, or is of nobody */
	static const char *const not[] = {
		"scx_tree_tasks{node=\"foreign\"}",
		"scx_tree_wait_seconds_bucket{node=\"foreign\"",
		"scx_tree_cpu_seconds_total{node=\"odd\"}",
		"scx_tree_weight{node=\"root\"}",
		"scx_tree_quota_cpus{node=\"root\"}",
		"scx_tree_node_exit_info{node=\"web\"",
		"slab exhausted",
	};
	_cleanup_(freep) char *text = print(&status);

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!strstr(text, lines[i]))
			fail_msg("not there: %s", lines[i]);
	for (size_t i = 0; i < sizeof(not) / sizeof(not[0]); i++)
		if (strstr(text, not[i]))
			fail_msg("there: %s", not[i]);
}

/* The dashboard */

static bool is_shown(sd_json_variant *v, const char *name);

static bool asks_for(const char *query, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = query; (at = strstr(at, name)); at += len)
		if (!strchr(NAME_CHARS, at[len]) || !at[len])
			return true;
	return false;
}

/* Every string in the document that is a query */
static void each_query(sd_json_variant *v, void (*f)(const char *query, void *arg), void *arg)
{
	sd_json_variant *expr = sd_json_variant_is_object(v) ? sd_json_variant_by_key(v, "expr") : NULL;

	if (expr)
		f(sd_json_variant_string(expr), arg);
	if (sd_json_variant_is_object(v) || sd_json_variant_is_array(v))
		for (size_t i = 0; i < sd_json_variant_elements(v); i++)
			each_query(sd_json_variant_by_index(v, i), f, arg);
}

/* Samples that the exposition has: "scx_tree_cpu_seconds_total", and no other. */
static void check_query(const char *query, void *arg)
{
	const struct exposition *e = arg;

	for (const char *at = query; (at = strstr(at, PREFIX)); at++) {
		size_t len = strspn(at, NAME_CHARS), i;

		for (i = 0; i < e->nr; i++) {
			const struct family *f = &e->families[i];

			if (f->nr_samples && !strncmp(f->samples[0], at, len) && !isalnum(f->samples[0][len]) &&
			    f->samples[0][len] != '_')
				break;
		}
		if (i == e->nr)
			fail_msg("the dashboard asks for '%.*s', which there is not: %s", (int)len, at, query);
	}
}

struct search {
	const char *name;
	bool found;
};

static void search_query(const char *query, void *arg)
{
	struct search *s = arg;

	s->found |= asks_for(query, s->name);
}

static bool is_shown(sd_json_variant *v, const char *name)
{
	struct search s = { name, false };

	each_query(v, search_query, &s);
	return s.found;
}

static void test_dashboard(void **)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *dashboard = NULL;
	_cleanup_(exposition_free) struct exposition e = {};
	_cleanup_(freep) char *text = print(&status);

	read_exposition(&e, text);
	assert_true(sd_json_parse_file(NULL, DASHBOARD, 0, &dashboard, NULL, NULL) >= 0);
	each_query(dashboard, check_query, &e);
	for (size_t i = 0; i < e.nr; i++) {
		_cleanup_(freep) char *name = NULL;

		assert_true(e.families[i].nr_samples);
		name = strndup(e.families[i].samples[0], strspn(e.families[i].samples[0], NAME_CHARS));
		if (!is_shown(dashboard, name))
			fail_msg("the dashboard does not show %s", name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_dashboard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
