// SPDX-License-Identifier: GPL-2.0
/*
 * test_cids.c: sets of cids, the key `cpus`, and which cids a node gets for it.
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

#include "loader/kernel/cpus.h"
#include "loader/cleanup.h"
#include "loader/file/hierarchy.h"
#include "said.h"

#define NR_CIDS 8

DEFINE_CLEANUP(struct node, node_free)

/* Two nodes of two caches, each of one core with two threads. */
static struct cid_state machine[NR_CIDS];

static int make_machine(void **)
{
	for (uint32_t cid = 0; cid < NR_CIDS; cid++) {
		struct cid_state *c = &machine[cid];

		c->core = c->llc = cid & ~1u;
		c->core_end = c->llc_end = c->core + 2;
		c->node = cid & ~3u;
		c->node_end = c->node + 4;
	}
	return 0;
}

static struct cid_set set_of(const char *list)
{
	char text[64];
	struct cpus cpus = {};

	/* a lone cid is a number */
	snprintf(text, sizeof(text), "exclusive:%s,%s", list, list);
	if (*list)
		assert_int_equal(cpus_parse(text, &cpus), 0);
	return cpus.list;
}

static const char *const good_lists[] = { "0-3", "0,2", "7,9-11", "63-64", "4095,0" };

static void test_lists(void **)
{
	static const char *const texts[] = { "0-3", "0,2", "7,9-11", "63-64", "0,4095" };

	for (size_t i = 0; i < TABLE_SIZE(good_lists); i++) {
		struct cid_set set = set_of(good_lists[i]);
		_cleanup_(freep) char *text = cid_set_text(&set, NULL);

		assert_string_equal(text, texts[i]);
	}
}

static uint32_t crosswise(uint32_t cid)
{
	return cid % 2 * 4 + cid / 2;
}

static void test_names(void **)
{
	struct cid_set set = set_of("2-5");
	_cleanup_(freep) char *text = cid_set_text(&set, crosswise);

	assert_string_equal(text, "1-2,5-6");
}

static void test_good_values(void **)
{
	struct cpus cpus;

	assert_int_equal(cpus_parse("exclusive:12", &cpus), 0);
	assert_true(cpus.kind == CPUS_COUNT && cpus.number == 12);
	assert_int_equal(cpus_parse("exclusive:50%", &cpus), 0);
	assert_true(cpus.kind == CPUS_PERCENT && cpus.number == 50);
	assert_int_equal(cpus_parse("exclusive:4-4", &cpus), 0);
	assert_true(cpus.kind == CPUS_LIST && cid_set_count(&cpus.list) == 1 && cid_set_has(&cpus.list, 4));
}

/* clang-format off */
static const char *const bad_values[] = {
	"",		 "2",		   "exclusive",	     "exclusive:",	"exclusive:0",	  "exclusive:-1",
	"exclusive:0%",	 "exclusive:100%", "exclusive:2 ",   "exclusive:3-2",	"exclusive:1,",	  "exclusive:,1",
	"exclusive:1-",	 "exclusive:1--2", "exclusive:5%%",  "exclusive:4096-", "shared:2",	  "exclusive:1-4096",
	"exclusive:two", "exclusive:1,,2", "exclusive:1-2%", "exclusive: 1-2",	"exclusive:4097", "exclusive:1-2x",
};
/* clang-format on */

static void test_bad_values(void **)
{
	for (size_t i = 0; i < TABLE_SIZE(bad_values); i++) {
		struct cpus cpus = { .number = 77 };

		if (cpus_parse(bad_values[i], &cpus) != -EINVAL)
			fail_msg("'%s' was taken", bad_values[i]);
		assert_int_equal(cpus.number, 77);
	}
}

static struct node *node_that_wants(const char *cpus)
{
	struct node *node = node_new("web", "/web", "qmap");

	node->lines.cpus = 7;
	assert_int_equal(cpus_parse(cpus, &node->cpus), 0);
	return node;
}

static const struct {
	const char *cpus, *from, *taken, *gets;
} choices[] = {
	/* whole cores, one cache, one node, from the end */
	{ "exclusive:1", "0-7", "", "7" },
	{ "exclusive:2", "0-7", "", "6-7" },
	{ "exclusive:3", "0-7", "", "5-7" },
	{ "exclusive:4", "0-7", "", "4-7" },
	{ "exclusive:4", "0-7", "6-7", "0-3" },
	{ "exclusive:2", "0-7", "7,3", "4-5" },
	{ "exclusive:2", "0-3", "", "2-3" },
	{ "exclusive:6", "0-7", "", "2-7" },
	/* apart, when nothing else is left */
	{ "exclusive:2", "0-7", "1,3,5,7", "4,6" },
	/* parts, at least one */
	{ "exclusive:50%", "0-7", "", "4-7" },
	{ "exclusive:50%", "4-7", "", "6-7" },
	{ "exclusive:1%", "0-7", "", "7" },
	{ "exclusive:33%", "0-7", "", "5-7" },
	/* as said */
	{ "exclusive:0-0", "0-7", "", "0" },
	{ "exclusive:1,6", "0-7", "0,7", "1,6" },
};

static void test_choices(void **)
{
	for (size_t i = 0; i < TABLE_SIZE(choices); i++) {
		_cleanup_(node_freep) struct node *node = node_that_wants(choices[i].cpus);
		struct cid_set from = set_of(choices[i].from), taken = set_of(choices[i].taken), got;
		_cleanup_(freep) char *text = NULL;
		struct problems ps = {};

		assert_int_equal(cpus_choose(node, "t.ini", &from, &taken, NULL, machine, &got, &ps), 0);
		text = cid_set_text(&got, NULL);
		assert_string_equal(text, choices[i].gets);
	}
}

/* A number is taken of those in the cpuset, when there are enough. */
static void test_cpuset(void **)
{
	static const char *const sets[][2] = { { "0-3", "2-3" }, { "0", "6-7" } };

	for (size_t i = 0; i < TABLE_SIZE(sets); i++) {
		_cleanup_(node_freep) struct node *node = node_that_wants("exclusive:2");
		struct cid_set from = set_of("0-7"), taken = {}, cpuset = set_of(sets[i][0]), got;
		_cleanup_(freep) char *text = NULL;
		struct problems ps = {};

		assert_int_equal(cpus_choose(node, "t.ini", &from, &taken, &cpuset, machine, &got, &ps), 0);
		text = cid_set_text(&got, NULL);
		assert_string_equal(text, sets[i][1]);
	}
}

#define LOWER "\nhint: lower it: one must be left to others\n"

static const struct {
	const char *cpus, *from, *taken, *said;
} refusals[] = {
	{ "exclusive:8", "0-7", "", "[web] wants 8 cids of its own, and of the 8 that there are 7 can be given" LOWER },
	{ "exclusive:4", "0-7", "0-3",
	  "[web] wants 4 cids of its own, and of the 8 that there are 3 can be given" LOWER },
	{ "exclusive:1", "0-3", "0-3",
	  "[web] wants 1 cids of its own, and of the 4 that there are 0 can be given" LOWER },
	{ "exclusive:90%", "0-3", "",
	  "[web] wants 4 cids of its own, and of the 4 that there are 3 can be given" LOWER },
	{ "exclusive:0-3", "0-3", "",
	  "[web] wants 4 cids of its own, and of the 4 that there are 3 can be given" LOWER },
	{ "exclusive:7-8", "0-7", "", "[web] wants cids that it can't have as its own: there are 0-7\n" },
	{ "exclusive:2-3", "0-7", "3,5-6",
	  "[web] wants cids that it can't have as its own: there are 0-7, and 3,5-6 belong to nodes beside it\n" },
};

static void test_refusals(void **)
{
	for (size_t i = 0; i < TABLE_SIZE(refusals); i++) {
		_cleanup_(node_freep) struct node *node = node_that_wants(refusals[i].cpus);
		struct cid_set from = set_of(refusals[i].from), taken = set_of(refusals[i].taken), got;
		_cleanup_(freep) char *said = NULL, *expected = NULL;
		struct problems ps = {};

		assert_int_equal(cpus_choose(node, "t.ini", &from, &taken, NULL, machine, &got, &ps), -EINVAL);
		said = say(&ps);
		assert_true(asprintf(&expected, "t.ini:7: %s", refusals[i].said) > 0);
		assert_string_equal(said, expected);
	}
}

static void test_parent_without(void **)
{
	_cleanup_(node_freep) struct node *node = node_that_wants("exclusive:1"),
					  *parent = node_that_wants("exclusive:1");
	struct cid_set taken = {}, got;
	_cleanup_(freep) char *said = NULL;
	struct problems ps = {};

	node->parent = parent;
	assert_int_equal(cpus_choose(node, NULL, NULL, &taken, NULL, NULL, &got, &ps), -EINVAL);
	said = say(&ps);
	assert_string_equal(said, "[web] can't have cids of its own: its parent [web] has none\n"
				  "hint: give its parent 'cpus', too, or leave it out here\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),	    cmocka_unit_test(test_names),
		cmocka_unit_test(test_good_values), cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_choices),	    cmocka_unit_test(test_cpuset),
		cmocka_unit_test(test_refusals),    cmocka_unit_test(test_parent_without),
	};

	return cmocka_run_group_tests(tests, make_machine, NULL);
}
