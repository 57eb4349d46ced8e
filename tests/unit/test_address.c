// SPDX-License-Identifier: GPL-2.0
/* test_address.c: which addresses are understood, and what listening does to what is there already. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/talk/address.h"
#include "loader/cleanup.h"
#include "said.h"

#define A100	A60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_good(void **)
{
	struct address a;
	const char *why;

	assert_int_equal(address_parse("127.0.0.1:9464", &a, &why), 0);
	assert_int_equal(a.in.sin_family, AF_INET);
	assert_int_equal(a.in.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	assert_int_equal(a.in.sin_port, htons(9464));
	assert_int_equal(address_parse("localhost:1", &a, &why), 0);
	assert_int_equal(a.in.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	assert_int_equal(address_parse("127.255.3.4:65535", &a, &why), 0);
	assert_int_equal(address_parse("[::1]:80", &a, &why), 0);
	assert_int_equal(a.in6.sin6_family, AF_INET6);
	assert_int_equal(a.in6.sin6_port, htons(80));
	assert_int_equal(address_parse("/run/scx-loader/metrics", &a, &why), 0);
	assert_int_equal(a.un.sun_family, AF_UNIX);
	assert_string_equal(a.un.sun_path, "/run/scx-loader/metrics");
	assert_int_equal(address_parse("/aaaaaa" A100, &a, &why), 0);
}

#define OTHERS	"other machines could read there what runs on this one"
#define NEITHER	"neither HOST:PORT nor a path"
#define NUMBER	"a port is a number from 1 to 65535"

static void test_bad(void **)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "0.0.0.0:9464", OTHERS },
		{ "192.168.1.1:9464", OTHERS },
		{ "128.0.0.1:9464", OTHERS },
		{ "[::]:9464", OTHERS },
		{ "[::2]:9464", OTHERS },
		{ "[::ffff:127.0.0.1]:9464", OTHERS },
		{ "example.org:9464", "no address of this machine" },
		{ "127.1:9464", "no address of this machine" },
		{ "", NEITHER },
		{ "9464", NEITHER },
		{ ":9464", NEITHER },
		{ "::1:9464", NEITHER },
		{ "[::1:9464", NEITHER },
		{ "[127.0.0.1]:9464", NEITHER },
		{ "metrics", NEITHER },
		{ A100 ":1", NEITHER },
		{ "127.0.0.1:", NUMBER },
		{ "127.0.0.1:0", NUMBER },
		{ "127.0.0.1:65536", NUMBER },
		{ "127.0.0.1:999999", NUMBER },
		{ "127.0.0.1:+1", NUMBER },
		{ "127.0.0.1:http", NUMBER },
		{ "/aaaaaaa" A100, "the path of a socket has at most 107 bytes" },
	};

	for (size_t i = 0; i < TABLE_SIZE(bad); i++) {
		struct address a;
		const char *why = "";

		if (address_parse(bad[i].text, &a, &why) != -EINVAL)
			fail_msg("taken: '%s'", bad[i].text);
		assert_string_equal(why, bad[i].why);
	}
}

/* Listen at @path, or be refused with @said. */
static int check_listen(const char *path, const char *said)
{
	_cleanup_(freep) char *text = NULL;
	struct problems ps = {};
	struct address a;
	const char *why;
	int fd;

	assert_int_equal(address_parse(path, &a, &why), 0);
	fd = address_listen(&a, "it", &ps);
	text = say(&ps);
	assert_string_equal(text, said);
	assert_int_equal(fd < 0, *said != 0);
	return fd;
}

static void test_listen(void **)
{
	char folder[] = "/tmp/test_address.XXXXXX", path[64];
	struct address a;
	const char *why;
	struct stat st;
	int fd;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/metrics", folder);
	fd = check_listen(path, "");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0660);
	check_listen(path, "can't listen on 'it' for metrics: Address already in use\n");
	close(fd);
	/* left by one who is gone */
	fd = check_listen(path, "");
	close(fd);
	address_parse(path, &a, &why);
	address_remove(&a);
	assert_int_equal(access(path, F_OK), -1);
	/* somebody's file */
	assert_int_equal(mkdir(path, 0700), 0);
	check_listen(path, "can't listen on 'it' for metrics: File exists\n");
	assert_int_equal(rmdir(path), 0);
	snprintf(path, sizeof(path), "%s/none/metrics", folder);
	check_listen(path, "can't listen on 'it' for metrics: No such file or directory\n");
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
