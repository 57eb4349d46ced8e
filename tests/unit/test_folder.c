// SPDX-License-Identifier: GPL-2.0
/* test_folder.c: a folder that others could have made, or could change, is none of the loader's. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/cleanup.h"
#include "loader/kernel/folder.h"
#include "loader/show/journal.h"
#include "loader/talk/control.h"
#include "said.h"

static char above[32], path[64];

static int set_up(void **)
{
	strcpy(above, "/tmp/test_folder.XXXXXX");
	if (!mkdtemp(above))
		return -1;
	snprintf(path, sizeof(path), "%s/ours", above);
	return 0;
}

static int tear_down(void **)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", above);
	return system(command);
}

static void assert_refused(const char *expected)
{
	struct folder p;
	const char *why;

	assert_int_equal(folder_open(path, 0700, &p, &why), -EPERM);
	assert_string_equal(why, expected);
	assert_int_equal(p.fd, -1);
}

static void test_made(void **)
{
	struct folder p;
	struct stat st;
	const char *why;

	assert_int_equal(folder_open(path, 0, &p, &why), -ENOENT);
	assert_null(why);
	assert_int_equal(folder_open(path, 0700, &p, &why), 0);
	assert_int_equal(fstat(p.fd, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_true(folder_is_there(&p));
	folder_close(&p);
	assert_int_equal(folder_open(path, 0, &p, &why), 0);
	folder_remove(&p);
	assert_false(folder_is_there(&p));
	folder_close(&p);
}

static void test_writable(void **)
{
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, 0720), 0);
	assert_refused("others may write to it");
	assert_int_equal(chmod(path, 0702), 0);
	assert_refused("others may write to it");
}

static void test_of_another(void **)
{
	if (geteuid())
		skip();
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_refused("it belongs to another user");
}

static void test_link(void **)
{
	struct folder p;
	const char *why;

	assert_int_equal(symlink("/", path), 0);
	assert_refused("it is a symbolic link");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/none", path), 0);
	assert_refused("it is a symbolic link");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(creat(path, 0600) >= 0, 1);
	assert_int_equal(folder_open(path, 0700, &p, &why), -ENOTDIR);
	assert_null(why);
}

/* What was opened stays what is worked on. */
static void test_replaced(void **)
{
	char elsewhere[64], inside[80];
	struct folder p;
	const char *why;
	int fd;

	assert_int_equal(folder_open(path, 0700, &p, &why), 0);
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", above);
	snprintf(inside, sizeof(inside), "%s/child", elsewhere);
	assert_int_equal(rename(path, elsewhere), 0);
	assert_int_equal(symlink("/", path), 0);
	assert_false(folder_is_there(&p));
	fd = folder_open_in(p.fd, "child", 0700, &why);
	assert_true(fd >= 0);
	assert_int_equal(access(inside, F_OK), 0);
	assert_int_equal(folder_open_in(p.fd, "none", 0, &why), -ENOENT);
	close(fd);
	folder_close(&p);
}

static void assert_said(struct problems *ps, const char *fmt)
{
	_cleanup_(freep) char *text = say(ps), *expected = NULL;

	assert_true(asprintf(&expected, fmt, path) > 0);
	assert_string_equal(text, expected);
}

/* Those who have such folders. */
static void test_users(void **)
{
	struct problems ps = {};
	struct control *c = NULL;
	struct journal *j;
	char socket[80];

	snprintf(socket, sizeof(socket), "%s/control", path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, 0777), 0);
	j = journal_open(path, &ps);
	assert_said(&ps, "can't write '%s/': others may write to it; what happens is kept in memory only\n");
	journal_close(j);
	assert_int_equal(control_open(socket, &c, &ps), -EPERM);
	assert_said(&ps, "can't listen in '%s': others may write to it\n"
			 "hint: give it a folder of its own, which belongs to root, with --socket\n");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(socket, sizeof(socket), "%s/dumps", path);
	assert_int_equal(symlink("/", socket), 0);
	j = journal_open(path, &ps);
	assert_said(&ps, "can't write '%s/dumps': it is a symbolic link; what happens is kept in memory only\n");
	journal_close(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_made, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_writable, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_of_another, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_replaced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_users, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
