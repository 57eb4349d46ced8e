// SPDX-License-Identifier: GPL-2.0
/* test_state.c: what is written down of a tree is read back as it was; what nobody wrote is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/file/config.h"
#include "loader/tree/state.h"
#include "said.h"

DEFINE_CLEANUP(struct hierarchy, hierarchy_free)
DEFINE_CLEANUP(struct node, node_free)

static void test_record(void **)
{
	_cleanup_(record_clear) struct record r = {};
	const char *at = NULL;

	assert_int_equal(record_check(&r), -EINVAL);
	assert_null(record_get(&r, "a"));
	assert_null(record_next(&r, "", NULL));
	assert_int_equal(record_add(&r, "a", "%d", 1), 0);
	assert_int_equal(record_add(&r, "set.b", "x=%s\n", "y"), 0);
	assert_int_equal(record_add(&r, "set.c", "%s", ""), 0);
	assert_int_equal(record_add(&r, "ab", "2"), 0);
	assert_int_equal(r.size, sizeof("a=1\0set.b=x=y\n\0set.c=\0ab=2"));
	assert_memory_equal(r.text, "a=1\0set.b=x=y\n\0set.c=\0ab=2", r.size);
	assert_int_equal(record_check(&r), 0);
	assert_int_equal(record_number(&r, "a"), 1);
	assert_int_equal(record_number(&r, "ab"), 2);
	assert_int_equal(record_number(&r, "abc"), 0);
	assert_string_equal(record_get(&r, "set.c"), "");
	at = record_next(&r, "set.", at);
	assert_string_equal(at, "b=x=y\n");
	at = record_next(&r, "set.", at);
	assert_string_equal(at, "c=");
	assert_null(record_next(&r, "set.", at));
}

static void test_no_record(void **)
{
	static const struct {
		const char *text;
		size_t size;
	} bad[] = { { "a=1", 3 }, { "a=1\0b", 6 }, { "a=1\0\0", 5 }, { "", 1 } };

	for (size_t i = 0; i < TABLE_SIZE(bad); i++) {
		_cleanup_(record_clear) struct record r = { malloc(bad[i].size), bad[i].size };

		memcpy(r.text, bad[i].text, bad[i].size);
		assert_int_equal(record_check(&r), -EINVAL);
	}
}

static void test_node(void **)
{
	static const char *const options[] = { "weight=300", "cpus=exclusive:50%", "max_tasks=64",  "create=yes",
					       "on_exit=stop", "slice_us=2000",	   "words=a b = c" };
	static char path[] = "/lib/qmap.bpf.o", reason[] = "runtime error", msg[] = "scx_sub_enable()\nfailed: \xff";
	struct object object = { .facts.path = path };
	struct sched s = {
		.node = node_new("web", "/web/a", "./qmap"),
		.obj = &object,
		.state = NODE_EXITED,
		.exit = { .kind = 1024, .code = -22, .reason = reason, .msg = msg },
		.last_exit = { .kind = 68, .reason = reason, .msg = msg },
		.nr_restarts = 3,
		.nr_failures = 2,
		.nr_attempts = 1,
		.cgroup_id = 1ull << 33,
		.entity = 7,
		.region = (1ull << 44) + 4096,
	};
	_cleanup_(sched_freep) struct sched *read = sched_new();
	_cleanup_(record_clear) struct record r = {}, second = {};
	struct problems ps = {};

	for (size_t i = 0; i < TABLE_SIZE(options); i++)
		assert_int_equal(config_node_option(s.node, options[i], &ps), 0);
	s.node->lines.section = 12;
	cid_set_add(&s.cids, 3, 4);
	assert_int_equal(state_write(&s, &r), 0);
	assert_int_equal(record_check(&r), 0);

	assert_int_equal(state_read(&r, "there", read, &ps), 0);
	assert_string_equal(read->node->name, "web");
	assert_string_equal(read->node->cgroup, "/web/a");
	assert_string_equal(read->node->sched, "./qmap");
	assert_int_equal(read->node->weight, 300);
	assert_int_equal(read->node->cpus.kind, CPUS_PERCENT);
	assert_int_equal(read->node->cpus.number, 50);
	assert_int_equal(read->node->max_tasks, 64);
	assert_true(read->node->create);
	assert_int_equal(read->node->on_exit, ON_EXIT_STOP);
	assert_int_equal(read->node->lines.section, 12);
	assert_int_equal(read->node->settings.nr, 2);
	assert_string_equal(settings_find(&read->node->settings, "words")->value, "a b = c");
	assert_int_equal(read->state, NODE_EXITED);
	assert_int_equal(read->exit.kind, 1024);
	assert_int_equal(read->exit.code, -22);
	assert_string_equal(read->exit.reason, reason);
	assert_string_equal(read->exit.msg, msg);
	assert_int_equal(read->last_exit.kind, 68);
	assert_string_equal(read->last_exit.reason, reason);
	assert_int_equal(read->nr_restarts, 3);
	assert_int_equal(read->nr_failures, 2);
	assert_int_equal(read->nr_attempts, 1);
	assert_int_equal(read->cgroup_id, 1ull << 33);
	assert_int_equal(read->entity, 7);
	assert_int_equal(read->region, (1ull << 44) + 4096);
	assert_int_equal(cid_set_count(&read->cids), 1);
	assert_true(cid_set_has(&read->cids, 3));

	/* the same again: nothing was lost */
	read->obj = &object;
	assert_int_equal(state_write(read, &second), 0);
	read->obj = NULL;
	assert_int_equal(second.size, r.size);
	assert_memory_equal(second.text, r.text, r.size);
	node_free(s.node);
}

static void test_root(void **)
{
	static const char text[] =
		"[root]\npool_mb = 16\non_failure = continue\nslice_us = 700\n[a]\ncgroup = /a\nsched = b\n";
	_cleanup_(hierarchy_freep) struct hierarchy *h = NULL, *read = NULL;
	char path[] = "/tmp/test_state.XXXXXX";
	struct record r = {}, stopping = {};
	struct problems ps = {};
	int fd = mkstemp(path);

	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	assert_int_equal(config_read(path, &h, &ps), 0);
	unlink(path);
	assert_int_equal(state_write_root(h, "/lib/root.bpf.o", false, &r), 0);
	assert_memory_equal(r.text, "scx-loader=1", sizeof("scx-loader=1"));
	assert_string_equal(record_get(&r, "object"), "/lib/root.bpf.o");
	assert_null(record_get(&r, "stopping"));
	assert_int_equal(state_write_root(h, "/lib/root.bpf.o", true, &stopping), 0);
	assert_non_null(record_get(&stopping, "stopping"));

	assert_int_equal(state_read_root(&r, "there", &read, &ps), 0);
	assert_string_equal(read->file, path);
	assert_int_equal(read->root.line, 1);
	assert_int_equal(read->root.pool_mb, 16);
	assert_int_equal(read->root.max_tasks, h->root.max_tasks);
	assert_string_equal(read->root.sched, "root");
	assert_true(read->keep_going);
	assert_string_equal(settings_find(&read->root.settings, "slice_us")->value, "700");
	assert_int_equal(read->nr_nodes, 0);
	record_clear(&r);
	record_clear(&stopping);
}

/* Records that lack something, or say what no loader would. */
static void test_refusals(void **)
{
	static const struct {
		const char *key, *value, *says;
	} cases[] = {
		{ "name", NULL, "there: the record of a node is not what a loader writes\n" },
		{ "object", NULL, "there: the record of a node is not what a loader writes\n" },
		{ "state", NULL, "there: the record of a node is not what a loader writes\n" },
		{ "state", "happy", "there: the record of a node is not what a loader writes\n" },
		{ "key.cgroup", NULL, "there: the record of a node is not what a loader writes\n" },
		{ "key.cgroup", "a", "there:5: bad cgroup 'a': it does not begin with '/'\n" CGROUP_HINT },
		{ "key.weight", "0", "there:5: 'weight' is 0, and its range is 1 to 10000\n" },
		{ "cids", "3-1", "there: the record of a node is not what a loader writes\n" },
		{ "entity", "4294967299", "there: a number in the record of a node is not what a loader writes\n" },
		{ "entity", "-1", "there: a number in the record of a node is not what a loader writes\n" },
		{ "region", "18446744073709551616",
		  "there: a number in the record of a node is not what a loader writes\n" },
		{ "cgroup_id", "", "there: a number in the record of a node is not what a loader writes\n" },
		{ "attempts", "many", "there: a number in the record of a node is not what a loader writes\n" },
	};
	static const char *const good[][2] = {
		{ "name", "a" },       { "line", "5" },	     { "object", "/b" },  { "state", "opened" },
		{ "key.cgroup", "/a" }, { "key.sched", "b" }, { "key.weight", "1" }, { "cids", "1-3" },
		{ "entity", "3" },     { "region", "0" },     { "cgroup_id", "7" }, { "attempts", "1" },
	};

	for (size_t i = 0; i < TABLE_SIZE(cases); i++) {
		_cleanup_(sched_freep) struct sched *s = sched_new();
		_cleanup_(record_clear) struct record r = {};
		_cleanup_(freep) char *said = NULL;
		struct problems ps = {};

		for (size_t j = 0; j < TABLE_SIZE(good); j++) {
			bool this = !strcmp(good[j][0], cases[i].key);

			if (!this || cases[i].value)
				record_add(&r, good[j][0], "%s", this ? cases[i].value : good[j][1]);
		}
		assert_int_equal(state_read(&r, "there", s, &ps), -EINVAL);
		said = say(&ps);
		assert_string_equal(said, cases[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record), cmocka_unit_test(test_no_record), cmocka_unit_test(test_node),
		cmocka_unit_test(test_root),   cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
