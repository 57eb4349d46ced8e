// SPDX-License-Identifier: GPL-2.0
/*
 * subs STEP...: take the steps, one after the other, with schedulers of pair.bpf.o, and listen to the kernel's uevents
 * meanwhile. The schedulers are a stack: root, its sub, the sub of that.
 *
 *	set MEMBER VALUE	a member of the ops, or of struct pair_ctl, of the next scheduler; flags are added
 *	root			attach root; print as for a sub
 *	sub CGROUP		attach a sub beneath the last scheduler; print "attached", or what the kernel says
 *	try CGROUP		the same, and detach it
 *	refuse ERRNO		the last scheduler refuses subs with it from now on
 *	error, tid		the last scheduler calls scx_bpf_error(), scx_bpf_tid_to_task()
 *	kill			the one before ends the last
 *	fall			root calls scx_bpf_error()
 *	rmdir			remove the last one's cgroup
 *	ended			wait until the last one has ended, print the kernel's message, and put it away
 *	runs			wait a second, and print whether the last one still runs
 *	detach			detach the last scheduler
 *	busy SECONDS		a task uses the CPU in the last one's cgroup for so long
 *	time			print the CPU time of the last scheduler, in ns: by cpu.stat, by sysfs, by the parent, by itself
 *	events			print the uevents since the last time
 *	say TEXT		print TEXT
 *	wait			print "waiting", and wait for a line
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/guest/kernel/pair.h"

#define OBJECT		"/usr/lib/scx-test/objects/pair.bpf.o"
#define SYSFS		"/sys/kernel/sched_ext/root"
#define MAX_SCHEDS	4
#define MAX_SETTINGS	8
#define WAIT_TENTHS	600

struct sched {
	struct bpf_object *obj;
	struct bpf_link *link;
	volatile struct pair_ctl *ctl;
	const char *cgroup;	/* NULL: root */
	uint64_t cgroup_id;
};

struct setting {
	const char *member;
	uint64_t value;
};

static struct sched scheds[MAX_SCHEDS];
static struct setting settings[MAX_SETTINGS];
static int nr_scheds, nr_settings, uevents;

static struct sched *last(void)
{
	if (!nr_scheds)
		errx(2, "no scheduler");
	return &scheds[nr_scheds - 1];
}

static struct sched *parent_of_last(void)
{
	if (nr_scheds < 2)
		errx(2, "no sub");
	return &scheds[nr_scheds - 2];
}

static void sleep_tenth(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
}

/* Objects */

static struct bpf_map *map_named(const struct sched *s, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(s->obj, name);

	if (!map)
		errx(EXIT_FAILURE, "no map '%s'", name);
	return map;
}

static void *memory_of(const struct sched *s, const char *name)
{
	size_t size;	/* libbpf insists */

	return bpf_map__initial_value(map_named(s, name), &size);
}

/* A variable of a section of the object, in memory that the object shares with its programs once it is loaded. */
static void *variable(const struct sched *s, const char *section, const char *name)
{
	const struct btf *btf = bpf_object__btf(s->obj);
	int id = btf__find_by_name_kind(btf, section, BTF_KIND_DATASEC);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, id);
	const struct btf_var_secinfo *v = t ? btf_var_secinfos(t) : NULL;

	for (int i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, v[i].type)->name_off), name))
			return memory_of(s, section) + v[i].offset;
	errx(EXIT_FAILURE, "no variable '%s' in %s", name, section);
}

/* Set a member of a struct of the object's. Returns false when there is none of that name. */
static bool set_member(const struct sched *s, const char *type, void *data, const struct setting *set)
{
	const struct btf *btf = bpf_object__btf(s->obj);
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, id);
	const struct btf_member *m = t ? btf_members(t) : NULL;
	uint64_t value = set->value;

	for (int i = 0; t && i < btf_vlen(t); i++) {
		if (strcmp(btf__name_by_offset(btf, m[i].name_off), set->member))
			continue;
		if (!strcmp(set->member, "flags"))
			value |= *(uint64_t *)(data + m[i].offset / 8);
		memcpy(data + m[i].offset / 8, &value, btf__resolve_size(btf, m[i].type));
		return true;
	}
	return false;
}

/* Upstream's headers have the kernel's constants as variables, which whoever loads the object fills. */
static void set_constants(const struct sched *s, const struct btf *kernel)
{
	const struct btf *btf = bpf_object__btf(s->obj);
	void *rodata = memory_of(s, ".rodata");
	const struct btf_type *sec = btf__type_by_id(btf, btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC));
	const struct btf_var_secinfo *v = btf_var_secinfos(sec);
	const char *name;

	for (int i = 0; i < btf_vlen(sec); i++) {
		name = btf__name_by_offset(btf, btf__type_by_id(btf, v[i].type)->name_off);
		if (strncmp(name, "__SCX_", 6))
			continue;
		for (__u32 id = 1; id < btf__type_cnt(kernel); id++) {
			const struct btf_type *t = btf__type_by_id(kernel, id);

			for (int j = 0; btf_is_enum(t) && j < btf_vlen(t); j++)
				if (!strcmp(btf__name_by_offset(kernel, btf_enum(t)[j].name_off), name + 2))
					*(uint64_t *)(rodata + v[i].offset) = btf_enum(t)[j].val;
			for (int j = 0; btf_is_enum64(t) && j < btf_vlen(t); j++)
				if (!strcmp(btf__name_by_offset(kernel, btf_enum64(t)[j].name_off), name + 2))
					*(uint64_t *)(rodata + v[i].offset) = btf_enum64_value(&btf_enum64(t)[j]);
		}
	}
}

static void open_sched(struct sched *s)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	void *ops;

	s->obj = bpf_object__open_file(OBJECT, NULL);
	if (!kernel || !s->obj)
		err(EXIT_FAILURE, "%s", OBJECT);
	set_constants(s, kernel);
	btf__free(kernel);
	ops = memory_of(s, "pair_ops");
	settings[nr_settings++] = (struct setting){ "sub_cgroup_id", s->cgroup_id };
	for (int i = 0; i < nr_settings; i++)
		if (!set_member(s, "sched_ext_ops_cid", ops, &settings[i]) &&
		    !set_member(s, "pair_ctl", variable(s, ".bss", "ctl"), &settings[i]))
			errx(2, "no member '%s'", settings[i].member);
	nr_settings = 0;
	if (bpf_object__load(s->obj))
		errx(EXIT_FAILURE, "%s: not loaded", OBJECT);
	s->ctl = variable(s, ".bss", "ctl");
}

/* The exit record: upstream's struct user_exit_info */
static const char *exit_message(const struct sched *s)
{
	const struct {
		int kind, exit_cpu;
		int64_t code;
		char reason[128], msg[1024];
	} *uei = variable(s, ".data", "uei");

	return *(volatile int *)&uei->kind ? *uei->msg ? uei->msg : uei->reason : NULL;
}

/* Attaching */

static void put_away(void)
{
	struct sched *s = last();

	bpf_link__destroy(s->link);
	bpf_object__close(s->obj);
	nr_scheds--;
}

/* Returns whether it is there to stay. */
static bool attach(const char *cgroup)
{
	struct sched *s = &scheds[nr_scheds++];
	struct stat st = {};

	if (nr_scheds > MAX_SCHEDS)
		errx(2, "too many schedulers");
	if (cgroup && stat(cgroup, &st))
		err(EXIT_FAILURE, "%s", cgroup);
	*s = (struct sched){ .cgroup = cgroup, .cgroup_id = st.st_ino };
	open_sched(s);
	s->link = bpf_map__attach_struct_ops(map_named(s, "pair_ops"));
	if (!s->link)
		err(EXIT_FAILURE, "'%s' is not attached", cgroup ?: "root");
	if (exit_message(s)) {
		puts(exit_message(s));
		put_away();
		return false;
	}
	puts("attached");
	return true;
}

static const char *wait_for_end(const struct sched *s, int tenths)
{
	while (!exit_message(s) && tenths--)
		sleep_tenth();
	return exit_message(s) ?: "runs";
}

static void remove_cgroup(void)
{
	if (rmdir(last()->cgroup))
		err(EXIT_FAILURE, "%s", last()->cgroup);
}

/* Ask, and wait for the answer or the scheduler's end. */
static int64_t ask(struct sched *s, enum pair_request request, uint64_t cgroup_id)
{
	s->ctl->cgroup_id = cgroup_id;
	__atomic_store_n(&s->ctl->request, request, __ATOMIC_RELEASE);
	for (int i = 0; i < WAIT_TENTHS && !exit_message(s); i++) {
		if (__atomic_load_n(&s->ctl->request, __ATOMIC_ACQUIRE) == PAIR_NOTHING)
			return s->ctl->answer;
		sleep_tenth();
	}
	if (!exit_message(s))
		errx(EXIT_FAILURE, "no answer to request %d", request);
	return 0;
}

/* CPU time */

static void be_busy(double seconds)
{
	char path[256];
	FILE *procs;
	pid_t pid;

	pid = fork();
	if (pid < 0)
		err(EXIT_FAILURE, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(path, sizeof(path), "%s/cgroup.procs", last()->cgroup);
		procs = fopen(path, "we");
		if (!procs || fprintf(procs, "0\n") < 0 || fclose(procs))
			err(EXIT_FAILURE, "%s", path);
		for (clock_t end = clock() + seconds * CLOCKS_PER_SEC; clock() < end;)
			;
		_exit(0);
	}
	if (waitpid(pid, NULL, 0) != pid)
		err(EXIT_FAILURE, "waitpid");
}

/* The number in a file, behind a word if there is one. -1: there is no such file. */
static int64_t number_in(const char *path, const char *format)
{
	int64_t n = -1;
	FILE *f = fopen(path, "re");

	if (!f)
		return -1;
	if (fscanf(f, format, &n) != 1)
		errx(EXIT_FAILURE, "no number in %s", path);
	fclose(f);
	return n;
}

static void print_time(void)
{
	char stat[256], sysfs[256] = SYSFS;
	struct sched *s = last();

	for (int i = 1; i < nr_scheds; i++)
		snprintf(sysfs + strlen(sysfs), sizeof(sysfs) - strlen(sysfs), "/sub/sub-%" PRIu64,
			 scheds[i].cgroup_id);
	strcat(sysfs, "/cpu_time_ns");
	snprintf(stat, sizeof(stat), "%s/cpu.stat", s->cgroup);
	printf("%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", number_in(stat, "usage_usec %" SCNd64) * 1000,
	       number_in(sysfs, "%" SCNd64), ask(parent_of_last(), PAIR_TIME, s->cgroup_id), ask(s, PAIR_TIME, 0));
}

/* Uevents */

static void listen_to_kernel(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };

	uevents = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	if (uevents < 0 || bind(uevents, (void *)&addr, sizeof(addr)))
		err(EXIT_FAILURE, "NETLINK_KOBJECT_UEVENT");
}

/* An event is strings, each with its NUL: ACTION@DEVPATH, then variables. */
static void print_event(const char *event, const char *end)
{
	static const char *const known[] = { "ACTION=", "DEVPATH=", "SUBSYSTEM=", "SEQNUM=" };
	bool sched_ext = false;

	for (const char *s = event; s < end; s += strlen(s) + 1)
		sched_ext |= !strcmp(s, "SUBSYSTEM=sched_ext");
	/* "sub" is the folder of a scheduler's subs */
	if (!sched_ext || !strcmp(event + strlen(event) - 4, "/sub"))
		return;
	fputs(event, stdout);
	for (const char *s = event + strlen(event) + 1; s < end; s += strlen(s) + 1) {
		bool skip = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			skip |= !strncmp(s, known[i], strlen(known[i]));
		if (!skip)
			printf(" %s", s);
	}
	putchar('\n');
}

static void print_events(void)
{
	char event[8192];
	ssize_t n;

	/* the last one is sent a little after a scheduler's exit record is complete */
	for (int i = 0; i < 5; i++)
		sleep_tenth();
	while ((n = recv(uevents, event, sizeof(event), 0)) > 0)
		print_event(event, event + n);
}

/* Steps */

static const char *argument(char ***argv)
{
	if (!**argv)
		errx(2, "a step lacks an argument");
	return *(*argv)++;
}

static void wait_for_line(void)
{
	for (int c; (c = getchar()) != '\n';)
		if (c == EOF)
			errx(EXIT_FAILURE, "no line");
}

static void step(char ***argv)
{
	const char *name = argument(argv);

	if (!strcmp(name, "set")) {
		if (nr_settings + 1 == MAX_SETTINGS)
			errx(2, "too many settings");
		settings[nr_settings].member = argument(argv);
		settings[nr_settings++].value = strtoll(argument(argv), NULL, 0);
	} else if (!strcmp(name, "root")) {
		attach(NULL);
	} else if (!strcmp(name, "sub")) {
		attach(argument(argv));
	} else if (!strcmp(name, "try")) {
		if (attach(argument(argv)))
			put_away();
	} else if (!strcmp(name, "refuse")) {
		last()->ctl->refuse = -atoi(argument(argv));
	} else if (!strcmp(name, "error")) {
		ask(last(), PAIR_ERROR, 0);
	} else if (!strcmp(name, "tid")) {
		ask(last(), PAIR_TID, 0);
	} else if (!strcmp(name, "kill")) {
		ask(parent_of_last(), PAIR_KILL, last()->cgroup_id);
	} else if (!strcmp(name, "fall")) {
		ask(scheds, PAIR_ERROR, 0);
	} else if (!strcmp(name, "rmdir")) {
		remove_cgroup();
	} else if (!strcmp(name, "ended")) {
		puts(wait_for_end(last(), WAIT_TENTHS));
		put_away();
	} else if (!strcmp(name, "runs")) {
		puts(wait_for_end(last(), 10));
	} else if (!strcmp(name, "detach")) {
		put_away();
	} else if (!strcmp(name, "busy")) {
		be_busy(atof(argument(argv)));
	} else if (!strcmp(name, "time")) {
		print_time();
	} else if (!strcmp(name, "events")) {
		print_events();
	} else if (!strcmp(name, "say")) {
		puts(argument(argv));
	} else if (!strcmp(name, "wait")) {
		puts("waiting");
		wait_for_line();
	} else {
		errx(2, "no step '%s'", name);
	}
}

int main(int argc, char **argv)
{
	if (argc < 2)
		errx(2, "usage: subs STEP...");
	setvbuf(stdout, NULL, _IOLBF, 0);
	listen_to_kernel();
	for (argv++; *argv;)
		step(&argv);
	while (nr_scheds)
		put_away();
	return EXIT_SUCCESS;
}
