// SPDX-License-Identifier: GPL-2.0
/*
 * sleeper US: sleep until the next multiple of US microseconds from the start, again and again.
 */
#include <err.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	long ns = argc == 2 ? atol(argv[1]) * 1000 : 0;
	struct timespec next;

	if (ns < 1 || ns >= 1000000000)
		errx(2, "usage: sleeper US");
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		next.tv_nsec += ns;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
}
