// SPDX-License-Identifier: GPL-2.0
/*
 * exec-storm N: start another program N times, each time from a thread that is not its process's leader. The kernel ends
 * the other threads then, and gives the one that called exec the leader's pid: a scheduler that had noted the thread by
 * its pid does not find it again.
 *
 * Each time, some threads of the process compete for CPUs with the one that calls exec, so that it and they are found
 * waiting in the scheduler's queues. Exit status 0 when all N were started.
 */
#include <err.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NR_BUSY	3

static char self[PATH_MAX], left[16];

static void *busy(void *)
{
	for (;;)
		sched_yield();
	return NULL;
}

static void *next(void *)
{
	execl(self, self, left, NULL);
	err(EXIT_FAILURE, "can't start '%s'", self);
}

int main(int argc, char **argv)
{
	int n = argc == 2 ? atoi(argv[1]) : 0;
	pthread_t thread;

	if (argc != 2)
		errx(2, "usage: exec-storm N");
	if (!n)
		return EXIT_SUCCESS;
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		err(EXIT_FAILURE, "can't find myself");
	snprintf(left, sizeof(left), "%d", n - 1);
	for (int i = 0; i <= NR_BUSY; i++)
		if (pthread_create(&thread, NULL, i < NR_BUSY ? busy : next, NULL))
			errx(EXIT_FAILURE, "can't make a thread");
	pthread_exit(NULL);
}
