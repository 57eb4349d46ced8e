// SPDX-License-Identifier: GPL-2.0
/* test_samples.c: what happened in the last seconds is the difference of counters, and nothing older. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loader/tree/samples.h"

#define SECOND_NS	1000000000ull
#define MS_NS		1000000ull

static void assert_near(double a, double b)
{
	if (a - b > 1e-6 || b - a > 1e-6)
		fail_msg("%g is not %g", a, b);
}

static void test_buckets(void **)
{
	assert_int_equal(pool_wait_bucket(0), 0);
	assert_int_equal(pool_wait_bucket(1023), 0);
	assert_int_equal(pool_wait_bucket(1024), 1);
	for (unsigned int i = 0; i < POOL_WAITS - 1; i++) {
		assert_int_equal(pool_wait_bucket(pool_wait_below_ns(i) - 1), i);
		assert_int_equal(pool_wait_bucket(pool_wait_below_ns(i)), i + 1);
	}
	assert_int_equal(pool_wait_bucket(UINT64_MAX), POOL_WAITS - 1);
}

/* Two CPUs for a long while, then one: soon only that one is seen. */
static void test_window(void **)
{
	struct samples s = {};
	struct sample now = { .at_s = 1000, .used_ns = 77 };

	samples_add(&s, &now);
	for (int i = 0; i < 3 * SAMPLES_NR; i++) {
		now.at_s += 0.2;
		now.used_ns += 2 * SECOND_NS / 5;
		now.entitled_s += 0.3;
		samples_add(&s, &now);
		assert_near(samples_usage(&s).cpus, 2);
		assert_near(samples_usage(&s).entitled, 1.5);
	}
	for (int i = 0; i < SAMPLES_NR - 1; i++) {
		assert_true(samples_usage(&s).cpus > 1.001);
		now.at_s += 0.2;
		now.used_ns += SECOND_NS / 5;
		samples_add(&s, &now);
	}
	assert_near(samples_usage(&s).cpus, 1);
	assert_near(samples_usage(&s).entitled, 0);
	assert_near(samples_newest(&s)->at_s, now.at_s);
}

/* Looks that come late make the time no longer that is told of. */
static void test_late(void **)
{
	struct samples s = {};
	struct sample now = { .at_s = 1000 };

	for (int i = 0; i < 2 * SAMPLES_NR; i++) {
		samples_add(&s, &now);
		now.at_s += 1;
		now.used_ns += (i < 2 * SAMPLES_NR - 6 ? 2 : 1) * SECOND_NS;
	}
	samples_add(&s, &now);
	assert_near(samples_usage(&s).cpus, 1);
	/* but for the two last ones */
	now.at_s += 100;
	now.used_ns += 300 * SECOND_NS;
	samples_add(&s, &now);
	assert_near(samples_usage(&s).cpus, 3);
}

/* Nothing is known yet. */
static void test_young(void **)
{
	struct samples s = {};
	struct sample now = { .at_s = 1000, .used_ns = 50 * SECOND_NS };

	assert_near(samples_newest(&s)->at_s, 0);
	assert_near(samples_usage(&s).cpus, 0);
	samples_add(&s, &now);
	assert_near(samples_usage(&s).cpus, 0);
	assert_int_equal(samples_usage(&s).p99_wait_ns, -1);
	now.used_ns += SECOND_NS;
	now.at_s += 0.5;
	samples_add(&s, &now);
	assert_near(samples_usage(&s).cpus, 2);
}

static int64_t p99(uint64_t at_once, uint64_t us, uint64_t ms)
{
	struct samples s = {};
	struct sample now = { .at_s = 1000, .nr_at_once = 1000000 };

	now.nr_waits[20] = 5000;
	samples_add(&s, &now);
	now.at_s++;
	now.nr_at_once += at_once;
	now.nr_waits[pool_wait_bucket(900)] += us;
	now.nr_waits[pool_wait_bucket(3 * MS_NS)] += ms;
	samples_add(&s, &now);
	return samples_usage(&s).p99_wait_ns;
}

static void test_p99(void **)
{
	assert_int_equal(p99(0, 0, 0), -1);
	assert_int_equal(p99(1, 0, 0), 0);
	assert_int_equal(p99(0, 1, 0), 1024);
	assert_int_equal(p99(0, 0, 1), 4 * 1024 * 1024);
	/* one in a hundred may be slower, two may not */
	assert_int_equal(p99(0, 99, 1), 1024);
	assert_int_equal(p99(0, 98, 2), 4 * 1024 * 1024);
	assert_int_equal(p99(99, 0, 1), 0);
	assert_int_equal(p99(98, 1, 1), 1024);
	/* of those at once, many were sent back */
	assert_int_equal(p99(-5, 1, 0), 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets), cmocka_unit_test(test_window), cmocka_unit_test(test_young),
		cmocka_unit_test(test_late),   cmocka_unit_test(test_p99),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
