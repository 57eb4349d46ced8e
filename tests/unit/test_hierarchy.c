// SPDX-License-Identifier: GPL-2.0
/*
 * test_hierarchy.c: parents, depths and order of nodes, the rules between them, and the paths of cgroups.
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
#include "loader/file/hierarchy.h"
#include "said.h"

#define MAX_NODES 8

DEFINE_CLEANUP(struct hierarchy, hierarchy_free)

/* Nodes of these cgroups, each named as its cgroup and said in line 10, 20, ... */
static struct hierarchy *make(const char *const *cgroups)
{
	struct hierarchy *h = hierarchy_new("t.ini");

	for (unsigned int i = 0; cgroups[i]; i++) {
		struct node *node = node_new(cgroups[i], cgroups[i], "qmap");

		node->lines.cgroup = 10 * (i + 1);
		hierarchy_add(h, node);
	}
	return h;
}

static const struct {
	const char *cgroups[MAX_NODES];
	const char *finished;	/* CGROUP:PARENT:DEPTH of each node, in order */
} orders[] = {
	{ { "/a" }, "/a:root:1 " },
	{ { "/b", "/a" }, "/b:root:1 /a:root:1 " },
	{ { "/a", "/a/b", "/c" }, "/a:root:1 /a/b:/a:2 /c:root:1 " },
	{ { "/a/b", "/c", "/a" }, "/a:root:1 /a/b:/a:2 /c:root:1 " },
	{ { "/a/b/c", "/a/x", "/a", "/a/b" }, "/a:root:1 /a/b:/a:2 /a/b/c:/a/b:3 /a/x:/a:2 " },
	{ { "/ab", "/a", "/abc/d" }, "/ab:root:1 /a:root:1 /abc/d:root:1 " },	/* whole components */
	{ { "/a/b/c/d/e", "/a" }, "/a:root:1 /a/b/c/d/e:/a:2 " },	/* cgroups between need no node */
	{ { "/a/b/c", "/a/d" }, "/a/b/c:root:1 /a/d:root:1 " },
};

static void test_order(void **)
{
	for (size_t i = 0; i < TABLE_SIZE(orders); i++) {
		_cleanup_(hierarchy_freep) struct hierarchy *h = make(orders[i].cgroups);
		struct problems ps = {};
		char text[200] = "";

		assert_int_equal(hierarchy_finish(h, &ps), 0);
		assert_int_equal(ps.nr, 0);
		for (size_t j = 0; j < h->nr_nodes; j++) {
			const struct node *node = h->nodes[j];
			size_t len = strlen(text);

			snprintf(text + len, sizeof(text) - len, "%s:%s:%u ", node->cgroup,
				 node->parent ? node->parent->name : "root", node->depth);
		}
		assert_string_equal(text, orders[i].finished);
	}
}

static void test_shared_cgroup(void **)
{
	static const char *const cgroups[] = { "/a", "/b", "/a", "/a", NULL };
	_cleanup_(hierarchy_freep) struct hierarchy *h = make(cgroups);
	_cleanup_(problems_free) struct problems ps = {};

	assert_int_equal(hierarchy_finish(h, &ps), -EINVAL);
	assert_int_equal(ps.nr, 2);
	for (size_t i = 0; i < ps.nr; i++) {
		assert_string_equal(ps.list[i].where, i ? "t.ini:40" : "t.ini:30");
		assert_string_equal(ps.list[i].text, "[/a] has the cgroup '/a', which is that of [/a] in line 10");
		assert_string_equal(ps.list[i].hint, "give each node a cgroup of its own");
	}
	assert_int_equal(hierarchy_finish(h, NULL), -EINVAL);
}

static void test_depth(void **)
{
	static const char *const cgroups[] = { "/a/b/c/d/e", "/a/b/c/d", "/a", "/a/b", "/a/b/c", NULL };
	_cleanup_(hierarchy_freep) struct hierarchy *h = make(cgroups);
	_cleanup_(problems_free) struct problems ps = {};

	assert_int_equal(hierarchy_finish(h, &ps), -EINVAL);
	assert_int_equal(ps.nr, 2);
	assert_string_equal(ps.list[0].where, "t.ini:20");
	assert_string_equal(ps.list[0].text, "[/a/b/c/d] is nested 4 deep, and the kernel's limit below root is 3: "
					     "[/a] > [/a/b] > [/a/b/c] > [/a/b/c/d]");
	assert_string_equal(ps.list[0].hint, "leave out a node of these: its tasks stay with the scheduler above");
	assert_string_equal(ps.list[1].where, "t.ini:10");
	assert_string_equal(ps.list[1].text, "[/a/b/c/d/e] is nested 5 deep, and the kernel's limit below root is 3: "
					     "[/a] > [/a/b] > [/a/b/c] > [/a/b/c/d] > [/a/b/c/d/e]");
}

/* A node whose cgroup was refused is nobody's parent or child. */
static void test_node_without_cgroup(void **)
{
	static const char *const cgroups[] = { "/a", NULL };
	_cleanup_(hierarchy_freep) struct hierarchy *h = make(cgroups);
	struct problems ps = {};

	hierarchy_add(h, node_new("x", NULL, NULL));
	hierarchy_add(h, node_new("y", NULL, NULL));
	assert_int_equal(hierarchy_finish(h, &ps), 0);
	assert_int_equal(ps.nr, 0);
	assert_null(h->nodes[1]->parent);
	assert_null(hierarchy_find(h, "/x"));
}

static void test_find(void **)
{
	static const char *const cgroups[] = { "/a", "/a/b", NULL };
	_cleanup_(hierarchy_freep) struct hierarchy *h = make(cgroups);

	assert_ptr_equal(hierarchy_find(h, "/a"), h->nodes[0]);
	assert_ptr_equal(hierarchy_find(h, "/a/b"), h->nodes[1]);
	assert_null(hierarchy_find(h, "/a/"));
	assert_null(hierarchy_find(h, "/a/b/c"));
	assert_null(hierarchy_above(h, "/a"));
	assert_ptr_equal(hierarchy_above(h, "/a/b"), h->nodes[0]);
	assert_ptr_equal(hierarchy_above(h, "/a/bc"), h->nodes[0]);
	assert_ptr_equal(hierarchy_above(h, "/a/b/c/d"), h->nodes[1]);
	assert_null(hierarchy_above(h, "/ab"));
}

static const struct {
	const char *text, *path, *why;
} paths[] = {
	{ "/web", "/web", NULL },
	{ "/web/", "/web", NULL },
	{ "/a/b.slice/c@1.service/", "/a/b.slice/c@1.service", NULL },
	{ "/...", "/...", NULL },
	{ "/.hidden/..b", "/.hidden/..b", NULL },
	{ "/sys/fs/cgroups", "/sys/fs/cgroups", NULL },
	{ "", NULL, "it does not begin with '/'" },
	{ "web", NULL, "it does not begin with '/'" },
	{ "./web", NULL, "it does not begin with '/'" },
	{ "/", NULL, "it is root's" },
	{ "//", NULL, "it has an empty component" },
	{ "/web//", NULL, "it has an empty component" },
	{ "/a//b", NULL, "it has an empty component" },
	{ "/.", NULL, "it has a component '.' or '..'" },
	{ "/..", NULL, "it has a component '.' or '..'" },
	{ "/a/./b", NULL, "it has a component '.' or '..'" },
	{ "/a/.b/../c", NULL, "it has a component '.' or '..'" },
	{ "/a/../", NULL, "it has a component '.' or '..'" },
	{ "/sys/fs/cgroup", NULL, "it includes the mount point" },
	{ "/sys/fs/cgroup/web", NULL, "it includes the mount point" },
};

static void test_cgroup_paths(void **)
{
	for (size_t i = 0; i < TABLE_SIZE(paths); i++) {
		_cleanup_(freep) char *path = NULL;
		const char *why = NULL;

		assert_int_equal(hierarchy_cgroup_path(paths[i].text, &path, &why), paths[i].path ? 0 : -EINVAL);
		if (paths[i].path)
			assert_string_equal(path, paths[i].path);
		else
			assert_string_equal(why, paths[i].why);
	}
}

static void test_settings(void **)
{
	struct settings settings = {};

	settings_add(&settings, "slice_us", "4000", 3);
	settings_add(&settings, "batch", "8", 0);
	assert_ptr_equal(settings_find(&settings, "batch"), &settings.list[1]);
	assert_string_equal(settings_find(&settings, "slice_us")->value, "4000");
	assert_int_equal(settings_find(&settings, "slice_us")->line, 3);
	assert_null(settings_find(&settings, "slice"));
	settings_free(&settings);
	assert_int_equal(settings.nr, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),	 cmocka_unit_test(test_shared_cgroup),
		cmocka_unit_test(test_depth),	 cmocka_unit_test(test_node_without_cgroup),
		cmocka_unit_test(test_find),	 cmocka_unit_test(test_cgroup_paths),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
