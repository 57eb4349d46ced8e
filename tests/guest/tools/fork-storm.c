// SPDX-License-Identifier: GPL-2.0
/*
 * fork-storm N: N lives that are as short as can be, four at a time. Exit status 0 when each was born and ended well.
 */
#include <err.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NR_PARENTS	4

static void parent(int n)
{
	int status;

	while (n--) {
		pid_t pid = fork();

		if (pid < 0)
			err(EXIT_FAILURE, "can't fork");
		if (!pid)
			_exit(EXIT_SUCCESS);
		if (waitpid(pid, &status, 0) != pid || status)
			errx(EXIT_FAILURE, "a child ended with status 0x%x", status);
	}
	_exit(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
	int n = argc == 2 ? atoi(argv[1]) : 0, status, good = 0;

	if (n <= 0)
		errx(2, "usage: fork-storm N");
	for (int i = 0; i < NR_PARENTS; i++)
		if (!fork())
			parent((n + i) / NR_PARENTS);
	while (wait(&status) > 0)
		good += !status;
	return good == NR_PARENTS ? EXIT_SUCCESS : EXIT_FAILURE;
}
