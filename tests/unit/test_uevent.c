// SPDX-License-Identifier: GPL-2.0
/* test_uevent.c: which of the kernel's messages are sched_ext's and tell of an end; and that a loop which listens can be made and undone. */
#include <linux/netlink.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/cleanup.h"
#include "loader/kernel/uevent.h"

#define MESSAGE(text)	text, sizeof(text)

static void test_messages(void **)
{
	assert_true(uevent_is_sched_ext(
		MESSAGE("remove@/kernel/sched_ext/root\0ACTION=remove\0SUBSYSTEM=sched_ext\0SEQNUM=7")));
	assert_true(uevent_is_sched_ext(MESSAGE("SUBSYSTEM=sched_ext")));
	assert_false(uevent_is_sched_ext(MESSAGE("add@/devices/x\0ACTION=add\0SUBSYSTEM=block")));
	assert_false(uevent_is_sched_ext(MESSAGE("add@/x\0SUBSYSTEM=sched_ext2")));
	assert_false(uevent_is_sched_ext(MESSAGE("add@/SUBSYSTEM=sched_ext")));
}

static void test_broken_messages(void **)
{
	static const char event[] = "add@/x\0SUBSYSTEM=sched_ext";

	assert_false(uevent_is_sched_ext(event, 0));
	/* no NUL at the end */
	assert_false(uevent_is_sched_ext(event, sizeof(event) - 1));
}

#define REMOVE	"remove@/kernel/sched_ext/root/sub/sub-77\0ACTION=remove\0SUBSYSTEM=sched_ext\0"
#define END	"SCXEXITKIND=1025\0SCXEXITCODE=0x200000000\0SCXEXITREASON=scx_bpf_error\0SCXCGROUP=77\0SCXOPS=web"

static void test_end(void **)
{
	struct uevent_end end;

	assert_true(uevent_read_end(MESSAGE(REMOVE END), &end));
	assert_int_equal(end.cgroup_id, 77);
	assert_int_equal(end.kind, 1025);
	assert_int_equal(end.code, 0x200000000);
	assert_string_equal(end.reason, "scx_bpf_error");
}

static void test_no_end(void **)
{
	struct uevent_end end;

	/* a stock kernel's; an attach that failed; somebody else's */
	assert_false(uevent_read_end(MESSAGE(REMOVE "SCXOPS=web"), &end));
	assert_false(uevent_read_end(MESSAGE("change@/kernel/sched_ext/root\0SUBSYSTEM=sched_ext\0" END), &end));
	assert_false(uevent_read_end(MESSAGE("remove@/x\0SUBSYSTEM=block\0" END), &end));
	/* not numbers */
	assert_false(uevent_read_end(MESSAGE(REMOVE "SCXEXITKIND=\0" END), &end));
	assert_false(uevent_read_end(MESSAGE(REMOVE "SCXCGROUP=7x\0" END), &end));
	assert_false(uevent_read_end(MESSAGE(REMOVE "SCXEXITCODE=-\0" END), &end));
}

static void not_called(sd_event *, void *)
{
	fail();
}

static void no_end(const struct uevent_end *, void *)
{
	fail();
}

static void test_listen(void **)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;

	assert_int_equal(sd_event_new(&event), 0);
	assert_true(uevent_listen(event, not_called, no_end, NULL) >= 0);
}

static void count(sd_event *, void *arg)
{
	(*(int *)arg)++;
}

static void count_end(const struct uevent_end *, void *arg)
{
	(*(int *)arg)++;
}

/* What is not the kernel's is not believed. In a network of its own, where nobody else hears it. */
static int forge(void)
{
	static const char text[] = REMOVE END;
	const struct sockaddr_nl all = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	sd_event *event = NULL;
	int calls = 0, fd;

	if (unshare(CLONE_NEWNET) || sd_event_new(&event) < 0 || uevent_listen(event, count, count_end, &calls) < 0)
		return 77;
	fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);
	if (sendto(fd, text, sizeof(text), 0, (const struct sockaddr *)&all, sizeof(all)) != sizeof(text))
		return 77;
	while (sd_event_run(event, 10000) > 0)
		;
	close(fd);
	sd_event_unref(event);
	return calls;
}

static void test_forged(void **)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(forge());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages), cmocka_unit_test(test_broken_messages), cmocka_unit_test(test_end),
		cmocka_unit_test(test_no_end),	 cmocka_unit_test(test_listen),		 cmocka_unit_test(test_forged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
