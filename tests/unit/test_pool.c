// SPDX-License-Identifier: GPL-2.0
/* test_pool.c: what is written down of a node is believed when the pool says the same, and looked at only then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loader/kernel/pool.h"

#define PAGES		16384
#define FIRST		pool_first_region(PAGES)
#define END		(POOL_BASE + PAGES * POOL_PAGE)

static void test_has_node(void **)
{
	const struct pool_hdr hdr = { .nr_pages = PAGES, .nr_entities = 8 };
	const struct entity entities[] = {
		[ENTITY_ROOT] = { .region = FIRST },	  [3] = { .cgroup_id = 7, .region = FIRST + 8 * POOL_PAGE },
		[4] = { .cgroup_id = 8, .region = 0 },	  [5] = { .cgroup_id = 9, .region = 4096 },
		[6] = { .cgroup_id = 10, .region = END }, [7] = { .cgroup_id = 11, .region = FIRST + 1 },
	};
	const struct {
		uint32_t nr;
		uint64_t cgroup_id, region;
		bool has;
	} cases[] = {
		{ 3, 7, FIRST + 8 * POOL_PAGE, true },
		{ 3, 8, FIRST + 8 * POOL_PAGE, false },
		{ 3, 7, FIRST + 9 * POOL_PAGE, false },
		{ 3, 7, 4096, false },
		{ 3, 7, 0, false },
		/* beyond the table */
		{ 8, 0, 0, false },
		{ 70000, 7, FIRST, false },
		{ UINT32_MAX, 7, FIRST, false },
		/* of no cgroup's node */
		{ ENTITY_ROOT, 0, FIRST, false },
		{ 4, 8, 0, false },
		/* what the table says is no region */
		{ 5, 9, 4096, false },
		{ 6, 10, END, false },
		{ 7, 11, FIRST + 1, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(pool_has_node(&hdr, entities, cases[i].nr, cases[i].cgroup_id, cases[i].region),
				 cases[i].has);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_has_node) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
