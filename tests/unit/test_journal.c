// SPDX-License-Identifier: GPL-2.0
/*
 * test_journal.c: what is kept of what happened: over the end of a loader, bounded, and on a disk that takes nothing more.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/show/journal.h"
#include "said.h"

static char folder[64];

static int set_up(void **)
{
	strcpy(folder, "/tmp/test_journal.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static void add(struct journal *j, const char *node, const char *text, const char *dump, struct problems *ps)
{
	const struct tree_event e = { LOG_WARNING, EVENT_ENDED, node, text, dump };

	journal_add(j, &e, ps);
}

/* The texts, with a comma behind each; to be freed */
static char *texts_of(const struct journal *j, const char *node)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *log = NULL;
	sd_json_variant *events;
	char *all = NULL;
	size_t size;
	FILE *out = open_memstream(&all, &size);

	assert_int_equal(journal_to_json(j, node, 0, &log), 0);
	events = sd_json_variant_by_key(log, "events");
	for (size_t i = 0; i < sd_json_variant_elements(events); i++)
		fprintf(out, "%s,",
			sd_json_variant_string(sd_json_variant_by_key(sd_json_variant_by_index(events, i), "text")));
	fclose(out);
	return all;
}

static void assert_texts(const struct journal *j, const char *node, const char *expected)
{
	_cleanup_(freep) char *texts = texts_of(j, node);

	assert_string_equal(texts, expected);
}

static struct journal *open_journal(const char *expected)
{
	struct problems ps = {};
	struct journal *j = journal_open(folder, &ps);
	_cleanup_(freep) char *said = say(&ps);

	assert_non_null(j);
	assert_string_equal(said, expected);
	return j;
}

static void test_kept(void **)
{
	_cleanup_(journal_closep) struct journal *j = open_journal(""), *later = NULL, *reader = NULL;
	struct problems ps = {};

	add(j, "web", "one", NULL, &ps);
	add(j, NULL, "two", NULL, &ps);
	add(j, "web-batch", "three", NULL, &ps);
	assert_texts(j, NULL, "one,two,three,");
	assert_texts(j, "web", "one,");
	assert_texts(j, "wbe", "");
	later = open_journal("");
	add(later, "web", "four", NULL, &ps);
	assert_texts(later, NULL, "one,two,three,four,");
	reader = journal_read(folder, &ps);
	assert_texts(reader, "web", "one,four,");
	assert_int_equal(ps.nr, 0);
}

static void test_folder_is_made(void **)
{
	char above[64];
	struct stat st;

	strcpy(above, folder);
	strcat(folder, "/state");
	journal_close(open_journal(""));
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0750);
	strcpy(folder, above);
}

/* A line that a crash cut off, and what is none of ours, are passed over. */
static void test_damaged(void **)
{
	_cleanup_(journal_closep) struct journal *j = open_journal(""), *later = NULL;
	struct problems ps = {};
	char path[96];
	FILE *out;

	add(j, "web", "one", NULL, &ps);
	snprintf(path, sizeof(path), "%s/events", folder);
	out = fopen(path, "a");
	fputs("[]\n{\"time_us\":\"x\",\"event\":\"ended\",\"text\":\"bad\"}\n{\"time_us\":3,\"text\":7,\"event\":\"x\"}"
	      "\n\n",
	      out);
	fputs("{\"time_us\":12,\"nod", out);
	fclose(out);
	later = open_journal("");
	assert_texts(later, NULL, "one,");
}

/* Two files of at most so many bytes and a line, and so many events in memory */
static void test_bounded(void **)
{
	_cleanup_(journal_closep) struct journal *j = open_journal(""), *later = NULL;
	_cleanup_(freep) char *before = NULL, *after = NULL;
	struct problems ps = {};
	char text[1001], path[96];
	struct stat st;

	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 3000; i++) {
		snprintf(text, sizeof(text), "%d %0900d", i, 0);
		add(j, "web", text, NULL, &ps);
	}
	assert_int_equal(ps.nr, 0);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/events%s", folder, i ? ".old" : "");
		assert_int_equal(stat(path, &st), 0);
		assert_in_range(st.st_size, 1, JOURNAL_MAX_BYTES + 2000);
	}
	before = texts_of(j, NULL);
	assert_int_equal(strncmp(before, "2000 ", 5), 0);
	later = open_journal("");
	after = texts_of(later, NULL);
	assert_string_equal(strstr(before, after), after);
	assert_non_null(strstr(after, "2999 "));
}

static int count_dumps(const char *node)
{
	char path[96], end[96];
	struct dirent *d;
	int nr = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/dumps", folder);
	snprintf(end, sizeof(end), "-%s.txt", node);
	dir = opendir(path);
	while ((d = readdir(dir)))
		nr += *d->d_name != '.' && (!*node || !strcmp(strrchr(d->d_name, '-'), end));
	closedir(dir);
	return nr;
}

/* From a moment on, which is as the journal says it */
static void test_since(void **)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *log = NULL, *rest = NULL;
	_cleanup_(journal_closep) struct journal *j = open_journal("");
	struct problems ps = {};
	sd_json_variant *events;
	uint64_t time_us;

	add(j, "web", "first", NULL, &ps);
	usleep(2);
	add(j, "web", "second", NULL, &ps);
	assert_int_equal(journal_to_json(j, NULL, 0, &log), 0);
	events = sd_json_variant_by_key(log, "events");
	time_us = sd_json_variant_unsigned(sd_json_variant_by_key(sd_json_variant_by_index(events, 1), "time_us"));
	assert_int_equal(journal_to_json(j, NULL, time_us, &rest), 0);
	events = sd_json_variant_by_key(rest, "events");
	assert_int_equal(sd_json_variant_elements(events), 1);
	rest = sd_json_variant_unref(rest);
	assert_int_equal(journal_to_json(j, NULL, time_us + 1, &rest), 0);
	assert_int_equal(sd_json_variant_elements(sd_json_variant_by_key(rest, "events")), 0);
}

/* 2026-11-28 12:30:15 in a place that is an hour ahead */
static void test_times(void **)
{
	static const struct {
		const char *text;
		time_t time;
	} times[] = { { "30s", 1795865385 },
		      { "10m", 1795864815 },
		      { "2h", 1795858215 },
		      { "1d", 1795779015 },
		      { "12:29", 1795865340 },
		      { "12:29:07", 1795865347 },
		      { "2026-11-28", 1795820400 },
		      { "2026-11-27 12:30", 1795779000 },
		      { "2026-11-27 12:30:15", 1795779015 } };
	static const char *const bad[] = { "", "x", "10", "10y", "-3m",
					   "0s", "25:00", "2026-13-01", "12:30 ", "2026-11-28 12" };
	uint64_t time_us;

	setenv("TZ", "CET-1", true);
	tzset();
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		assert_int_equal(journal_time(times[i].text, 1795865415, &time_us), 0);
		assert_int_equal(time_us, times[i].time * 1000000ull);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(journal_time(bad[i], 1795865415, &time_us), -EINVAL);
	unsetenv("TZ");
	tzset();
}

static void test_dumps(void **)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *log = NULL;
	_cleanup_(journal_closep) struct journal *j = open_journal("");
	struct problems ps = {};
	char name[16], line[16] = "";
	const char *path;
	FILE *in;

	add(j, "batch", "ended", "batch's\n", &ps);
	for (int i = 0; i < 20; i++)
		add(j, "web", "ended", "web's\n", &ps);
	assert_int_equal(count_dumps("web"), JOURNAL_NODE_DUMPS);
	assert_int_equal(count_dumps("batch"), 1);
	assert_int_equal(journal_to_json(j, "web", 0, &log), 0);
	path = sd_json_variant_string(
		sd_json_variant_by_key(sd_json_variant_by_index(sd_json_variant_by_key(log, "events"), 19), "dump"));
	in = fopen(path, "r");
	assert_non_null(in);
	assert_non_null(fgets(line, sizeof(line), in));
	fclose(in);
	assert_string_equal(line, "web's\n");
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		add(j, name, "ended", "x", &ps);
	}
	assert_int_equal(count_dumps(""), JOURNAL_MAX_DUMPS);
	assert_int_equal(count_dumps("n99"), 1);
	assert_int_equal(ps.nr, 0);
}

/* A clock that was set back: the dump that came last stays, and what a clock has nothing to do with goes. */
static void test_dumps_in_order(void **)
{
	_cleanup_(journal_closep) struct journal *j = NULL;
	struct problems ps = {};
	char path[128];

	journal_close(open_journal(""));
	for (int i = 1; i <= JOURNAL_NODE_DUMPS; i++) {
		snprintf(path, sizeof(path), "%s/dumps/%010d-29991231T000000.000000-web.txt", folder, i);
		assert_int_equal(close(creat(path, 0600)), 0);
	}
	j = open_journal("");
	add(j, "web", "ended", "now", &ps);
	assert_int_equal(count_dumps("web"), JOURNAL_NODE_DUMPS);
	snprintf(path, sizeof(path), "%s/dumps/0000000001-29991231T000000.000000-web.txt", folder);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "%s/dumps/%010d-29991231T000000.000000-web.txt", folder, JOURNAL_NODE_DUMPS);
	assert_int_equal(access(path, F_OK), 0);
}

/* The disk is full in the middle of a line: nothing of it is left, that is told once, and all is still known. */
static void test_full(void **)
{
	_cleanup_(journal_closep) struct journal *j = open_journal(""), *later = NULL;
	struct rlimit was, limit;
	struct problems ps = {};
	_cleanup_(freep) char *text = NULL;
	char expected[160];

	signal(SIGXFSZ, SIG_IGN);
	add(j, "web", "one", NULL, &ps);
	getrlimit(RLIMIT_FSIZE, &was);
	limit = (struct rlimit){ 100, was.rlim_max };
	setrlimit(RLIMIT_FSIZE, &limit);
	add(j, "web", "two", NULL, &ps);
	add(j, "web", "three",
	    "a dump that is longer than what is left: it is longer than a hundred bytes, by some bytes", &ps);
	setrlimit(RLIMIT_FSIZE, &was);
	text = say(&ps);
	snprintf(expected, sizeof(expected),
		 "can't write '%s/events': No space left on device; what happens is kept in memory only\n", folder);
	assert_string_equal(text, expected);
	add(j, "web", "four", NULL, &ps);
	assert_int_equal(ps.nr, 0);
	assert_texts(j, NULL, "one,two,three,four,");
	later = open_journal("");
	assert_texts(later, NULL, "one,four,");
}

static void test_no_folder(void **)
{
	_cleanup_(journal_closep) struct journal *j = NULL, *reader = NULL;
	_cleanup_(freep) char *said = NULL, *also = NULL;
	struct problems ps = {};

	j = journal_open("/proc/none", &ps);
	add(j, "web", "one", "dump", &ps);
	said = say(&ps);
	assert_string_equal(
		said, "can't write '/proc/none/': No such file or directory; what happens is kept in memory only\n");
	assert_texts(j, NULL, "one,");
	reader = journal_read("/proc/none", &ps);
	also = say(&ps);
	assert_string_equal(also, "can't read '/proc/none': No such file or directory\n");
}

static void test_print(void **)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *log = NULL;
	_cleanup_(freep) char *text = NULL;
	size_t size;
	FILE *out;

	setenv("TZ", "UTC", 1);
	assert_int_equal(
		sd_json_parse("{\"events\":[{\"time_us\":1234567890123456,\"node\":null,\"event\":\"other\","
			      "\"text\":\"up\",\"dump\":null},{\"time_us\":0,\"node\":\"web\",\"event\":\"ended\","
			      "\"text\":\"'web' ended\",\"dump\":\"/x\"}]}",
			      0, &log, NULL, NULL),
		0);
	out = open_memstream(&text, &size);
	journal_print(log, out);
	fclose(out);
	assert_string_equal(text, "2009-02-13 23:31:30.123  up\n1970-01-01 00:00:00.000  'web' ended\n"
				  "                         the kernel's dump: /x\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_folder_is_made, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_since, set_up, tear_down),
		cmocka_unit_test(test_times),
		cmocka_unit_test_setup_teardown(test_dumps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_dumps_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
		cmocka_unit_test(test_no_folder),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
