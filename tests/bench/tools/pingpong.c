// SPDX-License-Identifier: GPL-2.0
/*
 * pingpong N [CPU CPU]: two processes hand a byte to each other and back N times, each on a CPU of its own when
 * they are given. Prints the nanoseconds of a round trip.
 */
#include <err.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void stay_on(const char *cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(atoi(cpu), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(EXIT_FAILURE, "CPU %s", cpu);
}

static void take(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		_exit(EXIT_SUCCESS);	/* the other one has finished */
}

static void give(int fd)
{
	if (write(fd, "", 1) != 1)
		err(EXIT_FAILURE, "pipe");
}

int main(int argc, char **argv)
{
	long n = argc == 2 || argc == 4 ? atol(argv[1]) : 0;
	struct timespec began, ended;
	int there[2], back[2];
	pid_t pid;

	if (n < 1)
		errx(2, "usage: pingpong N [CPU CPU]");
	if (pipe(there) || pipe(back) || (pid = fork()) < 0)
		err(EXIT_FAILURE, "pipe");
	if (argc == 4)
		stay_on(argv[pid ? 2 : 3]);
	if (!pid) {
		close(there[1]);
		for (;;) {
			take(there[0]);
			give(back[1]);
		}
	}
	for (long i = -n / 10; i < n; i++) {
		if (!i)
			clock_gettime(CLOCK_MONOTONIC, &began);
		give(there[1]);
		take(back[0]);
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	printf("%.0f\n", ((ended.tv_sec - began.tv_sec) * 1e9 + (ended.tv_nsec - began.tv_nsec)) / n);
	return EXIT_SUCCESS;
}
