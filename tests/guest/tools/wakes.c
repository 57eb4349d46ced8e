// SPDX-License-Identifier: GPL-2.0
/*
 * wakes sleep N	sleep N times for a fifth of a millisecond
 * wakes pipe N		two processes hand a byte to each other and back N times
 *
 * Prints how often its tasks gave up the CPU meanwhile: by going to sleep, which is how often they were woken up again,
 * and because the scheduler took it. Then how long the first of them waited for a CPU, ns, by the kernel's account.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void sleeps(long n)
{
	struct timespec ts = { .tv_nsec = 200000 };

	while (n--)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

static void pass(long n, int from, int to)
{
	char c = 0;

	while (n--)
		if (write(to, &c, 1) != 1 || read(from, &c, 1) != 1)
			err(EXIT_FAILURE, "pipe");
}

static void pipes(long n)
{
	int there[2], back[2], status;
	char c = 0;
	pid_t pid;

	if (pipe(there) || pipe(back))
		err(EXIT_FAILURE, "pipe");
	pid = fork();
	if (pid < 0)
		err(EXIT_FAILURE, "fork");
	if (!pid) {
		/* the other side begins */
		if (read(there[0], &c, 1) != 1)
			err(EXIT_FAILURE, "pipe");
		pass(n - 1, there[0], back[1]);
		_exit(write(back[1], &c, 1) != 1);
	}
	pass(n, back[0], there[1]);
	if (waitpid(pid, &status, 0) != pid || status)
		errx(EXIT_FAILURE, "the other process failed");
}

static long delay_ns(void)
{
	FILE *f = fopen("/proc/self/schedstat", "r");
	long delay;

	if (!f || fscanf(f, "%*d %ld", &delay) != 1)
		err(EXIT_FAILURE, "/proc/self/schedstat");
	fclose(f);
	return delay;
}

int main(int argc, char **argv)
{
	struct rusage before, after, child;
	long delay = delay_ns();
	long n = argc == 3 ? atol(argv[2]) : 0;

	if (n < 1 || (strcmp(argv[1], "sleep") && strcmp(argv[1], "pipe")))
		errx(2, "usage: wakes sleep|pipe N");
	getrusage(RUSAGE_SELF, &before);
	if (!strcmp(argv[1], "sleep"))
		sleeps(n);
	else
		pipes(n);
	getrusage(RUSAGE_SELF, &after);
	getrusage(RUSAGE_CHILDREN, &child);
	printf("%ld %ld %ld\n", after.ru_nvcsw - before.ru_nvcsw + child.ru_nvcsw,
	       after.ru_nivcsw - before.ru_nivcsw + child.ru_nivcsw, delay_ns() - delay);
	return EXIT_SUCCESS;
}
