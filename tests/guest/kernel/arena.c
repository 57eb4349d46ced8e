// SPDX-License-Identifier: GPL-2.0
/*
 * arena CGROUP STEP...: take the steps, one after the other, with the schedulers and programs of arena.bpf.o. In CGROUP,
 * where the sub attaches, a task sleeps from the beginning to the end.
 *
 *	root			attach root
 *	cycle N			attach and detach the sub, N times
 *	refuse N		attach the sub, N times; each attach fails late: at the task in CGROUP
 *	sub			attach the sub
 *	alloc PAGE N		a program allocates N pages of the arena from PAGE on; PAGE counts from the arena's start
 *	free PAGE N		a program frees them
 *	later PAGE N		the same from a program that may not sleep
 *	unmap			unmap the arena from this process
 *	forget			MADV_DONTNEED for all of the arena
 *	mark			count pages from here on
 *	pages N			print how many more pages than at the mark are allocated; wait a while for it to be N
 *	said, said-later	print what the kernel said to the program that frees, or frees later
 *	fork N			N more processes that sleep to the end
 *	cat FILE		print what it says, in one line
 *	tids			print how many more tids than threads there are; wait a while for it to be 0
 *	wait			until stdin ends
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <glob.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OBJECT		"/usr/lib/scx-test/objects/arena.bpf.o"
#define PAGE		4096
#define WAIT_TENTHS	100

static const char *cgroup;
static struct bpf_object *obj;
static struct bpf_map *arena;
static uint64_t mark;

static volatile struct {
	uint64_t refuse_tasks;
	uint64_t nr_refused;
} *control;

static struct bpf_map *map_named(const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, name);

	if (!map)
		errx(EXIT_FAILURE, "no map '%s'", name);
	return map;
}

/* A process that sleeps as long as this one is there: stopped when this returns, so that it needs no CPU from then on. */
static pid_t fork_sleeper(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(EXIT_FAILURE, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		raise(SIGSTOP);
		_exit(0);
	}
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		errx(EXIT_FAILURE, "a child does not stop");
	return pid;
}

static void sleep_in_cgroup(void)
{
	pid_t pid = fork_sleeper();
	char path[256];
	FILE *procs;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	procs = fopen(path, "we");
	if (!procs || fprintf(procs, "%d\n", pid) < 0 || fclose(procs))
		err(EXIT_FAILURE, "%s", path);
}

/* The sub's ops get the cgroup's id: the kernel's struct is also the object's, by name. */
static void set_cgroup_id(void)
{
	const struct btf *btf = bpf_object__btf(obj);
	int id = btf__find_by_name_kind(btf, "sched_ext_ops_cid", BTF_KIND_STRUCT);
	const struct btf_type *t = btf__type_by_id(btf, id);
	const struct btf_member *m = t ? btf_members(t) : NULL;
	struct stat st;
	size_t size;
	void *ops;

	if (stat(cgroup, &st))
		err(EXIT_FAILURE, "%s", cgroup);
	ops = bpf_map__initial_value(map_named("arena_sub"), &size);
	for (int i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, m[i].name_off), "sub_cgroup_id"))
			memcpy(ops + m[i].offset / 8, &(uint64_t){ st.st_ino }, sizeof(uint64_t));
}

static void load(void)
{
	size_t size;

	obj = bpf_object__open_file(OBJECT, NULL);
	if (!obj)
		err(EXIT_FAILURE, "%s", OBJECT);
	set_cgroup_id();
	if (bpf_object__load(obj))
		errx(EXIT_FAILURE, "%s: not loaded", OBJECT);
	arena = map_named("arena");
	control = bpf_map__initial_value(map_named(".bss"), &size);
}

static struct bpf_link *attach(const char *name)
{
	struct bpf_link *link = bpf_map__attach_struct_ops(map_named(name));

	if (!link)
		err(EXIT_FAILURE, "'%s' is not attached", name);
	return link;
}

/* Detached at the end, before the processes that sleep here die: they would need a CPU, which root gives to no sub. */
static struct bpf_link *held[2];

static void hold(const char *name)
{
	int i = held[0] ? 1 : 0;

	if (held[i])
		errx(EXIT_FAILURE, "too many schedulers");
	held[i] = attach(name);
}

static void detach_held(void)
{
	for (int i = 1; i >= 0; i--)
		if (held[i] && bpf_link__detach(held[i]))
			err(EXIT_FAILURE, "can't detach");
}

static void cycle(uint64_t n)
{
	while (n--)
		bpf_link__destroy(attach("arena_sub"));
}

static void refuse(uint64_t n)
{
	control->refuse_tasks = 1;
	control->nr_refused = 0;
	cycle(n);
	control->refuse_tasks = 0;
	if (control->nr_refused != n)
		errx(EXIT_FAILURE, "%" PRIu64 " attaches were to fail, %" PRIu64 " did", n, control->nr_refused);
}

static struct bpf_program *prog_named(const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, name);

	if (!prog)
		errx(EXIT_FAILURE, "no program '%s'", name);
	return prog;
}

static void run(const char *name, uint64_t page, uint64_t nr_pages)
{
	uint64_t range[] = { page, nr_pages };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = range, .ctx_size_in = sizeof(range));

	if (bpf_prog_test_run_opts(bpf_program__fd(prog_named(name)), &opts))
		err(EXIT_FAILURE, "'%s' does not run", name);
	if (opts.retval)
		errx(EXIT_FAILURE, "%s %" PRIu64 " %" PRIu64 ": refused", name, page, nr_pages);
}

static uint64_t nr_allocated(void)
{
	char path[64], line[128];
	uint64_t bytes = 0;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", bpf_map__fd(arena));
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "memlock: %" SCNu64, &bytes) == 1;
	if (!found)
		errx(EXIT_FAILURE, "%s does not tell the arena's pages", path);
	fclose(f);
	return bytes / PAGE;
}

/* Pages come back some time after a scheduler has gone, or a program has freed them. */
static void print_pages(uint64_t expected)
{
	for (int i = 0; i < WAIT_TENTHS && nr_allocated() - mark != expected; i++)
		usleep(100000);
	printf("%" PRId64 "\n", (int64_t)(nr_allocated() - mark));
}

static void print_said(const char *name)
{
	char command[128];

	snprintf(command, sizeof(command), "bpftool prog tracelog stderr name %s 2>&1", name);
	fflush(stdout);
	if (system(command))
		errx(EXIT_FAILURE, "'%s' failed", command);
}

/* Where libbpf has mapped the arena, all of it. */
static void *user_arena(size_t *ret_size)
{
	size_t globals;

	*ret_size = (size_t)bpf_map__max_entries(arena) * PAGE;
	return bpf_map__initial_value(arena, &globals);
}

static void unmap(void)
{
	size_t size;
	void *addr = user_arena(&size);

	if (munmap(addr, size))
		err(EXIT_FAILURE, "munmap");
}

static void forget(void)
{
	size_t size;
	void *addr = user_arena(&size);

	/* so that there is something to forget */
	for (uint64_t page = 0; page < nr_allocated(); page++)
		(void)((volatile char *)addr)[page * PAGE];
	if (madvise(addr, size, MADV_DONTNEED))
		err(EXIT_FAILURE, "madvise");
}

static void print_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char line[128];
	const char *space = "";

	if (!f) {
		printf("no such file\n");
		return;
	}
	for (; fgets(line, sizeof(line), f); space = " ")
		printf("%s%.*s", space, (int)strcspn(line, "\n"), line);
	putchar('\n');
	fclose(f);
}

/* How many more tids the kernel's table has than there are threads; somebody may come or go between the two counts. */
static bool excess_tids(long *ret_excess)
{
	FILE *f = fopen("/sys/kernel/sched_ext/nr_tids", "re");
	glob_t threads;

	if (!f)
		return false;
	if (fscanf(f, "%ld", ret_excess) != 1 || glob("/proc/[0-9]*/task/[0-9]*", GLOB_NOSORT, NULL, &threads))
		errx(EXIT_FAILURE, "can't count tids or threads");
	fclose(f);
	*ret_excess -= threads.gl_pathc;
	globfree(&threads);
	return true;
}

static void print_tids(void)
{
	long excess;

	for (int i = 0; i < WAIT_TENTHS; i++) {
		if (!excess_tids(&excess)) {
			printf("no such file\n");
			return;
		}
		if (!excess)
			break;
		usleep(100000);
	}
	printf("%ld\n", excess);
}

static void wait_for_end(void)
{
	char byte;

	puts("waiting");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

/* Take the step that begins with this word; returns the word behind it. */
static char **step(char **word)
{
	const char *name = *word++;
	uint64_t n[2] = {};
	int nr_numbers = 0;

	if (!strcmp(name, "cat") && *word) {
		print_file(*word);
		return word + 1;
	}
	for (; *word && **word >= '0' && **word <= '9' && nr_numbers < 2; word++)
		n[nr_numbers++] = strtoull(*word, NULL, 10);

	if (!strcmp(name, "root") && !nr_numbers)
		hold("arena_root");
	else if (!strcmp(name, "sub") && !nr_numbers)
		hold("arena_sub");
	else if (!strcmp(name, "cycle") && nr_numbers == 1)
		cycle(n[0]);
	else if (!strcmp(name, "refuse") && nr_numbers == 1)
		refuse(n[0]);
	else if (!strcmp(name, "alloc") && nr_numbers == 2)
		run("arena_alloc", n[0], n[1]);
	else if (!strcmp(name, "free") && nr_numbers == 2)
		run("arena_free", n[0], n[1]);
	else if (!strcmp(name, "later") && nr_numbers == 2)
		run("arena_free_later", n[0], n[1]);
	else if (!strcmp(name, "unmap") && !nr_numbers)
		unmap();
	else if (!strcmp(name, "forget") && !nr_numbers)
		forget();
	else if (!strcmp(name, "mark") && !nr_numbers)
		mark = nr_allocated();
	else if (!strcmp(name, "pages") && nr_numbers == 1)
		print_pages(n[0]);
	else if (!strcmp(name, "said") && !nr_numbers)
		print_said("arena_free");
	else if (!strcmp(name, "said-later") && !nr_numbers)
		print_said("arena_free_later");
	else if (!strcmp(name, "tids") && !nr_numbers)
		print_tids();
	else if (!strcmp(name, "fork") && nr_numbers == 1)
		while (n[0]--)
			fork_sleeper();
	else if (!strcmp(name, "wait") && !nr_numbers)
		wait_for_end();
	else
		errx(2, "'%s' with %d numbers is no step", name, nr_numbers);
	fflush(stdout);
	return word;
}

int main(int argc, char **argv)
{
	char **word = argv + 2;

	if (argc < 3)
		errx(2, "usage: arena CGROUP STEP...");
	cgroup = argv[1];
	sleep_in_cgroup();
	load();
	while (*word)
		word = step(word);
	detach_held();
	return 0;
}
