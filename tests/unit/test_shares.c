// SPDX-License-Identifier: GPL-2.0
/* test_shares.c: CPUs are shared by weight among those that have work, and what one can't use goes to the others. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "loader/tree/shares.h"

#define NO_LIMIT .limit = INFINITY

static void check(struct share *list, size_t nr, double cpus, const double *expected)
{
	shares_entitle(list, nr, cpus);
	for (size_t i = 0; i < nr; i++)
		if (fabs(list[i].entitled - expected[i]) > 1e-9)
			fail_msg("%zu is entitled to %g CPUs, not %g", i, list[i].entitled, expected[i]);
}

#define CHECK(list, cpus, ...) \
	do { \
		const double expected[] = { __VA_ARGS__ }; \
		_Static_assert(sizeof(expected) / sizeof(double) == sizeof(list) / sizeof(*(list)), "one for each"); \
		check(list, sizeof(list) / sizeof(*(list)), cpus, expected); \
	} while (0)

/* All want more than there is. */
static void test_weights(void **)
{
	struct share list[] = {
		{ .wants = 0, .weight = 100, NO_LIMIT },
		{ .wants = 8, .weight = 300, NO_LIMIT },
		{ .wants = 8, .weight = 100, NO_LIMIT },
	};

	CHECK(list, 4, 4, 3, 1);
	list[0].wants = 8;
	CHECK(list, 5, 5, 3, 1); /* root's own tasks are one of weight 100 */
	CHECK(list, 100, 24, 8, 8);
	list[1].weight = 10000;
	list[2].weight = 900;
	CHECK(list, 11, 11, 8, 2.7);
	list[2].weight = 0.3; /* cpu.idle */
	CHECK(list, 10.3, 10.3, 8, 2.3 * 0.3 / 100.3);
}

/* What one can't use goes to the others by their weights, and on from them. */
static void test_given_away(void **)
{
	struct share list[] = {
		{ .wants = 0.5, .weight = 100, NO_LIMIT }, { .wants = 1, .weight = 1000, NO_LIMIT },
		{ .wants = 8, .weight = 300, NO_LIMIT },   { .wants = 8, .weight = 100, NO_LIMIT },
		{ .wants = 0, .weight = 1000, NO_LIMIT },
	};

	CHECK(list, 5.5, 5.5, 1, 3, 1, 0);
	/* still not enough for half a CPU of root's own */
	CHECK(list, 1.8, 1.8, 1, 0.48, 0.16, 0);
}

static void test_levels(void **)
{
	struct share list[] = {
		{ .weight = 100, NO_LIMIT },
		{ .wants = 4, .weight = 100, .parent = 0, NO_LIMIT },
		{ .wants = 4, .weight = 300, .parent = 1, NO_LIMIT },
		{ .wants = 0, .weight = 100, .parent = 0, NO_LIMIT },
		{ .wants = 4, .weight = 100, .parent = 3, NO_LIMIT },
		{ .wants = 4, .weight = 10000, .parent = 3, NO_LIMIT },
	};

	/* web's own tasks have what is left of its half */
	CHECK(list, 4, 4, 2, 1.5, 2, 2. / 101, 200. / 101);
	list[5].wants = 0.25;
	CHECK(list, 4, 4, 2, 1.5, 2, 1.75, 0.25);
	list[4].wants = 0;
	CHECK(list, 4, 4, 3.75, 2.8125, 0.25, 0, 0.25);
}

/* As many groups as a pool has, and each leaves a little to the next: it takes no time to speak of. */
static void test_many(void **)
{
	static struct share list[20000];
	size_t nr = sizeof(list) / sizeof(*list);
	double sum = 0;

	list[0] = (struct share){ .weight = 100, NO_LIMIT };
	for (size_t i = 1; i < nr; i++)
		list[i] = (struct share){ .weight = 100, .wants = i, NO_LIMIT };
	shares_entitle(list, nr, 1e6);
	for (size_t i = 1; i < nr; i++)
		sum += list[i].entitled;
	assert_true(fabs(sum - 1e6) < 1e-3);
	assert_true(fabs(list[1].entitled - 1) < 1e-9);
	assert_true(list[nr - 1].entitled == list[nr - 2].entitled);
}

static void test_limits(void **)
{
	struct share list[] = {
		{ .weight = 100, NO_LIMIT },
		{ .wants = 4, .weight = 100, .limit = 0.5 },
		{ .wants = 4, .weight = 100, .parent = 1, NO_LIMIT },
		{ .wants = 4, .weight = 100, .parent = 0, NO_LIMIT },
	};

	CHECK(list, 4, 4, 0.5, 0.25, 3.5);
	list[3].limit = 3;
	CHECK(list, 4, 3.5, 0.5, 0.25, 3);
}

/* Who has CPUs of his own runs on no others; what he leaves of them others use. */
static void test_exclusive(void **)
{
	struct share list[] = {
		{ .weight = 100, NO_LIMIT },
		{ .wants = 8, .weight = 100, .exclusive = 2, NO_LIMIT },
		{ .wants = 8, .weight = 100, .parent = 1, .exclusive = 1, NO_LIMIT },
		{ .wants = 8, .weight = 300, .parent = 0, NO_LIMIT },
		{ .wants = 8, .weight = 100, .parent = 0, NO_LIMIT },
	};

	CHECK(list, 4, 4, 2, 1, 1.5, 0.5);
	list[1].wants = 0;
	CHECK(list, 4, 4, 1, 1, 2.25, 0.75);
	list[2].wants = 0.2;
	CHECK(list, 4, 4, 0.2, 0.2, 2.85, 0.95);
}

static void test_idle(void **)
{
	struct share list[] = { { .weight = 100, NO_LIMIT }, { .weight = 1, NO_LIMIT } };

	CHECK(list, 4, 0, 0);
	CHECK(list, 0, 0, 0);
	list[1].wants = 1;
	CHECK(list, 0, 0, 0);
	CHECK(list, 4, 1, 1);
	shares_entitle(NULL, 0, 4);
}

/* Any numbers, and not only round ones: nothing is lost, nothing is made, and nobody gets more than he can use. */
static void test_any(void **)
{
	struct share list[20];
	double sum;

	srandom(1);
	for (int n = 0; n < 20000; n++) {
		double cpus = random() % 8000 / 1000., all = 0;

		for (size_t i = 0; i < 20; i++) {
			list[i] = (struct share){ .weight = 1 + random() % 10000, NO_LIMIT };
			if (random() % 2)
				list[i].wants = random() / 1e8;
			all += list[i].wants;
		}
		shares_entitle(list, 20, cpus);
		sum = 0;
		for (size_t i = 1; i < 20; i++) {
			assert_true(list[i].entitled <= list[i].wants + 1e-9);
			sum += list[i].entitled;
		}
		assert_true(fabs(list[0].entitled - (cpus < all ? cpus : all)) < 1e-9);
		assert_true(sum <= list[0].entitled + 1e-9);
		assert_true(sum >= list[0].entitled - list[0].wants - 1e-9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weights), cmocka_unit_test(test_given_away), cmocka_unit_test(test_levels),
		cmocka_unit_test(test_limits),	cmocka_unit_test(test_exclusive),  cmocka_unit_test(test_idle),
		cmocka_unit_test(test_any),	cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
