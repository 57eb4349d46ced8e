// SPDX-License-Identifier: GPL-2.0
/*
 * asext COMMAND [ARG]...: run COMMAND as a task of policy SCHED_EXT: the policy whose tasks a scheduler with
 * SCX_OPS_SWITCH_PARTIAL takes.
 */
#include <err.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#define SCHED_EXT	7

int main(int argc, char **argv)
{
	if (argc < 2)
		errx(2, "usage: asext COMMAND [ARG]...");
	if (sched_setscheduler(0, SCHED_EXT, &(struct sched_param){}))
		err(EXIT_FAILURE, "can't become a task of SCHED_EXT");
	execvp(argv[1], argv + 1);
	err(EXIT_FAILURE, "can't run '%s'", argv[1]);
}
