// SPDX-License-Identifier: GPL-2.0
/*
 * load: what tests put on CPUs to see who gets them.
 *
 *	load crowd N		N threads that never sleep, and begin all at once
 *	load chains N US	N chains: a process works for US microseconds, makes its successor and ends; for ever
 *	load yields MS		two processes give way to each other for so long; prints how often
 *	load periods N US WORK	works for WORK us in each of N periods of US; prints in how many that was not done in time
 *	load rounds N MS	N groups of five of which one wakes the other four, all at once, and waits until each has
 *				worked for some 20,000 instructions; prints how many rounds that were, and how long the
 *				99th of 100 that were woken waited for a CPU, in us
 *
 * They do nothing in large steps: see hogs.c.
 */
#include <err.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long clock_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static long now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

static void spin(void)
{
	asm volatile(".rept 4096; nop; .endr");
}

/* Use so much CPU time. */
static void work(long us)
{
	long end = clock_us(CLOCK_THREAD_CPUTIME_ID) + us;

	while (clock_us(CLOCK_THREAD_CPUTIME_ID) < end)
		spin();
}

static void start(void *(*body)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	if (pthread_create(&thread, &attr, body, arg))
		err(EXIT_FAILURE, "no thread");
}

/* A futex: its value only says whether it has changed. */
static void wait_while(atomic_int *word, int value)
{
	while (atomic_load(word) == value)
		syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL);
}

static void wake(atomic_int *word, int nr)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, nr);
}

/* crowd */

static atomic_int begun;

static void *one_of_crowd(void *)
{
	wait_while(&begun, 0);
	for (;;)
		spin();
	return NULL;
}

static void crowd(long n)
{
	while (--n)
		start(one_of_crowd, NULL);
	atomic_store(&begun, 1);
	wake(&begun, INT_MAX);
	one_of_crowd(NULL);
}

/* chains */

static void chain(long us)
{
	for (;;) {
		pid_t pid;

		work(us);
		pid = fork();
		if (pid < 0)
			err(EXIT_FAILURE, "fork");
		if (pid)
			_exit(EXIT_SUCCESS);
	}
}

/* The first process reaps, by not wanting to know. */
static void chains(long n, long us)
{
	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	while (n--)
		if (!fork())
			chain(us);
	for (;;)
		pause();
}

/* yields */

static void yields(long ms)
{
	long *nr = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long end = now_us() + ms * 1000;
	pid_t pid = fork();

	do {
		sched_yield();
		nr[!pid]++;
	} while (now_us() < end);
	if (!pid)
		_exit(EXIT_SUCCESS);
	kill(pid, SIGKILL);	/* whatever it waits for */
	printf("%ld\n", nr[0] + nr[1]);
}

/* periods */

static void sleep_until(long us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* Who is late has missed his period, and all that have ended meanwhile; he goes on in the one that it is now. */
static void periods(long n, long us, long work_us)
{
	long began = now_us() + us, missed = 0, i = 0, now;

	while (i < n) {
		sleep_until(began + i * us);
		work(work_us);
		now = (now_us() - began) / us;
		now = now < n ? now : n;
		missed += now > i ? now - i : 0;
		i = now > i ? now : i + 1;
	}
	printf("%ld\n", missed);
}

/* rounds */

#define NR_WOKEN 4
#define WORK_SPINS 5
#define MAX_WAIT_US 100000

struct group {
	atomic_int round, left;
	long woken_us;
};

static atomic_long nr_rounds, nr_waits[MAX_WAIT_US + 1];

static void *woken(void *arg)
{
	struct group *g = arg;

	for (int round = 0;; round++) {
		long waited;

		wait_while(&g->round, round);
		waited = now_us() - g->woken_us;
		atomic_fetch_add(&nr_waits[waited < MAX_WAIT_US ? waited : MAX_WAIT_US], 1);
		for (int i = 0; i < WORK_SPINS; i++)
			spin();
		if (atomic_fetch_sub(&g->left, 1) == 1)
			wake(&g->left, 1);
	}
	return NULL;
}

static void *waker(void *)
{
	struct group g = {};
	int left;

	for (int i = 0; i < NR_WOKEN; i++)
		start(woken, &g);
	for (;;) {
		atomic_store(&g.left, NR_WOKEN);
		g.woken_us = now_us();
		atomic_fetch_add(&g.round, 1);
		wake(&g.round, NR_WOKEN);
		while ((left = atomic_load(&g.left)))
			wait_while(&g.left, left);
		atomic_fetch_add(&nr_rounds, 1);
	}
	return NULL;
}

static void rounds(long n, long ms)
{
	long end = now_us() + ms * 1000, all = 0, seen = 0, us = 0;

	while (n--)
		start(waker, NULL);
	sleep_until(end);
	for (int i = 0; i <= MAX_WAIT_US; i++)
		all += nr_waits[i];
	while (us < MAX_WAIT_US && (seen += nr_waits[us]) * 100 < all * 99)
		us++;
	printf("%ld %ld\n", nr_rounds, us);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long n[3] = {};

	for (int i = 0; i < 3 && i + 2 < argc; i++)
		n[i] = atol(argv[i + 2]);
	if (!strcmp(what, "crowd") && n[0] > 0)
		crowd(n[0]);
	else if (!strcmp(what, "chains") && n[0] > 0 && n[1] > 0)
		chains(n[0], n[1]);
	else if (!strcmp(what, "yields") && n[0] > 0)
		yields(n[0]);
	else if (!strcmp(what, "periods") && n[0] > 0 && n[1] > 0)
		periods(n[0], n[1], n[2]);
	else if (!strcmp(what, "rounds") && n[0] > 0 && n[1] > 0)
		rounds(n[0], n[1]);
	else
		errx(2, "usage: load crowd N | chains N US | yields MS | periods N US WORK | rounds N MS");
	return EXIT_SUCCESS;
}
