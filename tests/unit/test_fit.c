// SPDX-License-Identifier: GPL-2.0
/*
 * test_fit.c: machines that take no scheduler, made of a few files each, and what the kernel says in its log.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/cleanup.h"
#include "loader/kernel/fit.h"
#include "loader/kernel/kmsg.h"
#include "loader/text.h"
#include "said.h"

#define ISOLATED_HINT	"hint: boot without it, and give a node 'cpus = exclusive:N', or a cpuset a partition\n"

static char root[] = "/tmp/test_fit.XXXXXX";

static int make_root(void **)
{
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **)
{
	_cleanup_(freep) char *command = text_of("rm -rf %s", root);

	return system(command);
}

static void write_line(const char *path, const char *line)
{
	_cleanup_(freep) char *full = text_of("%s%s", root, path), *command = text_of("mkdir -p $(dirname %s)", full);
	FILE *out;

	assert_int_equal(system(command), 0);
	out = fopen(full, "we");
	assert_non_null(out);
	fprintf(out, "%s\n", line);
	fclose(out);
}

static void check_booted(const char *cmdline, const char *isolated, const char *argument)
{
	_cleanup_(freep) char *said = NULL, *expected = copy_text("");
	struct problems ps = {};

	write_line("/proc/cmdline", cmdline);
	write_line("/sys/devices/system/cpu/isolated", isolated);
	if (*argument) {
		free(expected);
		expected = text_of("the kernel was booted with '%s', and takes no scheduler then\n" ISOLATED_HINT,
				   argument);
	}
	assert_int_equal(fit_check(root, &ps), *argument ? -EOPNOTSUPP : 0);
	said = say(&ps);
	assert_string_equal(said, expected);
}

static void test_nothing(void **)
{
	struct problems ps = {};

	assert_int_equal(fit_check("/nowhere", &ps), 0);
	assert_int_equal(fit_check_free("/nowhere", &ps), 0);
	assert_int_equal(ps.nr, 0);
}

static void test_isolation(void **)
{
	check_booted("quiet isolcpus=domain,3 ro", "3", "isolcpus=domain,3");
	check_booted("isolcpus=3", "3", "isolcpus=3");
	check_booted("isolcpus=nohz,domain,1-2", "1-2", "isolcpus=nohz,domain,1-2");
	check_booted("isolcpus=managed_irq,3", "", "");
	/* a cpuset isolates 2 */
	check_booted("isolcpus=managed_irq,3", "2", "");
	check_booted("xisolcpus=3 isolcpu=3", "2", "");
	check_booted("isolcpus=nohz,nodomain,3", "", "");
	/* not understood */
	check_booted("isolcpus=domain,9999", "", "");
	check_booted("", "", "");
}

static void test_lockdown(void **)
{
	_cleanup_(freep) char *said = NULL;
	struct problems ps = {};

	check_booted("", "", "");
	write_line("/sys/kernel/security/lockdown", "none [integrity] confidentiality");
	assert_int_equal(fit_check(root, &ps), 0);
	write_line("/sys/kernel/security/lockdown", "none integrity [confidentiality]");
	assert_int_equal(fit_check(root, &ps), -EOPNOTSUPP);
	said = say(&ps);
	assert_string_equal(said,
			    "the kernel is locked down to confidentiality, and lets no BPF program read its memory\n"
			    "hint: boot with 'lockdown=integrity', or without\n");
	write_line("/sys/kernel/security/lockdown", "");
}

static void test_other_scheduler(void **)
{
	_cleanup_(freep) char *said = NULL;
	struct problems ps = {};

	write_line("/sys/kernel/sched_ext/state", "disabled");
	assert_int_equal(fit_check_free(root, &ps), 0);
	write_line("/sys/kernel/sched_ext/state", "enabled");
	write_line("/sys/kernel/sched_ext/root/ops", "simple");
	assert_int_equal(fit_check_free(root, &ps), -EBUSY);
	said = say(&ps);
	assert_string_equal(said, "scheduler 'simple' has the machine\n"
				  "hint: end it first; a loader does not take its place\n");
}

/* A record a read, as /dev/kmsg gives them */
static void test_log(void **)
{
	static const char *const records[] = {
		"6,1,1,-;random: crng init done\n",
		"3,2,2,-;sched_ext: Not compatible with \"isolcpus=\" domain isolation\n SUBSYSTEM=x\n",
		"3,3,3,-;bpf: sched_ext: no\n",
		"no record",
		"3,4,4,-;sched_ext: a\033b\n",
	};
	_cleanup_(freep) char *said = NULL, *nothing = kmsg_said(-EPERM);
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	for (size_t i = 0; i < TABLE_SIZE(records); i++)
		assert_true(write(fds[1], records[i], strlen(records[i])) > 0);
	said = kmsg_said(fds[0]);
	assert_string_equal(said,
			    "\n    sched_ext: Not compatible with \"isolcpus=\" domain isolation\n    sched_ext: a?b");
	assert_string_equal(nothing, "");
	kmsg_close(&fds[0]);
	kmsg_close(&fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),	 cmocka_unit_test(test_isolation),
		cmocka_unit_test(test_lockdown), cmocka_unit_test(test_other_scheduler),
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
