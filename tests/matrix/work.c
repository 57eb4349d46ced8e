// SPDX-License-Identifier: GPL-2.0
/*
 * work KIND N GROUP: N processes in the cgroup GROUP (a folder) that do this kind of work, in rounds. At the end a line of what
 * was measured, see report(), and one for each process on stderr.
 *
 * Lines on stdin say what the processes may do from now on: whoever changes that also tells those who look.
 *
 *	cpuset LIST	write GROUP's cpuset.cpus; from then on a process on another CPU is outside. No LIST: any CPU again
 *	bind LIST	the affinity of all
 *	pin		each to a CPU of its own, in turn, as there are CPUs
 *	move GROUP	all to another cgroup
 *	end		so does the end of stdin
 *
 * A process's gap is the longest time between the ends of two rounds, the one at the end included; rounds take and sleep a few
 * milliseconds at most, so what is longer is waiting for a CPU. Its waiting is the kernel's account.
 *
 * Work is mostly nops in large steps: an emulator that counts instructions does so once for each jump, and is faster so.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NR_MAX		1024
#define FAN		5	/* one wakes four */
#define READY_NS	2000000000ull
#define PAGES		16

struct account {
	unsigned long long ran_ns, waited_ns;
};

struct worker {
	/* What the parent writes. seq is odd while it writes. */
	atomic_uint seq;
	cpu_set_t allowed;
	/* What the process itself writes. */
	unsigned long rounds, outside;
	unsigned long long last_ns, gap_ns;
	cpu_set_t seen;
	/* The parent's own */
	pid_t pid;
	struct account before, after;
};

/* Those who work together, two or five */
struct unit {
	atomic_uint turn, done;
	int there[2], back[2];
};

static struct {
	atomic_uint go, ready;
	unsigned long long began_ns;
	pthread_mutex_t mutex;
	struct unit units[NR_MAX];
	struct worker workers[NR_MAX];
} *shared;

static struct worker *self;
static struct unit *unit;
static int number, place; /* among all, and within the unit */
static cpu_set_t online;
static int nr_workers;

static unsigned long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* An instruction is a nanosecond where they are counted. */
static void burn(int us)
{
	for (int i = 0; i < us; i++)
		asm volatile(".rept 998; nop; .endr");
}

static void sleep_us(int us)
{
	struct timespec t = { .tv_nsec = us * 1000 };

	nanosleep(&t, NULL);
}

static void futex_wait(atomic_uint *word, unsigned int value)
{
	syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void futex_wake(atomic_uint *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, NR_MAX, NULL, NULL, 0);
}

/* put FILE TEXT */
static int put(const char *dir, const char *name, const char *text)
{
	char path[512];
	int fd, rc;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -1;
	rc = write(fd, text, strlen(text)) < 0 ? -1 : 0;
	close(fd);
	return rc;
}

/* The kinds of work: a round of each */

static void spin(void)
{
	burn(100);
}

static void yield(void)
{
	burn(200);
	sched_yield();
}

static void mixed(void)
{
	burn(500);
	sched_yield();
	burn(500);
	sleep_us(500);
}

/* To memory, and a short sleep for the disk: waiting for the emulator's would let time go at any pace. */
static void io(void)
{
	static char data[16384];
	static int fd;

	if (!fd)
		fd = memfd_create("work", 0);
	if (pwrite(fd, data, sizeof(data), 0) < 0 || fsync(fd))
		err(1, "write");
	burn(1000);
	sleep_us(500);
}

static void bursts(void)
{
	burn(2000);
	sleep_us(2000 + 100 * (number % 7));
}

static void pass(int from, int to, bool first)
{
	char c = 0;

	if (!first && read(from, &c, 1) != 1)
		err(1, "read");
	burn(400);
	if (write(to, &c, 1) != 1 || (first && read(from, &c, 1) != 1))
		err(1, "pipe");
}

static void pipes(void)
{
	if (place)
		pass(unit->there[0], unit->back[1], false);
	else
		pass(unit->back[0], unit->there[1], true);
}

static void pairs(void)
{
	unsigned int turn;

	while ((turn = unit->turn) != (unsigned int)place)
		futex_wait(&unit->turn, turn);
	burn(400);
	unit->turn = !place;
	futex_wake(&unit->turn);
}

/* The first of a unit wakes the others, who tell it when they are done. */
static void fanout(void)
{
	static unsigned int seen;
	unsigned int done;

	burn(200);
	if (place) {
		while (unit->turn == seen)
			futex_wait(&unit->turn, seen);
		seen = unit->turn;
		burn(200);
		if (++unit->done == FAN - 1)
			futex_wake(&unit->done);
		return;
	}
	unit->done = 0;
	unit->turn++;
	futex_wake(&unit->turn);
	while ((done = unit->done) < FAN - 1)
		futex_wait(&unit->done, done);
}

static void forks(void)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		burn(3000);
		_exit(0);
	}
	burn(2000);
	waitpid(pid, NULL, 0);
}

static void nices(void)
{
	burn(500);
	setpriority(PRIO_PROCESS, 0, (int)(self->rounds + 7 * number) % 40 - 20);
}

static void affinities(void)
{
	static int cpu;
	cpu_set_t one;

	burn(1000);
	do {
		cpu = (cpu + 1) % CPU_SETSIZE;
	} while (!CPU_ISSET(cpu, &online));
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	/* one that its cpuset has not is refused */
	sched_setaffinity(0, sizeof(one), &one);
}

static void policies(void)
{
	static const int policies[] = { SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, SCHED_FIFO, SCHED_OTHER, SCHED_RR };
	int policy = policies[(self->rounds + number) % 6];
	struct sched_param param = { .sched_priority = policy == SCHED_FIFO || policy == SCHED_RR };

	if (sched_setscheduler(0, policy, &param))
		err(1, "sched_setscheduler");
	burn(500);
}

static void faults(void)
{
	char *area = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		err(1, "mmap");
	for (int i = 0; i < PAGES; i++)
		area[i * 4096] = 1;
	munmap(area, PAGES * 4096);
	burn(2000);
}

static void mutex(void)
{
	pthread_mutex_lock(&shared->mutex);
	burn(100);
	pthread_mutex_unlock(&shared->mutex);
	burn(400);
}

/* clang-format off */
static const struct kind {
	const char *name;
	void (*round)(void);
	int unit;	/* how many work together */
	bool alike;	/* all do the same and count as much, so all should wait as long */
} kinds[] = {
	{ "spin", spin, 1, true },
	{ "yield", yield, 1, true },
	{ "mixed", mixed, 1, true },
	{ "io", io, 1, true },
	{ "bursts", bursts, 1, true },
	{ "pipe", pipes, 2, true },
	{ "pairs", pairs, 2, true },
	{ "fanout", fanout, FAN, false },
	{ "fork", forks, 1, true },
	{ "nice", nices, 1, false },
	{ "affinity", affinities, 1, true },
	{ "policy", policies, 1, false },
	{ "faults", faults, 1, true },
	{ "mutex", mutex, 1, true },
};
/* clang-format on */

/* The processes */

/* What is allowed must be read in one piece, around the look: it may change, and this process be moved, anywhere between. */
static void look(void)
{
	unsigned int seq = self->seq;
	int cpu = sched_getcpu();
	bool inside = CPU_ISSET(cpu, &self->allowed);

	CPU_SET(cpu, &self->seen);
	if (!inside && !(seq & 1) && seq == self->seq)
		self->outside++;
}

static void work(const struct kind *kind, const char *group)
{
	struct sched_param param = {};
	unsigned long long now;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (put(group, "cgroup.procs", "0"))
		err(1, "can't enter '%s'", group);
	sched_setscheduler(0, SCHED_OTHER, &param);
	shared->ready++;
	while (!shared->go)
		futex_wait(&shared->go, 0);
	for (;;) {
		look();
		kind->round();
		now = now_ns();
		if (now - self->last_ns > self->gap_ns)
			self->gap_ns = now - self->last_ns;
		self->last_ns = now;
		self->rounds++;
	}
}

static struct account account_of(pid_t pid)
{
	struct account a = {};
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%llu %llu", &a.ran_ns, &a.waited_ns) != 2)
		err(1, "%s", path);
	fclose(f);
	return a;
}

static void make_workers(const struct kind *kind, const char *group)
{
	for (int i = 0; i < nr_workers; i++) {
		struct worker *w = &shared->workers[i];
		pid_t pid;

		unit = &shared->units[i / kind->unit];
		place = i % kind->unit;
		if (!place && (pipe(unit->there) || pipe(unit->back)))
			err(1, "pipe");
		w->allowed = online;
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (!pid) {
			self = w;
			number = i;
			work(kind, group);
		}
		w->pid = pid;
	}
}

/* All begin at once. One that is not even let to do that has waited from now on. */
static void begin(void)
{
	shared->began_ns = now_ns();
	while ((int)shared->ready < nr_workers && now_ns() < shared->began_ns + READY_NS)
		sleep_us(1000);
	for (int i = 0; i < nr_workers; i++) {
		shared->workers[i].before = account_of(shared->workers[i].pid);
		shared->workers[i].last_ns = shared->began_ns;
	}
	shared->go = 1;
	futex_wake(&shared->go);
}

/* What stdin says */

/* "0-2,5": a list of none is all */
static cpu_set_t parse(const char *list)
{
	cpu_set_t set;
	int from, to, n;

	CPU_ZERO(&set);
	if (!*list)
		return online;
	for (; *list; list += n + (list[n] == ',')) {
		if (sscanf(list, "%d%n", &from, &n) != 1)
			errx(2, "no CPUs: '%s'", list);
		to = from;
		if (list[n] == '-') {
			list += n + 1;
			if (sscanf(list, "%d%n", &to, &n) != 1)
				errx(2, "no CPUs: '%s'", list);
		}
		for (; from <= to; from++)
			CPU_SET(from, &set);
	}
	return set;
}

static void allow(struct worker *w, const cpu_set_t *set)
{
	w->seq++;
	w->allowed = *set;
	w->seq++;
}

static void allow_all(const cpu_set_t *set)
{
	for (int i = 0; i < nr_workers; i++)
		allow(&shared->workers[i], set);
}

static void confine(const char *group, const char *list)
{
	cpu_set_t set = parse(list);

	allow_all(&online);
	/* a write of nothing would not reach the file */
	if (put(group, "cpuset.cpus", *list ? list : "\n"))
		err(1, "%s: cpuset.cpus", group);
	allow_all(&set);
}

static void bind_one(struct worker *w, const cpu_set_t *set)
{
	allow(w, &online);
	if (sched_setaffinity(w->pid, sizeof(*set), set))
		err(1, "sched_setaffinity");
	allow(w, set);
}

static void bind_all(const char *list)
{
	cpu_set_t set = parse(list);

	for (int i = 0; i < nr_workers; i++)
		bind_one(&shared->workers[i], &set);
}

static void pin(void)
{
	int cpu = -1;
	cpu_set_t one;

	for (int i = 0; i < nr_workers; i++) {
		do {
			cpu = (cpu + 1) % CPU_SETSIZE;
		} while (!CPU_ISSET(cpu, &online));
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		bind_one(&shared->workers[i], &one);
	}
}

static void move(const char *group)
{
	char pid[16];

	for (int i = 0; i < nr_workers; i++) {
		snprintf(pid, sizeof(pid), "%d", shared->workers[i].pid);
		if (put(group, "cgroup.procs", pid))
			err(1, "can't move to '%s'", group);
	}
}

static void obey(const char *group)
{
	char line[512];

	while (fgets(line, sizeof(line), stdin)) {
		char *argument = line + strcspn(line, " \n");

		line[strcspn(line, "\n")] = '\0';
		if (*argument)
			*argument++ = '\0';
		if (!strcmp(line, "end"))
			return;
		if (!strcmp(line, "cpuset"))
			confine(group, argument);
		else if (!strcmp(line, "bind"))
			bind_all(argument);
		else if (!strcmp(line, "pin"))
			pin();
		else if (!strcmp(line, "move"))
			move(argument);
		else
			errx(2, "what is '%s'?", line);
	}
}

/* The end */

static void end_workers(void)
{
	unsigned long long now = now_ns();

	for (int i = 0; i < nr_workers; i++) {
		struct worker *w = &shared->workers[i];

		if (waitpid(w->pid, NULL, WNOHANG))
			errx(1, "process %d has given up", i);
		w->after = account_of(w->pid);
		if (now > w->last_ns && now - w->last_ns > w->gap_ns)
			w->gap_ns = now - w->last_ns;
	}
	for (int i = 0; i < nr_workers; i++)
		kill(shared->workers[i].pid, SIGKILL);
	for (int i = 0; i < nr_workers; i++)
		waitpid(shared->workers[i].pid, NULL, 0);
}

static double waited(const struct worker *w, unsigned long long all_ns)
{
	return 100.0 * (w->after.waited_ns - w->before.waited_ns) / all_ns;
}

/*
 * STARVED SPREAD GAP OUTSIDE ROUNDS: how many got nowhere, or, where all do the same, not as far as a tenth of the average;
 * between who waited most and least, hundredths of the time; the longest gap, ms; rounds outside of where they may run;
 * rounds of all.
 */
static void report(const struct kind *kind)
{
	unsigned long long all_ns = now_ns() - shared->began_ns, gap = 0;
	unsigned long rounds = 0, outside = 0, starved = 0;
	double least = 100, most = 0;

	for (int i = 0; i < nr_workers; i++)
		rounds += shared->workers[i].rounds;
	for (int i = 0; i < nr_workers; i++) {
		struct worker *w = &shared->workers[i];
		double part = waited(w, all_ns);

		fprintf(stderr,
			"%s %d: %lu rounds, ran %.1f %%, waited %.1f %%, gap %llu ms, outside %lu, on %d CPUs\n",
			kind->name, i, w->rounds, 100.0 * (w->after.ran_ns - w->before.ran_ns) / all_ns, part,
			w->gap_ns / 1000000, w->outside, CPU_COUNT(&w->seen));
		starved += !w->rounds || (kind->alike && w->rounds * 10 * nr_workers < rounds);
		outside += w->outside;
		least = part < least ? part : least;
		most = part > most ? part : most;
		gap = w->gap_ns > gap ? w->gap_ns : gap;
	}
	printf("%lu %.0f %llu %lu %lu\n", starved, kind->alike ? most - least : 0, gap / 1000000, outside, rounds);
}

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	errx(2, "no kind of work is called '%s'", name);
}

int main(int argc, char **argv)
{
	const struct kind *kind;
	pthread_mutexattr_t between;

	if (argc != 4 || atoi(argv[2]) < 1)
		errx(2, "usage: work KIND N GROUP");
	kind = kind_of(argv[1]);
	nr_workers = (atoi(argv[2]) + kind->unit - 1) / kind->unit * kind->unit;
	if (nr_workers > NR_MAX)
		errx(2, "at most %d", NR_MAX);
	sched_getaffinity(0, sizeof(online), &online);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		err(1, "mmap");
	pthread_mutexattr_init(&between);
	pthread_mutexattr_setpshared(&between, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->mutex, &between);
	make_workers(kind, argv[3]);
	begin();
	obey(argv[3]);
	end_workers();
	report(kind);
	return 0;
}
