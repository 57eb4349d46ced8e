// SPDX-License-Identifier: GPL-2.0
/*
 * test_list.c: what `scx-loader list` shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/object/list.h"
#include "objects.h"
#include "said.h"

static void check_list(const char *search_path, const char *expected)
{
	_cleanup_(freep) char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	list_schedulers(out, search_path);
	fclose(out);
	assert_string_equal(text, expected);
}

static void test_none(void **)
{
	check_list("/nowhere:", "no schedulers in '/nowhere:'\n");
}

/* Whatever the files are called; one that can't be used takes nothing of the others away. */
static void test_names(void **)
{
	_cleanup_(freep) char *good = object_path("good"), *bad = object_path("bad_map"), *text = NULL;
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
	char folder[] = "/tmp/test_list.XXXXXX", link[64], other[64];

	assert_non_null(mkdtemp(folder));
	snprintf(link, sizeof(link), "%s/b\xff.bpf.o", folder);
	snprintf(other, sizeof(other), "%s/a\xff.bpf.o", folder);
	assert_int_equal(symlink(good, link), 0);
	assert_int_equal(symlink(bad, other), 0);
	assert_int_equal(list_to_json(folder, &list), 0);
	assert_true(sd_json_variant_format(list, 0, &text) >= 0);
	assert_non_null(strstr(text, "/a?.bpf.o\",\"problems\":[\"'"));
	assert_non_null(strstr(text, "/b?.bpf.o\",\"name\":\"b?\""));
	unlink(link);
	unlink(other);
	rmdir(folder);
}

/* A folder with these objects of ours. */
static void test_some(void **)
{
	static const char *const names[] = { "top", "good", "cpu_form", "bad_map", "tid_undeclared" };
	char folder[] = "/tmp/test_list.XXXXXX";
	_cleanup_(freep) char *expected = NULL;

	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < TABLE_SIZE(names); i++) {
		_cleanup_(freep) char *path = object_path(names[i]), *link = NULL;

		assert_true(asprintf(&link, "%s/%s.bpf.o", folder, names[i]) > 0);
		assert_int_equal(symlink(path, link), 0);
	}
	assert_true(
		asprintf(&expected,
			 "bad_map.bpf.o: can't be used\n"
			 "    '%s/bad_map.bpf.o' can't be opened by libbpf: Operation not supported\n"
			 "    libbpf: map 'odd': unknown field 'colour'.\n"
			 "\n"
			 "cpu_form.bpf.o: can't be used\n"
			 "    '%s/cpu_form.bpf.o' is a cpu-form scheduler; a sub must be cid-form (struct "
			 "sched_ext_ops_cid)\n"
			 "\n"
			 "good: does nothing, well\n"
			 "    cid-form sub; flags: ENQ_EXITING, TID_TO_TASK\n"
			 "    slice_us    = 4000    100..1000000 us       how long a task runs: then another does\n"
			 "    nice        = -5      -20..19 steps         added to a task's own\n"
			 "    batch       = 1       1..255 tasks          tasks taken at once\n"
			 "    boost       = yes     yes|no                tasks of nice -20 first\n"
			 "    immed       = no      yes|no                insert to run at once, or not at all\n"
			 "    on_full     = refuse  degrade|refuse|abort  what becomes of a task without a context\n"
			 "    command     = ''      up to 15 bytes        the only command to take\n"
			 "    patience_us = 30      0..500 us             how long to wait for it (changes in place)\n"
			 "\n"
			 "tid_undeclared\n"
			 "    cid-form sub, has an arena of its own; flags: none\n"
			 "\n"
			 "top\n"
			 "    cid-form root; flags: none\n",
			 folder, folder) > 0);
	check_list(folder, expected);
	for (size_t i = 0; i < TABLE_SIZE(names); i++) {
		_cleanup_(freep) char *link = NULL;

		assert_true(asprintf(&link, "%s/%s.bpf.o", folder, names[i]) > 0);
		unlink(link);
	}
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_some),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
