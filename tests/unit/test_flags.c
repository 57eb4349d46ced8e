// SPDX-License-Identifier: GPL-2.0
/*
 * test_flags.c: what an object declares, calls and implements against what root and its parent do.
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

#include "loader/object/flags.h"
#include "objects.h"
#include "said.h"

#define IDLE		(1 << 0)
#define LAST		(1 << 1)
#define EXITING		(1 << 2)
#define PARTIAL		(1 << 3)
#define PER_NODE	(1 << 6)
#define TID		(1 << 8)

static char *no_members[] = { NULL };
static char *takes_subs[] = { "sub_attach", NULL };

static struct object_facts root_with(uint64_t flags)
{
	return (struct object_facts){ .name = "root", .flags = flags, .members = takes_subs, .is_root = true };
}

static struct node web = { .name = "web", .cgroup = "/web", .sched = "qmap", .depth = 1, .lines.sched = 5 };

/* What is said of qmap on /web beneath this root; "" when nothing is wrong. To be freed. */
static char *judge(const struct object_facts *qmap, const struct object_facts *root, const struct btf *kernel)
{
	struct problems ps = {};
	int r = flags_check(qmap, root, root, &web, "demo.ini", kernel, &ps);

	assert_int_equal(r, ps.nr ? -EINVAL : 0);
	return say(&ps);
}

static void check(const struct object_facts *qmap, const struct object_facts *root, const char *expected)
{
	_cleanup_(freep) char *said = judge(qmap, root, NULL);

	assert_string_equal(said, expected);
}

static void test_honoured(void **)
{
	struct object_facts qmap = { .name = "qmap", .members = no_members }, root = root_with(0);

	check(&qmap, &root, "");
	qmap.flags = LAST | EXITING | 1 << 4 | 1 << 5 | 1 << 7;
	check(&qmap, &root, "");
}

static void test_needs_root(void **)
{
	struct object_facts qmap = { .name = "qmap", .flags = TID, .calls_tid_to_task = true, .members = no_members };
	struct object_facts lacks = root_with(EXITING), has = root_with(TID);

	check(&qmap, &has, "");
	check(&qmap, &lacks,
	      "demo.ini:5: 'qmap' on '/web' declares SCX_OPS_TID_TO_TASK, which root 'root' does not enable\n"
	      "hint: choose another scheduler here, or a root scheduler that enables it\n");
}

static void test_undeclared_call(void **)
{
	struct object_facts qmap = { .name = "qmap", .calls_tid_to_task = true, .members = no_members };
	struct object_facts lacks = root_with(0), has = root_with(TID);

	check(&qmap, &lacks,
	      "demo.ini:5: 'qmap' on '/web' calls scx_bpf_tid_to_task() without declaring SCX_OPS_TID_TO_TASK, which "
	      "root "
	      "'root' does not enable\nhint: declare it in the flags of its ops\n");
	check(&qmap, &has,
	      "demo.ini:5: 'qmap' on '/web' calls scx_bpf_tid_to_task() without declaring SCX_OPS_TID_TO_TASK, which "
	      "root "
	      "'root' enables\nhint: declare it in the flags of its ops\n");
}

static void test_ignored(void **)
{
	struct object_facts qmap = { .name = "qmap", .flags = IDLE | PARTIAL | PER_NODE, .members = no_members };
	struct object_facts root = root_with(PARTIAL);

	check(&qmap, &root,
	      "demo.ini:5: 'qmap' on '/web' declares SCX_OPS_KEEP_BUILTIN_IDLE, which the kernel ignores on a sub; "
	      "root "
	      "'root' does not enable it\nhint: take it out of the flags of its ops\n"
	      "demo.ini:5: 'qmap' on '/web' declares SCX_OPS_SWITCH_PARTIAL, which the kernel ignores on a sub; root "
	      "'root' enables it\nhint: take it out of the flags of its ops\n"
	      "demo.ini:5: 'qmap' on '/web' declares SCX_OPS_BUILTIN_IDLE_PER_NODE, which the kernel ignores on a sub; "
	      "root "
	      "'root' does not enable it\nhint: take it out of the flags of its ops\n");
}

static void test_ignored_members(void **)
{
	static const char *const ignored[] = { "hotplug_seq", "cid_shard_size", "rescue_bandwidth_ppt",
					       "rescue_quantum_us", "init_cids",      "cid_online",
					       "cid_offline" };
	char *of_root[] = { "sub_attach", "cid_online", NULL };
	struct object_facts root = { .name = "root", .members = of_root };

	for (size_t i = 0; i < TABLE_SIZE(ignored); i++) {
		char *members[] = { "enqueue", (char *)ignored[i], "timeout_ms", NULL };
		struct object_facts qmap = { .name = "qmap", .members = members, .uses_pool = true };
		_cleanup_(freep) char *expected = NULL;

		assert_true(asprintf(&expected,
				     "demo.ini:5: 'qmap' on '/web' has ops.%s, which the kernel ignores on a sub; root "
				     "'root' "
				     "%s\nhint: take it out of its ops\n",
				     ignored[i], strcmp(ignored[i], "cid_online") ? "has none" : "has it") > 0);
		check(&qmap, &root, expected);
		/* of a foreign one what it sets, not what it would do as root: from init_cids on */
		qmap.uses_pool = false;
		check(&qmap, &root, i < 4 ? expected : "");
	}
}

static void test_unknown_bits(void **)
{
	struct object_facts qmap = { .name = "qmap", .flags = 1ull << 9 | 1ull << 60 | LAST, .members = no_members };
	struct object_facts root = root_with(0);
	const char *expected =
		"demo.ini:5: 'qmap' on '/web' declares flag bit 0x200, which is unknown to this kernel\n"
		"hint: build the object for the kernel that runs\n"
		"demo.ini:5: 'qmap' on '/web' declares flag bit 0x1000000000000000, which is unknown to this "
		"kernel\nhint: build the object for the kernel that runs\n";
	_cleanup_(btf__freep) struct btf *kernel = kernel_at("TEST_VMLINUX");
	_cleanup_(freep) char *said = judge(&qmap, &root, kernel);

	assert_string_equal(said, expected);
	check(&qmap, &root, expected);
}

/* A kernel with more flags, and TID_TO_TASK at another place: what it says counts, not what Linux 7.3 has. */
static void test_flags_of_the_kernel(void **)
{
	_cleanup_(btf__freep) struct btf *kernel = btf__new_empty();
	struct object_facts qmap = { .name = "qmap", .flags = 1 << 9, .members = no_members }, root = root_with(0);
	_cleanup_(freep) char *said = NULL;

	assert_true(btf__add_enum64(kernel, "scx_ops_flags", 8, false) > 0);
	assert_int_equal(btf__add_enum64_value(kernel, "SCX_OPS_TID_TO_TASK", 1 << 9), 0);
	assert_int_equal(btf__add_enum64_value(kernel, "SCX_OPS_ALL_FLAGS", (1 << 10) - 1), 0);
	said = judge(&qmap, &root, kernel);
	assert_string_equal(
		said, "demo.ini:5: 'qmap' on '/web' declares SCX_OPS_TID_TO_TASK, which root 'root' does not enable\n"
		      "hint: choose another scheduler here, or a root scheduler that enables it\n");
}

static void test_parent(void **)
{
	struct node batch = { .name = "web-batch", .cgroup = "/web/batch", .parent = &web, .lines.sched = 9 };
	struct object_facts fifo = { .name = "fifo", .members = no_members, .uses_pool = true }, qmap = fifo;
	struct object_facts root = root_with(0);
	_cleanup_(freep) char *said = NULL, *foreign = NULL;
	struct problems ps = {};

	qmap.name = "qmap";
	assert_int_equal(flags_check(&qmap, &fifo, &root, &batch, "demo.ini", NULL, &ps), -EINVAL);
	said = say(&ps);
	assert_string_equal(
		said,
		"demo.ini:5: 'fifo' on '/web' has no sub_attach, so 'qmap' on '/web/batch' can't attach beneath it\n"
		"hint: choose another scheduler for the upper one\n");
	root.members = no_members;
	check(&qmap, &root, "");	/* object_open() has said it */
	fifo.members = takes_subs;
	assert_int_equal(flags_check(&qmap, &fifo, &root, &batch, "demo.ini", NULL, &ps), 0);
	fifo.uses_pool = false;
	assert_int_equal(flags_check(&qmap, &fifo, &root, &batch, "demo.ini", NULL, &ps), -EINVAL);
	foreign = say(&ps);
	assert_string_equal(foreign,
			    "demo.ini:9: 'qmap' on '/web/batch' can't attach beneath 'fifo' on '/web', which is no "
			    "scheduler of this tree\nhint: choose one built on sub-scheds/sub.bpf.h for '/web'\n");
}

static void test_root(void **)
{
	struct object_facts root = root_with(PARTIAL | TID | IDLE);
	struct root_conf conf = { .sched = "root", .line = 1 };
	_cleanup_(freep) char *said = NULL;
	struct problems ps = {};

	root.calls_tid_to_task = true;
	assert_int_equal(flags_check_root(&root, &conf, "demo.ini", NULL, &ps), 0);
	root.flags = 1 << 9;
	assert_int_equal(flags_check_root(&root, &conf, "demo.ini", NULL, &ps), -EINVAL);
	conf.sched_line = 2;
	root.flags = 0;
	assert_int_equal(flags_check_root(&root, &conf, "demo.ini", NULL, &ps), -EINVAL);
	said = say(&ps);
	assert_string_equal(
		said, "demo.ini:1: root 'root' declares flag bit 0x200, which is unknown to this kernel\n"
		      "hint: build the object for the kernel that runs\n"
		      "demo.ini:1: root 'root' calls scx_bpf_tid_to_task() without declaring SCX_OPS_TID_TO_TASK\n"
		      "hint: declare it in the flags of its ops\n"
		      "demo.ini:2: root 'root' calls scx_bpf_tid_to_task() without declaring SCX_OPS_TID_TO_TASK\n"
		      "hint: declare it in the flags of its ops\n");
}

/* From the object files: what the compiler leaves is what the rules see. */
static void test_of_objects(void **)
{
	_cleanup_(freep) char *top_path = object_path("top"), *tid_path = object_path("tid_undeclared");
	_cleanup_(freep) char *good_path = object_path("good");
	_cleanup_(object_freep) struct object *top = NULL, *tid = NULL, *good = NULL;

	assert_int_equal(object_open(top_path, OBJECT_ROOT, NULL, 0, &top, NULL), 0);
	assert_int_equal(object_open(tid_path, OBJECT_SUB, NULL, 0, &tid, NULL), 0);
	assert_int_equal(object_open(good_path, OBJECT_SUB, NULL, 0, &good, NULL), 0);
	check(&tid->facts, &top->facts,
	      "demo.ini:5: 'tid_undeclared' on '/web' calls scx_bpf_tid_to_task() without declaring "
	      "SCX_OPS_TID_TO_TASK, "
	      "which root 'top' does not enable\nhint: declare it in the flags of its ops\n");
	check(&good->facts, &top->facts,
	      "demo.ini:5: 'good' on '/web' declares SCX_OPS_TID_TO_TASK, which root 'top' does not enable\n"
	      "hint: choose another scheduler here, or a root scheduler that enables it\n");
}

static void test_text(void **)
{
	_cleanup_(freep) char *none = flags_text(0), *two = flags_text(TID | EXITING | 1ull << 50);

	assert_string_equal(none, "");
	assert_string_equal(two, "ENQ_EXITING, TID_TO_TASK");
	assert_int_equal(flags_bit("SCX_OPS_TID_TO_TASK"), TID);
	assert_int_equal(flags_bit("TID_TO_TASK"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_honoured),
		cmocka_unit_test(test_needs_root),
		cmocka_unit_test(test_undeclared_call),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_ignored_members),
		cmocka_unit_test(test_unknown_bits),
		cmocka_unit_test(test_flags_of_the_kernel),
		cmocka_unit_test(test_parent),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_of_objects),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
