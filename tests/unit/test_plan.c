// SPDX-License-Identifier: GPL-2.0
/*
 * test_plan.c: the steps from one hierarchy to another. Nodes are written `NAME CGROUP SCHED KEY=VALUE...`, of root the
 * cgroup is "/"; a node whose name begins with "ended" has no scheduler now, one with "waiting" waits for its cgroup, a tunable
 * that begins with "live" can change in place.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/cleanup.h"
#include "loader/file/config.h"
#include "loader/file/plan.h"
#include "loader/file/section.h"
#include "said.h"

#define MAX_NODES 8

DEFINE_CLEANUP(struct hierarchy, hierarchy_free)

static void set(const struct section *s, char *setting)
{
	char *value = strchr(setting, '=');

	*value++ = '\0';
	assert_int_equal(section_set(s, setting, value, &(struct origin){ "t.ini", 7 }, NULL), 0);
}

static void add(struct hierarchy *h, const char *text)
{
	_cleanup_(freep) char *copy = strdup(text);
	char *name = strtok(copy, " "), *cgroup = strtok(NULL, " "), *sched = strtok(NULL, " "), *setting;
	struct node *node = node_new(name, cgroup, sched);
	struct section s = section_of_node(node);

	if (!strcmp(cgroup, "/")) {
		node_free(node);
		s = section_of_root(h);
	} else {
		hierarchy_add(h, node);
	}
	while ((setting = strtok(NULL, " ")))
		set(&s, setting);
}

static struct hierarchy *make(const char *const *nodes)
{
	struct hierarchy *h = hierarchy_new("t.ini");
	struct problems ps = {};

	while (*nodes)
		add(h, *nodes++);
	assert_int_equal(hierarchy_finish(h, &ps), 0);
	return h;
}

static bool is_attached(void *, const struct node *node)
{
	return strncmp(node->name, "ended", 5);
}

static bool is_waiting(void *, const struct node *node)
{
	return !strncmp(node->name, "waiting", 7);
}

static bool is_live(void *, const struct node *, const char *tunable)
{
	return !strncmp(tunable, "live", 4);
}

static const struct plan_view view = { is_attached, is_waiting, is_live, NULL };

/* clang-format off */
static const struct {
	const char *was[MAX_NODES], *want[MAX_NODES];
	const char *steps;
} plans[] = {
	{ { "a /a qmap batch=2" }, { "a /a qmap batch=2" }, "" },
	{ { "a /a qmap" }, { "a /a qmap", "b /b fifo" }, "attach 'b' (fifo) to '/b'\n" },
	{ { "a /a qmap", "b /b fifo" }, { "b /b fifo" }, "detach 'a' from '/a': it is not in the file\n" },
	/* in the order of the file, but parents first, and the other way round */
	{ { "x /x qmap" }, { "c /a/b/c fifo", "a /a qmap", "b /a/b qmap", "x /x qmap" },
	  "attach 'a' (qmap) to '/a'\nattach 'b' (qmap) to '/a/b'\nattach 'c' (fifo) to '/a/b/c'\n" },
	{ { "x /x qmap", "c /a/b/c fifo", "a /a qmap", "b /a/b qmap" }, { "x /x qmap" },
	  "detach 'c' from '/a/b/c': it is not in the file\n"
	  "detach 'b' from '/a/b': it is not in the file\n"
	  "detach 'a' from '/a': it is not in the file\n" },
	/* in place */
	{ { "a /a qmap weight=100 on_exit=leave live1=1 live2=2 live3=3" },
	  { "a /a qmap weight=300 on_exit=restart create=yes live1=1 live2=5 live4=9" },
	  "set weight of 'a' to 300\nset create of 'a' to yes\nset on_exit of 'a' to restart\n"
	  "set live2 of 'a' to 5\nset live4 of 'a' to 9\nset live3 of 'a' to its default\n" },
	{ { "a /a qmap weight=300" }, { "a /a qmap" }, "" },	/* stays as it is */
	{ { "a /a qmap" }, { "b /a qmap weight=5" }, "set weight of 'b' to 5\ncall 'a' on '/a' 'b'\n" },
	{ { "a /a qmap" }, { "a /a qmap parent=root" }, "" },
	{ { "r / - on_failure=stop", "a /a qmap" }, { "r / - on_failure=continue live=2", "a /a qmap" },
	  "set on_failure of 'root' to continue\nset live of 'root' to 2\n" },
	/* swaps */
	{ { "a /a qmap" }, { "a /a fifo weight=5 live=1" },
	  "detach 'a' from '/a': sched changes from qmap to fifo\nattach 'a' (fifo) to '/a'\n" },
	{ { "a /a qmap max_tasks=64" }, { "a /a qmap" },
	  "detach 'a' from '/a': max_tasks changes from 64 to 8192\nattach 'a' (qmap) to '/a'\n" },
	{ { "a /a qmap batch=2" }, { "a /a qmap live=3" },
	  "detach 'a' from '/a': batch changes from 2 to its default\nattach 'a' (qmap) to '/a'\n" },
	/* what lies beneath goes with it, and what does not lie beneath is left alone */
	{ { "a /a qmap", "b /a/b fifo", "c /a/b/c fifo", "d /d qmap", "e /d/e qmap" },
	  { "a /a qmap", "b /a/b qmap", "c /a/b/c fifo", "d /d qmap", "e /d/e qmap live=1" },
	  "set live of 'e' to 1\n"
	  "detach 'c' from '/a/b/c': its parent 'b' is attached anew\n"
	  "detach 'b' from '/a/b': sched changes from fifo to qmap\n"
	  "attach 'b' (qmap) to '/a/b'\n"
	  "attach 'c' (fifo) to '/a/b/c'\n" },
	/* a node between, above, and one that goes from between */
	{ { "a /a qmap", "c /a/b/c fifo" }, { "a /a qmap", "b /a/b qmap", "c /a/b/c fifo" },
	  "detach 'c' from '/a/b/c': its parent becomes 'b'\n"
	  "attach 'b' (qmap) to '/a/b'\nattach 'c' (fifo) to '/a/b/c'\n" },
	{ { "b /a/b qmap", "c /a/c qmap" }, { "a /a qmap", "b /a/b qmap", "c /a/c qmap" },
	  "detach 'c' from '/a/c': its parent becomes 'a'\n"
	  "detach 'b' from '/a/b': its parent becomes 'a'\n"
	  "attach 'a' (qmap) to '/a'\nattach 'b' (qmap) to '/a/b'\nattach 'c' (qmap) to '/a/c'\n" },
	{ { "a /a qmap", "b /a/b qmap", "c /a/b/c fifo" }, { "a /a qmap", "c /a/b/c fifo" },
	  "detach 'c' from '/a/b/c': its parent becomes 'a'\n"
	  "detach 'b' from '/a/b': it is not in the file\n"
	  "attach 'c' (fifo) to '/a/b/c'\n" },
	/* moved to another cgroup */
	{ { "a /a qmap", "b /a/b qmap" }, { "a /a qmap", "b /b qmap" },
	  "detach 'b' from '/a/b': it is not in the file\nattach 'b' (qmap) to '/b'\n" },
	/* first what leaves room, then what is away for a while, then what is new */
	{ { "n /n qmap", "s /s qmap", "g /g qmap" }, { "new /new qmap", "n /n qmap", "s /s fifo" },
	  "detach 'g' from '/g': it is not in the file\n"
	  "detach 's' from '/s': sched changes from qmap to fifo\nattach 's' (fifo) to '/s'\n"
	  "attach 'new' (qmap) to '/new'\n" },
	/* two that change: each is away only for its own time */
	{ { "a /a qmap", "b /b qmap" }, { "a /a fifo", "b /b fifo" },
	  "detach 'a' from '/a': sched changes from qmap to fifo\nattach 'a' (fifo) to '/a'\n"
	  "detach 'b' from '/b': sched changes from qmap to fifo\nattach 'b' (fifo) to '/b'\n" },
	/* what has ended is attached again, or forgotten */
	{ { "a /a qmap", "ended /a/e fifo", "ended2 /f fifo" }, { "a /a qmap", "ended /a/e fifo" },
	  "detach 'ended2' from '/f': it is not in the file\nattach 'ended' (fifo) to '/a/e'\n" },
	{ { "ended /a qmap", "ended2 /a/e fifo" }, { "ended /a fifo", "ended2 /a/e fifo" },
	  "attach 'ended' (fifo) to '/a'\nattach 'ended2' (fifo) to '/a/e'\n" },
	/* what waits is as it should be, and what changes of it does when it is attached */
	{ { "waiting /a qmap", "waiting2 /a/e fifo" }, { "waiting /a qmap", "waiting2 /a/e fifo" }, "" },
	{ { "waiting /a qmap", "waiting2 /a/e fifo", "b /b qmap" }, { "waiting /a qmap weight=5 live=3", "waiting2 /a/e fifo", "b /b qmap" },
	  "attach 'waiting' (qmap) to '/a'\nattach 'waiting2' (fifo) to '/a/e'\n" },
	{ { "waiting /a qmap", "waiting2 /a/e fifo" }, { "waiting /a qmap", "waiting2 /a/e qmap" },
	  "attach 'waiting2' (qmap) to '/a/e'\n" },
	{ { "waiting /a/e qmap" }, { "a /a qmap", "waiting /a/e qmap" },
	  "attach 'a' (qmap) to '/a'\nattach 'waiting' (qmap) to '/a/e'\n" },
	{ { "waiting /a qmap" }, { "other /a qmap" }, "call 'waiting' on '/a' 'other'\n" },
};
/* clang-format on */

static char *all_steps(const struct plan *plan)
{
	char *text = strdup("");

	for (size_t i = 0; i < plan->nr; i++) {
		_cleanup_(freep) char *step = step_text(&plan->steps[i]), *before = text;

		assert_true(asprintf(&text, "%s%s\n", before, step) > 0);
	}
	return text;
}

static void test_plans(void **)
{
	for (size_t i = 0; i < TABLE_SIZE(plans); i++) {
		_cleanup_(hierarchy_freep) struct hierarchy *was = make(plans[i].was), *want = make(plans[i].want);
		_cleanup_(plan_free) struct plan plan = {};
		_cleanup_(freep) char *text = NULL;
		struct problems ps = {};

		assert_int_equal(plan_make(was, want, &view, &plan, &ps), 0);
		assert_int_equal(ps.nr, 0);
		text = all_steps(&plan);
		assert_string_equal(text, plans[i].steps);
	}
}

static void test_root(void **)
{
	_cleanup_(hierarchy_freep) struct hierarchy *was =
		make((const char *[]){ "r / - pool_mb=32", "a /a qmap", NULL });
	_cleanup_(hierarchy_freep) struct hierarchy *want =
		make((const char *[]){ "r / - sched=other pool_mb=64 max_tasks=16384 partial=yes", "a /a qmap", NULL });
	_cleanup_(plan_free) struct plan plan = {};
	_cleanup_(freep) char *text = NULL;
	struct problems ps = {};

	assert_int_equal(plan_make(was, want, &view, &plan, &ps), -EINVAL);
	text = say(&ps);
	assert_string_equal(text,
			    "t.ini:7: sched of [root] can't change from root to other while the tree runs\n"
			    "hint: stop the loader and start it again\n"
			    "t.ini:7: pool_mb of [root] can't change from 32 to 64 while the tree runs\n"
			    "hint: stop the loader and start it again\n"
			    "t.ini:7: partial of [root] can't change from its default to yes while the tree runs\n"
			    "hint: stop the loader and start it again\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plans),
		cmocka_unit_test(test_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
