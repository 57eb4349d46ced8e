// SPDX-License-Identifier: GPL-2.0
/* test_rows.c: what top shows: a tree that stays one however it is sorted and folded, in columns that fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/cleanup.h"
#include "loader/show/rows.h"

#define NODE(name, depth, weight, cpus, queued, running) \
	"{\"name\":\"" name "\",\"state\":\"attached\",\"cgroup\":\"/some/where\",\"sched\":\"qmap\",\"depth\":" #depth \
	",\"weight\":" #weight ",\"delivered_milli\":" #cpus ",\"nr_queued\":" #queued ",\"nr_running\":" #running "}"

/* clang-format off */
static const char tree[] = "{\"nodes\":["
	NODE("root", 0, 100, 4000, 0, 1) ","
	NODE("a", 1, 100, 500, 0, 0) ","
	NODE("a1", 2, 100, 200, 1, 1) ","
	NODE("a2", 2, 300, 300, 0, 1) ","
	NODE("a2x", 3, 100, 0, 0, 0) ","
	NODE("b", 1, 300, 1500, 2, 3) ","
	NODE("c", 1, 200, 500, 9, 0) "]}";
static const char later[] = "{\"nodes\":["
	NODE("root", 0, 100, 4000, 0, 1) ","
	NODE("new", 1, 100, 0, 0, 0) ","
	NODE("a", 1, 100, 500, 0, 0) ","
	NODE("a2", 2, 300, 300, 0, 1) ","
	NODE("a2x", 3, 100, 0, 0, 0) ","
	NODE("c", 1, 200, 500, 9, 0) "]}";
/* clang-format on */

static void update(struct rows *r, const char *text)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;

	assert_int_equal(sd_json_parse(text, 0, &v, NULL, NULL), 0);
	rows_update(r, v);
}

/* The names that are shown, with a * at the selected one */
static void check(const struct rows *r, const char *expected)
{
	char text[256] = "";

	for (size_t i = 0; i < r->nr; i++) {
		_cleanup_(freep) char *name = rows_cell(r, i, CELL_NODE);

		sprintf(text + strlen(text), "%s%s%s", i ? " " : "", name + strspn(name, " "),
			i == r->selected ? "*" : "");
	}
	assert_string_equal(text, expected);
}

static void select_row(struct rows *r, const char *name)
{
	rows_move(r, -100);
	while (strcmp(node_string(r->list[r->selected].node, "name"), name))
		rows_move(r, 1);
}

static void sort_by(struct rows *r, enum cell cell)
{
	for (int i = 0; i < NR_CELLS; i++)
		rows_sort_next(r, -1);
	assert_int_equal(r->sort, CELL_NODE);
	for (int i = 0; i < NR_CELLS && r->sort != cell; i++)
		rows_sort_next(r, 1);
	assert_int_equal(r->sort, cell);
}

/* Children stay below their parent; equals stay in the file's order. */
static void test_sort(void **)
{
	_cleanup_(rows_free) struct rows r = {};

	update(&r, tree);
	check(&r, "root* a a1 a2 a2x b c");
	sort_by(&r, CELL_CPUS);
	check(&r, "root* b a a2 a2x a1 c");
	sort_by(&r, CELL_WEIGHT);
	check(&r, "root* b c a a2 a2x a1");
	sort_by(&r, CELL_RUN);
	check(&r, "root* c b a a1 a2 a2x");
	rows_sort_reverse(&r);
	check(&r, "root* a a2 a2x a1 b c");
	sort_by(&r, CELL_NODE);
	check(&r, "root* c b a a2 a2x a1");
	rows_sort_reverse(&r);
	check(&r, "root* a a1 a2 a2x b c");
	/* the last one it can be sorted by */
	for (int i = 0; i < 2 * NR_CELLS; i++)
		rows_sort_next(&r, 1);
	assert_int_equal(r.sort, CELL_SLAB);
}

static void test_fold(void **)
{
	_cleanup_(rows_free) struct rows r = {};

	update(&r, tree);
	select_row(&r, "a2");
	rows_fold(&r);
	check(&r, "root a a1 a2 +1* b c");
	select_row(&r, "a");
	rows_fold(&r);
	check(&r, "root a +3* b c");
	/* still folded inside */
	rows_fold(&r);
	check(&r, "root a* a1 a2 +1 b c");
	rows_fold_all(&r, false);
	check(&r, "root a* a1 a2 a2x b c");
	rows_fold_all(&r, true);
	check(&r, "root a +3* b c");
	/* one without children has nothing to fold */
	select_row(&r, "b");
	rows_fold(&r);
	assert_int_equal(r.nr_folded, 2);
	check(&r, "root a +3 b* c");
	select_row(&r, "root");
	rows_fold(&r);
	check(&r, "root +6*");
}

/* What is selected and folded is kept while nodes come and go. */
static void test_update(void **)
{
	_cleanup_(rows_free) struct rows r = {};

	update(&r, tree);
	select_row(&r, "a2");
	rows_fold(&r);
	select_row(&r, "c");
	check(&r, "root a a1 a2 +1 b c*");
	update(&r, later);
	check(&r, "root new a a2 +1 c*");
	update(&r, "{\"nodes\":[]}");
	check(&r, "");
	update(&r, tree);
	check(&r, "root* a a1 a2 +1 b c");
	select_row(&r, "b");
	update(&r, later);
	check(&r, "root new a a2 +1 c*");
	update(&r, "{}");
	check(&r, "");
	rows_move(&r, 1);
	rows_fold(&r);
}

static void test_move(void **)
{
	_cleanup_(rows_free) struct rows r = {};

	update(&r, tree);
	rows_move(&r, -1);
	assert_int_equal(r.selected, 0);
	rows_move(&r, 2);
	rows_move(&r, 1);
	assert_int_equal(r.selected, 3);
	rows_move(&r, 100);
	assert_int_equal(r.selected, 6);
	/* the selected one moves with its name */
	select_row(&r, "c");
	sort_by(&r, CELL_RUN);
	check(&r, "root c* b a a1 a2 a2x");
}

static int total(const int *widths)
{
	int sum = -2;

	for (int c = 0; c < NR_CELLS; c++)
		sum += widths[c] ? widths[c] + 2 : 0;
	return sum;
}

static void test_layout(void **)
{
	_cleanup_(rows_free) struct rows r = {};
	int widths[NR_CELLS], before = NR_CELLS;

	update(&r, tree);
	rows_layout(&r, 200, widths);
	assert_int_equal(widths[CELL_CGROUP], strlen("/some/where"));
	assert_int_equal(widths[CELL_NODE], strlen("      a2x"));
	for (int width = total(widths); width > 0; width--) {
		int nr = 0;

		rows_layout(&r, width, widths);
		assert_true(total(widths) <= width);
		for (int c = 0; c < NR_CELLS; c++)
			nr += widths[c] > 0;
		assert_true(nr <= before);
		before = nr;
		if (width == 80) {
			assert_int_equal(widths[CELL_CGROUP], 0);
			assert_true(widths[CELL_STATE] && widths[CELL_SLAB] && widths[CELL_P99]);
		}
	}
	assert_int_equal(before, 1);
	assert_int_equal(widths[CELL_NODE], 1);
	rows_layout(&r, 0, widths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sort), cmocka_unit_test(test_fold),   cmocka_unit_test(test_update),
		cmocka_unit_test(test_move), cmocka_unit_test(test_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
