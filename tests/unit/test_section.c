// SPDX-License-Identifier: GPL-2.0
/*
 * test_section.c: the node that `attach` asks for, its options, the reserved keys and the guess at misspelt words.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/cleanup.h"
#include "loader/file/config.h"
#include "said.h"

DEFINE_CLEANUP(struct node, node_free)

static void test_node_of_attach(void **)
{
	_cleanup_(node_freep) struct node *node = NULL, *bad = NULL;
	_cleanup_(freep) char *said = NULL;
	struct problems ps = {};

	assert_int_equal(config_node("/web/batch/", "./my.bpf.o", &node, &ps), 0);
	assert_string_equal(node->name, "web-batch");
	assert_string_equal(node->cgroup, "/web/batch");
	assert_string_equal(node->sched, "./my.bpf.o");
	assert_int_equal(node->max_tasks, 8192);
	assert_int_equal(node->lines.cgroup, 0);

	assert_int_equal(config_node("web", "", &bad, &ps), -EINVAL);
	assert_null(bad);
	said = say(&ps);
	assert_string_equal(said, "bad cgroup 'web': it does not begin with '/'\n" CGROUP_HINT
				  "'sched' has no value\nhint: leave it out to keep the default\n");
}

static void test_good_options(void **)
{
	static const char *const options[] = { "weight=300",   "max_tasks=64", "create=yes",
					       "on_exit=stop", "name=a=b",     "batch=8" };
	_cleanup_(node_freep) struct node *node = node_new("web", "/web", "qmap");
	struct problems ps = {};

	for (size_t i = 0; i < TABLE_SIZE(options); i++)
		assert_int_equal(config_node_option(node, options[i], &ps), 0);
	assert_int_equal(ps.nr, 0);
	assert_int_equal(node->weight, 300);
	assert_int_equal(node->max_tasks, 64);
	assert_true(node->create);
	assert_int_equal(node->on_exit, ON_EXIT_STOP);
	assert_int_equal(node->settings.nr, 2);
	assert_string_equal(node->settings.list[0].key, "name");
	assert_string_equal(node->settings.list[0].value, "a=b");
	assert_int_equal(node->settings.list[0].line, 0);
	assert_string_equal(node->settings.list[1].value, "8");
}

static const struct {
	const char *option;
	const char *said;	/* after "option 'OPTION': " */
} bad_options[] = {
	{ "weight", "not of the form 'key=value'\n" },
	{ "", "not of the form 'key=value'\n" },
	{ "=3", "no key before '='\n" },
	{ "weight=", "'weight' has no value\nhint: leave it out to keep the default\n" },
	{ "weight=0", "'weight' is 0, and its range is 1 to 10000\n" },
	{ "weight=10ms", "bad number '10ms' for 'weight': unit 'ms' is not understood\n" WEIGHT_HINT },
	{ "weight= 10", "bad number ' 10' for 'weight'\n" WEIGHT_HINT },
	{ "cpus=2", "bad value '2' for 'cpus'\n"
		    "hint: write 'exclusive:' and a number of cids, a percentage, or cids as in '4-7,9'\n" },
	{ "create=1", "bad word '1' for 'create'\nhint: write 'no' or 'yes'\n" },
	{ "max_tasks=5", "'max_tasks' is given twice\n" },
	{ "batch=5", "'batch' is given twice\n" },
	{ "cgroup=/web", "'cgroup' is not an option\n" },
	{ "sched=fifo", "'sched' is not an option\n" },
	{ "parent=root", "'parent' is not an option\n" },
	{ A60 "1234=1", "key '" A60 "1234' is 64 bytes long; at most 63 are allowed\n" },
};

static void test_bad_options(void **)
{
	for (size_t i = 0; i < TABLE_SIZE(bad_options); i++) {
		_cleanup_(node_freep) struct node *node = node_new("web", "/web", "qmap");
		_cleanup_(freep) char *said = NULL, *expected = NULL;
		struct problems ps = {};

		assert_int_equal(config_node_option(node, "max_tasks=5", &ps), 0);
		assert_int_equal(config_node_option(node, "batch=5", &ps), 0);
		assert_int_equal(config_node_option(node, bad_options[i].option, &ps), -EINVAL);
		assert_true(asprintf(&expected, "option '%s': %s", bad_options[i].option, bad_options[i].said) > 0);
		said = say(&ps);
		assert_string_equal(said, expected);
		assert_int_equal(node->weight, 0);
	}
}

static void test_suggestions(void **)
{
	static const char *const candidates[] = { "weight", "max_tasks", "slice_us", "create", "cat", A60 A60, NULL };
	static const struct {
		const char *word, *meant;
	} table[] = {
		{ "wieght", "weight" },	   /* neighbours that changed places */
		{ "weigt", "weight" },	   /* one missing */
		{ "weeight", "weight" },   /* one too many */
		{ "weifht", "weight" },	   /* one wrong */
		{ "WEIGHT", "weight" },	   /* case */
		{ "max-task", "max_tasks" },
		{ "mix_tosky", NULL },	   /* three changes, in however many letters */
		{ "slice", NULL },	   /* three missing */
		{ "slice_n", "slice_us" }, /* two changes in seven letters */
		{ "cet", "cat" },	   /* one in three */
		{ "cte", NULL },	   /* two in three */
		{ "ca", NULL },		   /* a third of two is nothing */
		{ "", NULL },
		{ A60 A60, NULL },
	};

	for (size_t i = 0; i < TABLE_SIZE(table); i++) {
		const char *meant = config_suggest(table[i].word, candidates);

		if (table[i].meant && meant)
			assert_string_equal(meant, table[i].meant);
		else
			assert_ptr_equal(meant, table[i].meant);
	}
}

static void check_names(const char *name(size_t), const char *expected)
{
	char names[200] = "";

	for (size_t i = 0; name(i); i++) {
		strcat(names, name(i));
		strcat(names, " ");
	}
	assert_string_equal(names, expected);
}

static void test_reserved_keys(void **)
{
	check_names(config_node_key, "cgroup sched parent weight cpus max_tasks create on_exit restart_delay_ms ");
	check_names(config_root_key, "sched pool_mb max_tasks on_failure ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_node_of_attach), cmocka_unit_test(test_good_options),
		cmocka_unit_test(test_bad_options),    cmocka_unit_test(test_suggestions),
		cmocka_unit_test(test_reserved_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
