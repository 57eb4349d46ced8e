// SPDX-License-Identifier: GPL-2.0
/*
 * sleeper US [WORK [SPREAD]]: sleep for US microseconds, work for WORK, again and again. It sleeps for up to SPREAD less or
 * more, by chance: who always sleeps equally long falls into step with ticks.
 */
#include <err.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	long us = argc > 1 ? atol(argv[1]) : 0, work = argc > 2 ? atol(argv[2]) : 0;
	long spread = argc > 3 ? atol(argv[3]) : 0;

	if (us < 1 || us + spread >= 1000000 || work < 0 || spread < 0 || spread > us)
		errx(2, "usage: sleeper US [WORK [SPREAD]]");
	srandom(getpid());
	for (;;) {
		double end = work ? now_us() + work : 0;

		while (work && now_us() < end)
			asm volatile(".rept 128; nop; .endr");
		nanosleep(&(struct timespec){ .tv_nsec = (us - spread + random() % (2 * spread + 1)) * 1000 }, NULL);
	}
}
