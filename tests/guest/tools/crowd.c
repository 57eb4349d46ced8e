// SPDX-License-Identifier: GPL-2.0
/*
 * crowd N [MS]: make N children, or as many as the kernel allows. They wait until stdin ends, then each uses MS
 * milliseconds of CPU time (default 50) and ends.
 *
 * Says "N children", or "N children: why there is not one more" when they are all there. Exit status 0 when all that were
 * made did what they should.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void child(long ms)
{
	struct timespec used = {};
	char c;

	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	while (used.tv_sec * 1000 + used.tv_nsec / 1000000 < ms)
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	_exit(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 0, made, status, good = 0;
	long ms = argc > 2 ? atol(argv[2]) : 50;

	if (!n)
		errx(2, "usage: crowd N [MS]");
	for (made = 0; made < n; made++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (!pid)
			child(ms);
	}
	printf("%d children%s%s\n", made, made < n ? ": " : "", made < n ? strerror(errno) : "");
	fflush(stdout);
	while (wait(&status) > 0)
		good += !status;
	return good == made ? EXIT_SUCCESS : EXIT_FAILURE;
}
