// SPDX-License-Identifier: GPL-2.0
/*
 * test_exporter.c: HTTP, as clients speak it, well and badly. Client and server are one process: while the client waits, the
 * loop runs. What it serves is made up.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/talk/address.h"
#include "loader/cleanup.h"
#include "loader/talk/exporter.h"
#include "loader/show/metrics.h"
#include "said.h"

#define NR_CLIENTS	24	/* more than are served at once, and not more than may wait beside them */
#define GET		"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"

/* The loader that it asks */

static struct {
	unsigned int nr_reads;
	bool gone;
} loader;

static int read_text(void *, char **ret, struct problems *ps)
{
	loader.nr_reads++;
	if (loader.gone)
		problem_add(ps, NULL, 0, NULL, "no loader is running");
	else
		*ret = strdup("scx_tree_node_info{node=\"root\"} 1\n# EOF\n");
	return loader.gone ? -ENOENT : 0;
}

static sd_event *event;
static struct exporter *exporter;
static char place[64]; /* where it listens */

/* One that listens there, in the place of what was. */
static void listen_at(const char *address)
{
	struct problems ps = {};

	exporter_free(exporter);
	exporter = exporter_new(event, read_text, NULL);
	assert_int_equal(exporter_listen(exporter, address, &ps), 0);
	snprintf(place, sizeof(place), "%s", address);
	assert_int_equal(ps.nr, 0);
}

/* A port that nobody has now; most likely so in a moment. */
static void listen_at_port(void)
{
	struct address a;
	const char *why;
	socklen_t len = sizeof(a.in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char text[32];

	assert_int_equal(address_parse("127.0.0.1:1", &a, &why), 0);
	a.in.sin_port = 0;
	assert_int_equal(bind(fd, &a.any, a.len), 0);
	assert_int_equal(getsockname(fd, &a.any, &len), 0);
	close(fd);
	snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(a.in.sin_port));
	listen_at(text);
}

static int start(void **)
{
	memset(&loader, 0, sizeof(loader));
	if (sd_event_new(&event) < 0)
		return -1;
	exporter = NULL;
	listen_at_port();
	return 0;
}

static int stop(void **)
{
	exporter_free(exporter);
	sd_event_unref(event);
	return 0;
}

/* The client */

static int try_connect(void)
{
	struct address a;
	const char *why;
	int fd, err;

	assert_int_equal(address_parse(place, &a, &why), 0);
	fd = socket(a.any.sa_family, SOCK_STREAM, 0);
	if (connect(fd, &a.any, a.len) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int connect_client(void)
{
	int fd = try_connect();

	assert_true(fd >= 0);
	return fd;
}

static void say_to(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Let the server work until the client can read, or for so long. */
static bool serve_until(int fd, unsigned int msec)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (unsigned int i = 0; i < msec / 10 && poll(&p, 1, 0) == 0; i++)
		assert_true(sd_event_run(event, 10000) >= 0);
	return p.revents;
}

/* All that the server says before it hangs up. Closes @fd. */
static char *read_all(int fd)
{
	char *text = calloc(1, 1 << 16);
	size_t len = 0;
	ssize_t n;

	do {
		assert_true(serve_until(fd, 10000));
		n = recv(fd, text + len, (1 << 16) - 1 - len, 0);
		len += n > 0 ? n : 0;
	} while (n > 0);
	close(fd);
	return text;
}

static char *ask(const char *request)
{
	int fd = connect_client();

	say_to(fd, request);
	return read_all(fd);
}

static bool begins(const char *text, const char *beginning)
{
	return !strncmp(text, beginning, strlen(beginning));
}

static bool ends(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && !strcmp(text + strlen(text) - strlen(end), end);
}

static void assert_metrics(const char *answer)
{
	assert_true(begins(answer, "HTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(answer, "\r\nContent-Type: " METRICS_CONTENT_TYPE "\r\n"));
	assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
	assert_non_null(strstr(answer, "scx_tree_node_info{node=\"root\""));
	assert_true(ends(answer, "\n# EOF\n"));
}

static void test_get(void **)
{
	_cleanup_(freep) char *answer = ask(GET);

	assert_metrics(answer);
}

static void test_unix(void **)
{
	char folder[] = "/tmp/test_exporter.XXXXXX", path[64];
	_cleanup_(freep) char *answer = NULL;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/metrics", folder);
	listen_at(path);
	answer = ask(GET);
	assert_metrics(answer);
	exporter_free(exporter);
	exporter = NULL;
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(rmdir(folder), 0);
}

static void test_head(void **)
{
	_cleanup_(freep) char *answer = ask("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");

	assert_true(begins(answer, "HTTP/1.1 200 OK\r\n"));
	assert_null(strstr(answer, "scx_tree"));
}

/* HTTP/1.0, a query that means nothing, a connection that is to stay and does not */
static void test_kinds(void **)
{
	_cleanup_(freep) char *old = ask("GET /metrics HTTP/1.0\r\n\r\n");
	_cleanup_(freep) char *query =
		ask("GET /metrics?x=y HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");

	assert_true(ends(old, "\n# EOF\n"));
	assert_metrics(query);
}

static void test_refused(void **)
{
	_cleanup_(freep) char *path = ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	_cleanup_(freep) char *method =
		ask("POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nabcd");
	_cleanup_(freep) char *garbage = ask("\x16\x03\x01{]\r\n\r\n");

	assert_true(begins(path, "HTTP/1.1 404 "));
	assert_true(ends(path, "the metrics are at /metrics\n"));
	assert_true(begins(method, "HTTP/1.1 405 "));
	assert_non_null(strstr(method, "\r\nAllow: GET, HEAD\r\n"));
	assert_true(!*garbage || begins(garbage, "HTTP/1."));
	assert_null(strstr(garbage, " 200 "));
	assert_int_equal(loader.nr_reads, 0);
}

/* By which name of this machine, which a page of another machine can't forge. */
static void test_host(void **)
{
	static const struct {
		const char *host, *status;
	} cases[] = {
		{ "localhost", "200 " },
		{ "LOCALHOST:9464", "200 " },
		{ "127.0.0.1:9464", "200 " },
		{ "[::1]:9464", "200 " },
		{ "evil.example", "403 " },
		{ "localhost.evil.example", "403 " },
		{ "127.0.0.1.evil.example", "403 " },
		{ "", "403 " },
	};

	for (size_t i = 0; i < TABLE_SIZE(cases); i++) {
		_cleanup_(freep) char *request = NULL, *answer = NULL;

		assert_true(asprintf(&request, "GET /metrics HTTP/1.1\r\nHost: %s\r\n\r\n", cases[i].host) > 0);
		answer = ask(request);
		assert_true(begins(answer, "HTTP/1.1 "));
		assert_true(begins(answer + strlen("HTTP/1.1 "), cases[i].status));
	}
}

/* A loader that is gone is no answer of before. */
static void test_gone(void **)
{
	_cleanup_(freep) char *before = ask(GET), *after = NULL;

	assert_metrics(before);
	loader.gone = true;
	usleep(200000);
	after = ask(GET);
	assert_true(begins(after, "HTTP/1.1 503 "));
	assert_true(ends(after, "no loader is running"));
}

static void test_too_long(void **)
{
	int fd = connect_client();
	_cleanup_(freep) char *answer = NULL;

	say_to(fd, "GET /metrics HTTP/1.1\r\n");
	for (int i = 0; i < 300; i++)
		say_to(fd, "X: " A60 "\r\n");
	answer = read_all(fd);
	assert_null(strstr(answer, " 200 "));
	assert_int_equal(loader.nr_reads, 0);
}

/* However often it is asked, the loader is asked ten times a second. */
static void test_fresh(void **)
{
	uint64_t began, ended;

	sd_event_now(event, CLOCK_MONOTONIC, &began);
	for (int i = 0; i < NR_CLIENTS; i++)
		free(ask(GET));
	sd_event_now(event, CLOCK_MONOTONIC, &ended);
	assert_in_range(loader.nr_reads, 1, 1 + (ended - began) / 100000);
}

/* Where it can't be */
static void test_nowhere(void **)
{
	static const struct {
		const char *address;
		int err;
	} bad[] = { { "/proc/none/metrics", -ENOENT }, { "192.0.2.1:80", -EINVAL }, { "off", -EINVAL } };

	for (size_t i = 0; i < TABLE_SIZE(bad); i++) {
		struct exporter *other = exporter_new(event, read_text, NULL);
		struct problems ps = {};

		assert_int_equal(exporter_listen(other, bad[i].address, &ps), bad[i].err);
		assert_int_equal(ps.nr, 1);
		problems_free(&ps);
		exporter_free(other);
	}
}

/* Those who do not get on with it are cut off, and do not keep others away for longer than that. */
static void test_slow(void **)
{
	int slow[NR_CLIENTS];
	_cleanup_(freep) char *answer = NULL;
	uint64_t began, ended;

	sd_event_now(event, CLOCK_MONOTONIC, &began);
	for (int i = 0; i < NR_CLIENTS; i++) {
		slow[i] = connect_client();
		say_to(slow[i], i % 2 ? "GET /metrics HT" : "");
		sd_event_run(event, 0);
	}
	answer = ask(GET);
	assert_metrics(answer);
	sd_event_run(event, 0);
	sd_event_now(event, CLOCK_MONOTONIC, &ended);
	assert_in_range((ended - began) / 1000000, 3, 20);
	for (int i = 0; i < NR_CLIENTS; i++)
		free(read_all(slow[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_get, start, stop),
		cmocka_unit_test_setup_teardown(test_unix, start, stop),
		cmocka_unit_test_setup_teardown(test_head, start, stop),
		cmocka_unit_test_setup_teardown(test_kinds, start, stop),
		cmocka_unit_test_setup_teardown(test_refused, start, stop),
		cmocka_unit_test_setup_teardown(test_host, start, stop),
		cmocka_unit_test_setup_teardown(test_gone, start, stop),
		cmocka_unit_test_setup_teardown(test_too_long, start, stop),
		cmocka_unit_test_setup_teardown(test_fresh, start, stop),
		cmocka_unit_test_setup_teardown(test_nowhere, start, stop),
		cmocka_unit_test_setup_teardown(test_slow, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
