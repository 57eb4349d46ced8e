// SPDX-License-Identifier: GPL-2.0
/*
 * sleeper US: sleep for US microseconds, again and again.
 */
#include <err.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	long us = argc == 2 ? atol(argv[1]) : 0;

	if (us < 1 || us >= 1000000)
		errx(2, "usage: sleeper US");
	for (;;)
		nanosleep(&(struct timespec){ .tv_nsec = us * 1000 }, NULL);
}
