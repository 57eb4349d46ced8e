// SPDX-License-Identifier: GPL-2.0
/* test_text.c: what can be shown and what can't; numbers; what there is no memory for. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <systemd/sd-json.h>

#include "loader/cleanup.h"
#include "loader/text.h"
#include "said.h"

static const struct {
	const char *text, *mended;
} texts[] = {
	{ "", "" },
	{ "web\tbatch ~", "web\tbatch ~" },
	{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7" },
	{ "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbd", "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbd" },
	{ "\xef\xb7\x90\xef\xbf\xbf\xf4\x8f\xbf\xbe", "??????????" }, /* no characters */
	{ "line\nline\r", "line?line?" },
	{ "\x1b[1mbold\x7f", "?[1mbold?" },
	{ "\xc2\x9b", "??" }, /* a control character of two bytes */
	{ "\xff\xfe", "??" },
	{ "a\xc3", "a?" }, /* cut off */
	{ "\xe2\x82z", "??z" },
	{ "\xf0\x9f\x90", "???" },
	{ "\x80\xbf", "??" },		/* without a beginning */
	{ "\xc0\xaf\xc1\xbf", "????" }, /* longer than need be */
	{ "\xe0\x9f\xbf", "???" },
	{ "\xf0\x8f\xbf\xbf", "????" },
	{ "\xed\xa0\x80", "???" },	/* half of a pair */
	{ "\xf4\x90\x80\x80", "????" }, /* beyond the last one */
	{ "\xf8\x88\x80\x80\x80", "?????" },
};

static void test_plain(void **)
{
	for (size_t i = 0; i < TABLE_SIZE(texts); i++)
		assert_int_equal(text_is_plain(texts[i].text), !strcmp(texts[i].text, texts[i].mended));
	assert_int_equal(text_shown("abc\ndef"), 3);
	assert_int_equal(text_shown("\xc3\xa4\xff"), 2);
}

static void test_mend(void **)
{
	for (size_t i = 0; i < TABLE_SIZE(texts); i++) {
		sd_json_variant *json = NULL;
		char text[32];

		strcpy(text, texts[i].text);
		text_mend(text);
		assert_string_equal(text, texts[i].mended);
		assert_int_equal(sd_json_variant_new_string(&json, text), 0);
		sd_json_variant_unref(json);
	}
}

static void test_number(void **)
{
	static const char *const none[] = { "", " 1", "+1", "-1", "x", "f" };
	uint64_t number;

	assert_string_equal(text_number("0", 10, &number), "");
	assert_int_equal(number, 0);
	assert_string_equal(text_number("007 us", 10, &number), " us");
	assert_int_equal(number, 7);
	assert_string_equal(text_number("0x1fg", 16, &number), "g");
	assert_int_equal(number, 0x1f);
	assert_string_equal(text_number("18446744073709551616-", 10, &number), "-");
	assert_int_equal(number, UINT64_MAX);
	for (size_t i = 0; i < TABLE_SIZE(none); i++)
		assert_null(text_number(none[i], 10, &number));
}

static void test_memory(void **)
{
	_cleanup_(freep) char *copy = copy_text("web"), *text = NULL;
	char said[64] = "";
	int ends[2], status;
	pid_t pid;

	assert_string_equal(copy, "web");
	assert_null(copy_text(NULL));
	text = mem(text_of("%s/%d", "web", 7));
	assert_string_equal(text, "web/7");

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDERR_FILENO);
		mem((char *)NULL);
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_true(read(ends[0], said, sizeof(said) - 1) > 0);
	assert_string_equal(said, "scx-loader: out of memory\n");
	close(ends[0]);
}

/* Whatever is told quotes what others wrote, line by line. */
static void test_told(void **)
{
	struct problems ps = {};

	problem_add(&ps, "fi\xff.ini", 3, "see \x80", "no '%s'\n    %s", "\xff", "\x1b[m");
	assert_string_equal(ps.list[0].where, "fi?.ini:3");
	assert_string_equal(ps.list[0].text, "no '?'\n    ?[m");
	assert_string_equal(ps.list[0].hint, "see ?");
	problems_free(&ps);
}

/* Two columns for some characters, none for an accent; what is none of the locale's counts by bytes. */
static void test_width(void **)
{
	_cleanup_(freep) char *padded = NULL;
	FILE *out;

	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("/web"), 4);
	assert_int_equal(text_width("/B\xc3\xbcro"), 5);
	assert_int_equal(text_width("/\xe6\x9b\xb8"), 3);
	assert_int_equal(text_width("/u\xcc\x88"), 2);
	assert_int_equal(text_width("\xff\x01"), 2);
	assert_int_equal(text_fit("/\xe6\x9b\xb8/x", 2), 1);
	assert_int_equal(text_fit("/\xe6\x9b\xb8/x", 4), 5);
	assert_int_equal(text_fit("/x", 9), 2);
	out = text_open(&padded);
	text_pad(out, "\xe6\x9b\xb8", -4);
	text_pad(out, "\xc3\xbc", 3);
	text_pad(out, "abc", 2);
	text_close(out);
	assert_string_equal(padded, "\xe6\x9b\xb8    \xc3\xbc"
				    "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),  cmocka_unit_test(test_mend), cmocka_unit_test(test_number),
		cmocka_unit_test(test_memory), cmocka_unit_test(test_told), cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
