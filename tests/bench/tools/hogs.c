// SPDX-License-Identifier: GPL-2.0
/*
 * hogs N: N threads that never sleep, until killed.
 *
 * They do nothing in large steps: an emulator that counts instructions does so once for each jump, and is ten times
 * faster so.
 */
#include <err.h>
#include <pthread.h>
#include <stdlib.h>

static void *spin(void *arg)
{
	for (;;)
		asm volatile(".rept 128; nop; .endr");
	return arg;
}

int main(int argc, char **argv)
{
	int n = argc == 2 ? atoi(argv[1]) : 0;
	pthread_t thread;

	if (n < 1)
		errx(2, "usage: hogs N");
	while (--n)
		if (pthread_create(&thread, NULL, spin, NULL))
			errx(EXIT_FAILURE, "no thread");
	spin(NULL);
}
