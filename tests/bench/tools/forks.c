// SPDX-License-Identifier: GPL-2.0
/*
 * forks ALIVE N: make ALIVE children that sleep, then N times one that ends at once; print how many of these a second.
 * forks 0 0: make such children, one a millisecond, until SIGINT; print the milliseconds that the longest fork took.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	interrupted = signal;
}

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		err(EXIT_FAILURE, "fork");
	return pid;
}

/* Returns the milliseconds that fork() took. */
static double fork_once(void)
{
	double began = now_ms(), took;
	pid_t pid = child();

	if (!pid)
		_exit(EXIT_SUCCESS);
	took = now_ms() - began;
	waitpid(pid, NULL, 0);
	return took;
}

/* They do not hold our output open: who reads it waits for its end. */
static void sleepers(int n)
{
	while (n--) {
		if (child())
			continue;
		close(STDOUT_FILENO);
		for (;;)
			pause();
	}
}

static double longest_fork(void)
{
	double longest = 0, took;

	while (!interrupted) {
		took = fork_once();
		longest = took > longest ? took : longest;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	return longest;
}

int main(int argc, char **argv)
{
	int alive = argc == 3 ? atoi(argv[1]) : -1, n = argc == 3 ? atoi(argv[2]) : 0;
	double began;

	if (alive < 0 || n < 0)
		errx(2, "usage: forks ALIVE N");
	if (!n) {
		struct sigaction act = { .sa_handler = interrupt };

		sigaction(SIGINT, &act, NULL);
		printf("%.2f\n", longest_fork());
		return EXIT_SUCCESS;
	}
	sleepers(alive);
	began = now_ms();
	for (int i = 0; i < n; i++)
		fork_once();
	printf("%.0f\n", n / (now_ms() - began) * 1e3);
	return EXIT_SUCCESS;
}
