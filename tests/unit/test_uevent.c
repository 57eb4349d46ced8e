// SPDX-License-Identifier: GPL-2.0
/* test_uevent.c: which of the kernel's messages are sched_ext's; and that a loop which listens can be made and undone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loader/cleanup.h"
#include "loader/uevent.h"

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

static void not_called(sd_event *, void *)
{
	fail();
}

static void test_listen(void **)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;

	assert_int_equal(sd_event_new(&event), 0);
	assert_true(uevent_listen(event, not_called, NULL) >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_broken_messages),
		cmocka_unit_test(test_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
