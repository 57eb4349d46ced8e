// SPDX-License-Identifier: GPL-2.0
/*
 * test_kernel.c: what is said of kernels, by the BTF of Debian's 7.3 ($TEST_VMLINUX) and 7.2 ($TEST_VMLINUX_OLD).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <cmocka.h>

#include "loader/kernel/kernel.h"
#include "loader/object/types.h"
#include "objects.h"
#include "said.h"

#define NEEDED_HINT	"hint: Linux 7.3 or later is needed, with CONFIG_EXT_SUB_SCHED\n"

static void check_lacks(const struct btf *kernel, const char *missing)
{
	_cleanup_(freep) char *said = NULL, *expected = NULL;
	struct problems ps = {};
	struct utsname running;

	uname(&running);
	assert_true(asprintf(&expected, "kernel %s lacks %s\n" NEEDED_HINT, running.release, missing) > 0);
	assert_int_equal(kernel_check(kernel, NULL, &ps), -EOPNOTSUPP);
	said = say(&ps);
	assert_string_equal(said, expected);
}

static void test_new(void **)
{
	_cleanup_(btf__freep) struct btf *kernel = kernel_at("TEST_VMLINUX");
	struct problems ps = {};

	if (!kernel)
		skip();
	assert_int_equal(kernel_check(kernel, NULL, &ps), 0);
	assert_int_equal(ps.nr, 0);
}

static void test_old(void **)
{
	_cleanup_(btf__freep) struct btf *kernel = kernel_at("TEST_VMLINUX_OLD");

	if (!kernel)
		skip();
	check_lacks(kernel, "ops.sub_ecaps_updated, ops.cpuctl_set_weight, scx_bpf_sub_grant(), SCX_ENQ_RESCUE");
}

/* What is found with an index of the types is what is found without, also in a kernel that it is not the index of. */
static void test_index(void **)
{
	_cleanup_(btf__freep) struct btf *kernel = kernel_at("TEST_VMLINUX"), *old = kernel_at("TEST_VMLINUX_OLD");
	__s32 ids[2][64] = {};

	if (!kernel || !old)
		skip();
	for (int round = 0; round < 2; round++) {
		for (__u32 i = 0; i < 64; i++) {
			const struct btf *btf = i & 1 ? old : kernel;
			const struct btf_type *t = btf__type_by_id(btf, 1 + i * (btf__type_cnt(btf) / 64));

			ids[round][i] = t->name_off ? btf__find_by_name_kind(btf, types_name(btf, t), btf_kind(t)) :
						      btf__find_by_name_kind(btf, "no such function", BTF_KIND_FUNC);
			assert_int_equal(ids[round][i], ids[0][i]);
			assert_int_equal(ids[round][i] > 0, t->name_off > 0);
		}
		types_index(kernel);
	}
}

static void test_without_sched_ext(void **)
{
	_cleanup_(btf__freep) struct btf *kernel = btf__new_empty();

	check_lacks(kernel,
		    "struct sched_ext_ops_cid, scx_bpf_sub_dispatch(), scx_bpf_sub_grant(), scx_bpf_tid_to_task(), "
		    "scx_bpf_cid_curr(), SCX_OPS_TID_TO_TASK, SCX_ENQ_IMMED, SCX_ENQ_RESCUE");
}

/* CONFIG_EXT_SUB_SCHED is what gives a cgroup its scheduler. */
static void test_without_sub_schedulers(void **)
{
	_cleanup_(btf__freep) struct btf *kernel = btf__new_empty();
	_cleanup_(freep) char *said = NULL;
	struct problems ps = {};

	assert_true(btf__add_struct(kernel, "cgroup", 8) > 0);
	kernel_check(kernel, NULL, &ps);
	said = say(&ps);
	assert_non_null(strstr(said, ", CONFIG_EXT_SUB_SCHED\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_old),
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_without_sched_ext),
		cmocka_unit_test(test_without_sub_schedulers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
