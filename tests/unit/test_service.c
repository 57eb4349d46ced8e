// SPDX-License-Identifier: GPL-2.0
/*
 * test_service.c: what the service manager hears. This file is it, at the other end of NOTIFY_SOCKET.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/cleanup.h"
#include "loader/talk/service.h"

static int manager;
static const char *summary;

char *tree_summary(const struct tree *)
{
	return strdup(summary);
}

/* What comes while it reloads: the tree tells of its steps. */
int tree_reload(struct tree *, bool, char ***, struct problems *)
{
	service_progress();
	summary = "2 of 2 schedulers attached";
	return -22;
}

static int set_up(void **)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(address);
	char name[sizeof(address.sun_path) + 1];

	/* one without a name gets one of the kernel's choosing */
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (manager < 0 || bind(manager, (struct sockaddr *)&address, sizeof(sa_family_t)) ||
	    getsockname(manager, (struct sockaddr *)&address, &len))
		return -1;
	snprintf(name, sizeof(name), "@%.*s", (int)(len - sizeof(sa_family_t) - 1), address.sun_path + 1);
	return setenv("NOTIFY_SOCKET", name, 1);
}

static int tear_down(void **)
{
	return close(manager);
}

/* The next message, with what is of the moment left out */
static void assert_heard(const char *expected)
{
	char message[1024], *time;
	ssize_t n = recv(manager, message, sizeof(message) - 1, 0);

	message[n < 0 ? 0 : n] = '\0';
	time = strstr(message, "MONOTONIC_USEC=");
	if (time) {
		assert_true(strtoull(time + strlen("MONOTONIC_USEC="), NULL, 10) > 0);
		strcpy(time + strlen("MONOTONIC_USEC="), "N");
	}
	assert_string_equal(message, expected);
}

static void test_ready(void **)
{
	sd_event *loop = NULL;

	assert_int_equal(sd_event_new(&loop), 0);
	summary = "1 of 2 schedulers attached; not: web";
	service_progress();
	assert_heard("EXTEND_TIMEOUT_USEC=60000000");
	service_ready(NULL, loop);
	assert_heard("STATUS=1 of 2 schedulers attached; not: web");
	assert_heard("READY=1");
	service_status(NULL);
	assert_heard("");
	sd_event_unref(loop);
}

static void test_watchdog(void **)
{
	sd_event *loop = NULL;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("WATCHDOG_USEC", "50000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(sd_event_new(&loop), 0);
	service_ready(NULL, loop);
	assert_int_equal(sd_event_get_watchdog(loop), 1);
	while (recv(manager, pid, sizeof(pid), 0) > 0)
		;
	for (int i = 0; i < 10; i++)
		sd_event_run(loop, 10000);
	assert_heard("WATCHDOG=1");
	sd_event_unref(loop);
}

static void test_reload(void **)
{
	char **steps;

	assert_int_equal(service_reload(NULL, false, &steps, NULL), -22);
	assert_heard("RELOADING=1\nMONOTONIC_USEC=N");
	assert_heard("WATCHDOG=1\nEXTEND_TIMEOUT_USEC=60000000");
	assert_heard("STATUS=2 of 2 schedulers attached");
	assert_heard("READY=1");
	assert_int_equal(service_reload(NULL, true, &steps, NULL), -22);
	assert_heard("WATCHDOG=1\nEXTEND_TIMEOUT_USEC=60000000");
	assert_heard("");
	service_stopping();
	assert_heard("STOPPING=1\nSTATUS=taking the tree down");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ready, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_watchdog, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reload, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
