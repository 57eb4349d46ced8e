// SPDX-License-Identifier: GPL-2.0
/*
 * sleeper US [WORK]: sleep for US microseconds, work for WORK, again and again.
 */
#include <err.h>
#include <stdlib.h>
#include <time.h>

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	long us = argc > 1 ? atol(argv[1]) : 0, work = argc > 2 ? atol(argv[2]) : 0;

	if (us < 1 || us >= 1000000 || work < 0)
		errx(2, "usage: sleeper US [WORK]");
	for (;;) {
		double end = work ? now_us() + work : 0;

		while (work && now_us() < end)
			asm volatile(".rept 128; nop; .endr");
		nanosleep(&(struct timespec){ .tv_nsec = us * 1000 }, NULL);
	}
}
