// SPDX-License-Identifier: GPL-2.0
/*
 * test_summary.c: the line in which a service manager shows which schedulers are attached.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loader/tree/tree_impl.h"

static void test_summary(void **)
{
	static const struct {
		enum node_state states[3];
		const char *expected;
	} cases[] = {
		{ { NODE_ATTACHED, NODE_ATTACHED, NODE_ATTACHED }, "3 of 3 schedulers attached" },
		{ { NODE_ATTACHED, NODE_WAITING, NODE_WAITING }, "1 of 3 schedulers attached; waiting: svc batch" },
		{ { NODE_EXITED, NODE_ATTACHED, NODE_FAILED }, "1 of 3 schedulers attached; not: web batch" },
		{ { NODE_LEFT, NODE_WAITING, NODE_ATTACHED }, "1 of 3 schedulers attached; waiting: svc; not: web" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct node nodes[] = { { .name = (char *)"web" },
					{ .name = (char *)"svc" },
					{ .name = (char *)"batch" } };
		struct sched scheds[3] = {}, *list[3];
		const struct tree t = { .scheds = list, .nr_scheds = 3 };
		_cleanup_(freep) char *text = NULL;

		for (size_t j = 0; j < 3; j++) {
			list[j] = &scheds[j];
			scheds[j].node = &nodes[j];
			scheds[j].state = cases[i].states[j];
		}
		text = tree_summary(&t);
		assert_string_equal(text, cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_summary) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
