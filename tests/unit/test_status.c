// SPDX-License-Identifier: GPL-2.0
/* test_status.c: the status document has what the interface promises, and the table shows it. */
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/show/cells.h"
#include "loader/cleanup.h"
#include "loader/talk/interface.h"
#include "loader/show/status.h"
#include "said.h"

static const struct pool_status pool = {
	.nr_pages = 16384,
	.nr_fixed = 37,
	.nr_region = 520,
	.nr_guard = 5,
	.nr_high = 800,
	.nr_kernel = 12,
};

static const struct node_status root = {
	.name = "root",
	.cgroup = "/",
	.sched = "root",
	.state = NODE_ATTACHED,
	.object = "/usr/local/lib/scx-loader/root.bpf.o",
	.weight = 100,
	.nr_tasks = 112,
	.nr_running = 1,
	.entitled_milli = 4000,
	.delivered_milli = 3996,
	.p99_wait_ns = 1048576,
	.nr_dispatched = 123000,
	.nr_direct = 456,
	.used_ns = 12340000000,
	.slab_used = 112,
	.slab_high = 130,
	.slab_capacity = 65536,
	.region = 1ull << 44,
};

static const struct node_status web = {
	.name = "web",
	.cgroup = "/web",
	.sched = "qmap",
	.object = "/usr/local/lib/scx-loader/qmap.bpf.o",
	.parent = "root",
	.depth = 1,
	.state = NODE_ATTACHED,
	.weight = 300,
	.cids = "2-3",
	.cpus = "1,3",
	.nr_tasks = 40,
	.nr_queued = 2,
	.nr_running = 3,
	.entitled_milli = 3000,
	.delivered_milli = 2984,
	.nr_dispatched = 9812345,
	.used_ns = 81000000000,
	.slab_used = 40,
	.slab_high = 8000,
	.slab_capacity = 8192,
	.made_cgroup = true,
};

static const struct node_status batch = {
	.name = "web-batch",
	.cgroup = "/web/batch",
	.sched = "qmap",
	.parent = "web",
	.depth = 2,
	.state = NODE_EXITED,
	.exit = { .kind = 1024, .reason = "runtime error", .msg = "slab exhausted" },
	.weight = 100,
	.slab_capacity = 8192,
};

static const struct node_status foreign = {
	.name = "foreign",
	.cgroup = "/foreign",
	.sched = "other",
	.parent = "root",
	.depth = 1,
	.state = NODE_FAILED,
	.exit = { .kind = 1025, .code = -28, .reason = "parent rejected", .msg = "" },
	.weight = 100,
};

static sd_json_variant *make(size_t nr, const struct node_status *const *list)
{
	struct node_status nodes[4];
	struct tree_status st = {
		.pool = pool,
		.nodes = nodes,
		.nr_nodes = nr,
	};
	sd_json_variant *v = NULL;

	for (size_t i = 0; i < nr; i++)
		nodes[i] = *list[i];
	assert_int_equal(status_to_json(&st, &v), 0);
	return v;
}

#define MAKE(...) \
	make(sizeof((const struct node_status *[]){ __VA_ARGS__ }) / sizeof(void *), \
	     (const struct node_status *[]){ __VA_ARGS__ })

static sd_json_variant *node_of(sd_json_variant *status, size_t i)
{
	return sd_json_variant_by_index(sd_json_variant_by_key(status, "nodes"), i);
}

static char *print_with(sd_json_variant *status, bool colours)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	status_print(status, colours, out);
	fclose(out);
	return text;
}

static char *print(sd_json_variant *status)
{
	return print_with(status, false);
}

static const sd_varlink_field *fields_of(const char *type)
{
	for (size_t i = 0; vl_interface_loader.symbols[i]; i++)
		if (!strcmp(vl_interface_loader.symbols[i]->name, type))
			return vl_interface_loader.symbols[i]->fields;
	fail_msg("no type '%s'", type);
	return NULL;
}

static void check_fields(const char *type, sd_json_variant *object)
{
	size_t nr = 0;

	for (const sd_varlink_field *f = fields_of(type); f->field_type; f++) {
		if (f->field_type == _SD_VARLINK_FIELD_COMMENT)
			continue;
		if (!sd_json_variant_by_key(object, f->name))
			fail_msg("%s has no field '%s'", type, f->name);
		nr++;
	}
	assert_int_equal(sd_json_variant_elements(object), 2 * nr);
}

static void test_interface(void **)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = MAKE(&root, &batch);

	check_fields("File", sd_json_variant_by_key(v, "file"));
	check_fields("Pool", sd_json_variant_by_key(v, "pool"));
	check_fields("Node", node_of(v, 0));
	check_fields("Node", node_of(v, 1));
	check_fields("Exit", sd_json_variant_by_key(node_of(v, 1), "exit"));
}

static void test_states(void **)
{
	const sd_varlink_field *f = fields_of("State");

	for (int state = NODE_OPENED; state <= NODE_LEFT; state++, f++) {
		const struct node_status node = { .name = "web", .state = state };
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = MAKE(&node);

		while (f->field_type == _SD_VARLINK_FIELD_COMMENT)
			f++;
		assert_string_equal(sd_json_variant_string(sd_json_variant_by_key(node_of(v, 0), "state")), f->name);
	}
	assert_int_equal(f->field_type, 0);
}

static void test_values(void **)
{
	struct node_status big = root;
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
	sd_json_variant *node, *end;

	big.used_ns = UINT64_MAX;
	v = MAKE(&big, &foreign);
	node = node_of(v, 0);
	assert_true(sd_json_variant_unsigned(sd_json_variant_by_key(node, "used_ns")) == UINT64_MAX);
	assert_true(sd_json_variant_is_null(sd_json_variant_by_key(node, "parent")));
	assert_true(sd_json_variant_is_null(sd_json_variant_by_key(node, "exit")));
	assert_string_equal(sd_json_variant_string(sd_json_variant_by_key(node, "state")), "attached");
	node = node_of(v, 1);
	assert_string_equal(sd_json_variant_string(sd_json_variant_by_key(node, "state")), "failed");
	end = sd_json_variant_by_key(node, "exit");
	assert_int_equal(sd_json_variant_integer(sd_json_variant_by_key(end, "code")), -28);
	assert_string_equal(sd_json_variant_string(sd_json_variant_by_key(end, "reason")), "parent rejected");
}

static void test_table(void **)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = MAKE(&root, &web, &batch, &foreign);
	_cleanup_(freep) char *text = print(v);

	/* clang-format off */
	assert_string_equal(text,
		"NODE           SCHED  CGROUP      STATE     WEIGHT  ENTITLED  CPUS  RUN  P99 WAIT  USED/HIGH/SLAB\n"
		"root           root   /           attached       -      4.00  4.00    1     1.0ms   112/130/65536\n"
		"  web          qmap   /web        attached     300      3.00  2.98    5         0    40/8000/8192\n"
		"    own cids: 2-3 (CPUs 1,3)\n"
		"    web-batch  qmap   /web/batch  exited         -         -     -    -         -               -\n"
		"      ended: runtime error: slab exhausted\n"
		"  foreign      other  /foreign    failed         -         -     -    -         -               -\n"
		"    ended: parent rejected (-28)\n"
		"pool: 16384 pages, 37 fixed, 520 in regions (high-water 800), 5 guards, 12 the kernel's\n");
	/* clang-format on */
	assert_true(strchr(text, '\n') - text <= 100);
}

static void test_differences(void **)
{
	static char *differences[] = { "set weight of 'web' to 300", "attach 'b' (fifo) to '/b'", NULL };
	struct node_status nodes[] = { root, web };
	struct tree_status st = { .nodes = nodes, .nr_nodes = 2, .file = { .path = "a.ini" } };
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *same = NULL, *differs = NULL, *bad = NULL;
	_cleanup_(freep) char *text_same = NULL, *text_differs = NULL, *text_bad = NULL;

	assert_int_equal(status_to_json(&st, &same), 0);
	text_same = print(same);
	assert_null(strstr(text_same, "a.ini"));
	st.file.differences = differences;
	nodes[1].differs = true;
	assert_int_equal(status_to_json(&st, &differs), 0);
	text_differs = print(differs);
	assert_non_null(strstr(text_differs, "\n  web*  qmap "));
	assert_non_null(strstr(text_differs,
			       "\n* differs from 'a.ini'; 'scx-loader reload --dry-run' shows the 2 steps "
			       "to it\n"));
	st.file = (struct file_status){ .path = "a.ini", .problem = "a.ini:3: bad number" };
	assert_int_equal(status_to_json(&st, &bad), 0);
	text_bad = print(bad);
	assert_non_null(strstr(text_bad, "\nfile: 'a.ini' can't be read: a.ini:3: bad number\n"));
}

/* Each colour ends where it began, and the lines are the same without. */
static void test_colours(void **)
{
	struct node_status full = web;
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
	_cleanup_(freep) char *text = NULL;

	full.slab_used = full.slab_capacity;
	full.differs = true;
	v = MAKE(&root, &full, &batch);
	text = print_with(v, true);
	assert_non_null(strstr(text, "\033[1mNODE         \033[0m  \033[1mSCHED"));
	assert_non_null(strstr(text, "\n\033[33m  web*       \033[0m  qmap "));
	assert_non_null(strstr(text, "  \033[31mexited  \033[0m  "));
	assert_non_null(strstr(text, "  \033[31m8192/8000/8192\033[0m\n"));
	free(text);
	text = print(v);
	assert_null(strchr(text, '\033'));
}

static void check_wait(int64_t ns, const char *expected)
{
	struct node_status node = root;
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
	_cleanup_(freep) char *text = NULL;

	node.p99_wait_ns = ns;
	v = MAKE(&node);
	text = cell_text(node_of(v, 0), CELL_P99);
	assert_string_equal(text, expected);
}

static void test_waits(void **)
{
	check_wait(-1, "-");
	check_wait(0, "0");
	check_wait(1024, "1.0us");
	check_wait(8192, "8.2us");
	check_wait(131072, "131us");
	check_wait(8388608, "8.4ms");
	check_wait(1073741824, "1.1s");
	check_wait(68719476736, "69s");
}

static void test_health(void **)
{
	static char *differences[] = { "set weight of 'web' to 300", NULL };
	struct node_status nodes[] = { root, web };
	struct tree_status st = { .nodes = nodes, .nr_nodes = 2, .file = { .path = "a.ini" } };
	static const enum node_state bad[] = { NODE_OPENED, NODE_FAILED, NODE_EXITED, NODE_LEFT };
	sd_json_variant *v = NULL;

	assert_int_equal(status_to_json(&st, &v), 0);
	assert_true(status_is_healthy(v));
	v = sd_json_variant_unref(v);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		nodes[1].state = bad[i];
		assert_int_equal(status_to_json(&st, &v), 0);
		assert_false(status_is_healthy(v));
		v = sd_json_variant_unref(v);
	}
	nodes[1].state = NODE_ATTACHED;
	st.file.differences = differences;
	assert_int_equal(status_to_json(&st, &v), 0);
	assert_false(status_is_healthy(v));
	v = sd_json_variant_unref(v);
	st.file.differences = NULL;
	st.file.problem = "a.ini:3: bad number";
	assert_int_equal(status_to_json(&st, &v), 0);
	assert_false(status_is_healthy(v));
	sd_json_variant_unref(v);
}

/* By columns of a terminal: bytes are more. */
static void test_width(void **)
{
	struct node_status wide = web, narrow = web;
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
	_cleanup_(freep) char *text = NULL;

	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	wide.cgroup = "/b\xc3\xbc\xe6\x9b\xb8";
	narrow.cgroup = "/12345";
	v = MAKE(&wide, &narrow);
	text = print(v);
	assert_non_null(strstr(text, "CGROUP  STATE "));
	assert_non_null(strstr(text, "/b\xc3\xbc\xe6\x9b\xb8   attached "));
	assert_non_null(strstr(text, "/12345  attached "));
}

/* A node with what is beneath it, and nothing of the others */
static void test_of_node(void **)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = MAKE(&root, &web, &batch, &foreign);
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *some = NULL, *bad = NULL;
	struct problems ps = {};
	_cleanup_(freep) char *text = NULL, *said = NULL;

	assert_int_equal(status_of_node(v, "web", &some, &ps), 0);
	assert_int_equal(sd_json_variant_elements(sd_json_variant_by_key(some, "nodes")), 2);
	text = print(some);
	assert_non_null(strstr(text, "\n  web  "));
	assert_non_null(strstr(text, "\n    web-batch  "));
	assert_null(strstr(text, "foreign"));
	assert_null(strstr(text, "pool"));
	assert_false(status_is_healthy(some));
	some = sd_json_variant_unref(some);
	assert_int_equal(status_of_node(v, "foreign", &some, &ps), 0);
	assert_int_equal(sd_json_variant_elements(sd_json_variant_by_key(some, "nodes")), 1);
	assert_int_equal(status_of_node(v, "wbe-batch", &bad, &ps), -ENOENT);
	said = say(&ps);
	assert_string_equal(said, "no node 'wbe-batch' in this tree; did you mean 'web-batch'?\n");
}

/* For its cgroup, or with the node above; how it ended then is no matter, and all is well. */
static void test_waiting(void **)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
	_cleanup_(freep) char *text = NULL, *coloured = NULL;

	struct node_status gone = web, below = batch;

	gone.nr_restarts = 1;
	gone.state = below.state = NODE_WAITING;
	gone.waits_for = below.waits_for = "web";
	v = MAKE(&root, &gone, &below);
	text = print(v);
	assert_non_null(strstr(text, "  web          qmap   /web        waiting        -"));
	assert_non_null(strstr(text, "\n    restarted 1 time; waits for its cgroup\n    web-batch "));
	assert_non_null(strstr(text, "\n      waits for 'web'\npool"));
	assert_true(status_is_healthy(v));
	coloured = print_with(v, true);
	assert_non_null(strstr(coloured, "  \033[33mwaiting "));
}

/* One that was attached again, and one that ended again */
static void test_restarted(void **)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
	_cleanup_(freep) char *text = NULL;

	struct node_status again = web, ended = web;

	again.nr_restarts = 2;
	again.last_exit = (struct exit_record){ 1024, -22, "runtime error", "oh" };
	ended.nr_restarts = 1;
	ended.state = NODE_LEFT;
	ended.last_exit = again.last_exit;
	ended.exit = (struct exit_record){ 1025, 0, "stall", "" };
	v = MAKE(&again, &ended);
	text = print(v);
	assert_non_null(strstr(text, "\n    restarted 2 times; last ended: runtime error (-22): oh\n  web "));
	assert_non_null(strstr(text, "\n    restarted 1 time; ended: stall\npool"));
}

/* The kernel with the patch that shows its pools */
static void test_kernel_pool(void **)
{
	struct node_status told = root, also_told = web;
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
	_cleanup_(freep) char *text = NULL;

	told.kernel_bytes = also_told.kernel_bytes = 16384;
	told.kernel_used = 160;
	also_told.kernel_used = 192;
	v = MAKE(&told, &also_told, &foreign);
	text = print(v);
	assert_non_null(strstr(text, ", 12 the kernel's (352 of 32768 bytes used)\n"));
}

/* A loader that is older than its client */
static void test_unknown(void **)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
	_cleanup_(freep) char *text = NULL;

	assert_int_equal(sd_json_parse("{\"nodes\":[{\"name\":\"root\",\"colour\":3}]}", 0, &v, NULL, NULL), 0);
	text = print(v);
	assert_non_null(strstr(text, "\nroot "));
	assert_null(strstr(text, "pool"));
}

/* Of cgroups that are no nodes, those with a cpu.max. */
static void test_groups(void **)
{
	struct group_status limited = {
		.cgroup = (char *)"/web/job", .nr_periods = 9, .nr_throttled = 4, .throttled_usec = 2500
	};
	struct tree_status st = { .groups = &limited, .nr_groups = 1 };
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL, *none = NULL;
	_cleanup_(freep) char *text = NULL;

	assert_int_equal(status_to_json(&st, &v), 0);
	assert_true(sd_json_variant_format(sd_json_variant_by_key(v, "groups"), 0, &text) > 0);
	assert_string_equal(text,
			    "[{\"cgroup\":\"/web/job\",\"nr_periods\":9,\"nr_throttled\":4,\"throttled_usec\":2500}]");
	st.nr_groups = 0;
	assert_int_equal(status_to_json(&st, &none), 0);
	assert_true(sd_json_variant_is_array(sd_json_variant_by_key(none, "groups")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interface),   cmocka_unit_test(test_states),	cmocka_unit_test(test_values),
		cmocka_unit_test(test_table),	    cmocka_unit_test(test_kernel_pool), cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_differences), cmocka_unit_test(test_colours),	cmocka_unit_test(test_waits),
		cmocka_unit_test(test_health),	    cmocka_unit_test(test_restarted),	cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_width),	    cmocka_unit_test(test_of_node),	cmocka_unit_test(test_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
