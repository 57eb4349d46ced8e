// SPDX-License-Identifier: GPL-2.0
/*
 * test_tunable.c: declaration tags, and values between text and bytes. What is said of wrong values: test_object.c.
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
#include "loader/object/tunable.h"
#include "said.h"

static void test_tags(void **)
{
	static const struct {
		const char *tag;
		enum tunable_var var;
		size_t size;
		int ret;
	} tags[] = {
		{ "us:1..9:help", VAR_UNSIGNED, 8, 0 },
		{ "us:1..9:", VAR_UNSIGNED, 8, 0 },
		{ "us:0..255:h", VAR_UNSIGNED, 1, 0 },
		{ "us:0..256:h", VAR_UNSIGNED, 1, -EINVAL },
		{ "us:-1..5:h", VAR_UNSIGNED, 4, -EINVAL },
		{ "us:-128..127:h", VAR_SIGNED, 1, 0 },
		{ "us:-129..127:h", VAR_SIGNED, 1, -EINVAL },
		{ "us:-128..128:h", VAR_SIGNED, 1, -EINVAL },
		{ "us:-20..-1:h", VAR_SIGNED, 4, 0 },
		{ "us:0..4294967295:h", VAR_UNSIGNED, 4, 0 },
		{ "us:0..4294967296:h", VAR_UNSIGNED, 4, -EINVAL },
		{ "us:0..4294967295:h", VAR_SIGNED, 4, -EINVAL },
		{ "us:0..9223372036854775807:h", VAR_UNSIGNED, 8, 0 },
		{ "us:-9223372036854775808..0:h", VAR_SIGNED, 8, 0 },
		{ "us:0..9223372036854775808:h", VAR_UNSIGNED, 8, -EINVAL },
		{ "us:9..1:h", VAR_UNSIGNED, 8, -EINVAL },
		{ "us:1-9:h", VAR_UNSIGNED, 8, -EINVAL },
		{ "us:..9:h", VAR_UNSIGNED, 8, -EINVAL },
		{ "us: 1..9:h", VAR_UNSIGNED, 8, -EINVAL },
		{ "us:1..9x:h", VAR_UNSIGNED, 8, -EINVAL },
		{ "us:1..9", VAR_UNSIGNED, 8, -EINVAL },
		{ "us", VAR_UNSIGNED, 8, -EINVAL },
		{ "", VAR_UNSIGNED, 8, -EINVAL },
		{ ":1..9:h", VAR_UNSIGNED, 8, -EINVAL },
		{ "us:1..9:h", VAR_UNSIGNED, 3, -EINVAL },
		{ "us:1..9:h", VAR_CHARS, 8, -EINVAL },
		{ "bool::h", VAR_UNSIGNED, 1, 0 },
		{ "bool:SCX_OPS_ENQ_LAST:h", VAR_UNSIGNED, 1, 0 },
		{ "a|b::h", VAR_UNSIGNED, 4, 0 },
		{ "a|b:0..1:h", VAR_UNSIGNED, 4, -EINVAL },
		{ "string::h", VAR_CHARS, 16, 0 },
		{ "string::h", VAR_UNSIGNED, 8, -EINVAL },
		{ "string:16:h", VAR_CHARS, 16, -EINVAL },
	};

	for (size_t i = 0; i < TABLE_SIZE(tags); i++) {
		struct tunable t;

		if (tunable_init(&t, "x", tags[i].tag, tags[i].var, tags[i].size) != tags[i].ret)
			fail_msg("tag '%s' with %zu bytes: expected %d", tags[i].tag, tags[i].size, tags[i].ret);
		tunable_clear(&t);
	}
}

/* What is parsed is formatted back as it was, and uses the variable's bytes and no others. */
static void test_values(void **)
{
	static const struct {
		const char *tag;
		enum tunable_var var;
		size_t size;
		const char *text;
	} values[] = {
		{ "us:0..9223372036854775807:h", VAR_UNSIGNED, 8, "9223372036854775807" },
		{ "us:0..4294967295:h", VAR_UNSIGNED, 4, "4294967295" },
		{ "us:-9..9:h", VAR_SIGNED, 8, "-9" },
		{ "us:-9..9:h", VAR_SIGNED, 2, "-9" },
		{ "us:-9..9:h", VAR_SIGNED, 1, "9" },
		{ "us:0..255:h", VAR_UNSIGNED, 1, "200" },
		{ "bool::h", VAR_UNSIGNED, 1, "yes" },
		{ "bool::h", VAR_UNSIGNED, 4, "no" },
		{ "fifo|prio|x::h", VAR_UNSIGNED, 4, "fifo" },
		{ "fifo|prio|x::h", VAR_UNSIGNED, 4, "prio" },
		{ "fifo|prio|x::h", VAR_UNSIGNED, 1, "x" },
		{ "string::h", VAR_CHARS, 4, "abc" },
		{ "string::h", VAR_CHARS, 4, "" },
	};

	for (size_t i = 0; i < TABLE_SIZE(values); i++) {
		char bytes[16];
		struct tunable t;
		_cleanup_(freep) char *text = NULL;

		memset(bytes, 0x5a, sizeof(bytes));
		assert_int_equal(tunable_init(&t, "x", values[i].tag, values[i].var, values[i].size), 0);
		assert_int_equal(tunable_parse(&t, values[i].text, bytes, NULL, 0, NULL), 0);
		assert_int_equal(bytes[t.size], 0x5a);
		text = tunable_format(&t, bytes);
		assert_string_equal(text, values[i].text);
		tunable_clear(&t);
	}
}

static void test_wrong_values(void **)
{
	static const struct {
		const char *tag, *text;
	} values[] = {
		{ "us:0..9:h", "" },	   { "us:0..9:h", "10" },     { "us:0..9:h", "-1" },
		{ "us:0..9:h", "+1" },	   { "us:0..9:h", " 1" },     { "us:0..9:h", "1 " },
		{ "us:0..9:h", "0x1" },	   { "us:0..9:h", "1us" },    { "us:0..9:h", "1.5" },
		{ "bool::h", "1" },	   { "bool::h", "YES" },      { "fifo|prio::h", "fifo|prio" },
		{ "fifo|prio::h", "fif" }, { "fifo|prio::h", "pri" }, { "fifo|prio::h", "" },
		{ "fifo|prio::h", "0" },
	};

	for (size_t i = 0; i < TABLE_SIZE(values); i++) {
		uint32_t v = 0x5a5a5a5a;
		struct tunable t;
		struct problems ps = {};

		assert_int_equal(tunable_init(&t, "x", values[i].tag, VAR_UNSIGNED, sizeof(v)), 0);
		if (!tunable_parse(&t, values[i].text, &v, NULL, 0, &ps) || ps.nr != 1)
			fail_msg("'%s' was taken for '%s'", values[i].text, values[i].tag);
		assert_int_equal(v, 0x5a5a5a5a);
		problems_free(&ps);
		tunable_clear(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_wrong_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
