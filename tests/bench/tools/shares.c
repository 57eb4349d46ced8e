// SPDX-License-Identifier: GPL-2.0
/*
 * shares WARMUP SECONDS CGROUP...: wait for WARMUP seconds, then print how many CPUs each cgroup gets over
 * SECONDS, and, of more than one, their sum: lines "NAME VALUE", NAME without the folders above.
 *
 * It reads clock and use together, ahead of whatever else wants the CPU; what the kernel has not yet charged to
 * a running task is less than a tick a CPU.
 */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_CGROUPS 128

struct point {
	double us, used_us;
};

static int stat_fds[MAX_CGROUPS];

static struct point look(int fd)
{
	char stat[512];
	ssize_t n = pread(fd, stat, sizeof(stat) - 1, 0);
	uint64_t used;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	stat[n < 0 ? 0 : n] = 0;
	if (sscanf(stat, "usage_usec %lu", &used) != 1)
		errx(EXIT_FAILURE, "no usage in cpu.stat");
	return (struct point){ now.tv_sec * 1e6 + now.tv_nsec / 1e3, used };
}

static void wait_seconds(const char *seconds)
{
	double s = atof(seconds);

	nanosleep(&(struct timespec){ s, (s - (long)s) * 1e9 }, NULL);
}

int main(int argc, char **argv)
{
	struct point before[MAX_CGROUPS];
	int n = argc - 3;
	double sum = 0;

	if (n < 1 || n > MAX_CGROUPS)
		errx(2, "usage: shares WARMUP SECONDS CGROUP...");
	if (sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ 50 }))
		err(EXIT_FAILURE, "SCHED_FIFO");
	for (int i = 0; i < n; i++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/cpu.stat", argv[3 + i]);
		stat_fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (stat_fds[i] < 0)
			err(EXIT_FAILURE, "%s", path);
	}
	wait_seconds(argv[1]);
	for (int i = 0; i < n; i++)
		before[i] = look(stat_fds[i]);
	wait_seconds(argv[2]);
	for (int i = 0; i < n; i++) {
		struct point now = look(stat_fds[i]);
		double cpus = (now.used_us - before[i].used_us) / (now.us - before[i].us);
		const char *slash = strrchr(argv[3 + i], '/');

		printf("%s %.*f\n", slash ? slash + 1 : argv[3 + i], cpus < 0.1 ? 4 : 3, cpus);
		sum += cpus;
	}
	if (n > 1)
		printf("sum %.3f\n", sum);
	return EXIT_SUCCESS;
}
