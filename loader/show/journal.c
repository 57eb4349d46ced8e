// SPDX-License-Identifier: GPL-2.0
/*
 * journal.c: see journal.h. A line of `events` that was cut off by a crash is passed over.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "journal.h"
#include "kernel/folder.h"
#include "text.h"

#define DUMPS		"dumps"
#define LINE_MAX_BYTES	16384

struct journal {
	const char *folder;
	struct folder dir;
	int dumps_fd, events_fd;	  /* -1: can't be written */
	bool failing;			  /* and that was told */
	unsigned long last_dump;	  /* the highest number */
	char *events[JOURNAL_MAX_EVENTS]; /* as lines of the file */
	size_t nr;			  /* that ever were; the latest are in events[], at their number */
};

static const char *const event_names[] = {
	[EVENT_OTHER] = "other",       [EVENT_ATTACHED] = "attached", [EVENT_ENDED] = "ended",
	[EVENT_WAITS] = "waits",       [EVENT_LEFT] = "left",	      [EVENT_FAILED] = "failed",
	[EVENT_DETACHED] = "detached", [EVENT_CHANGED] = "changed",
};

const char *journal_folder(void)
{
	const char *folder = getenv("STATE_DIRECTORY");

	return folder && *folder == '/' ? folder : JOURNAL_FOLDER;
}

/* Takes @line. */
static void remember(struct journal *j, char *line)
{
	char **place = &j->events[j->nr++ % JOURNAL_MAX_EVENTS];

	free(*place);
	*place = line;
}

/* Is it one that can be shown? The disk may hold anything. */
static bool is_event(sd_json_variant *event)
{
	sd_json_variant *time = sd_json_variant_by_key(event, "time_us");

	return sd_json_variant_is_unsigned(time) && sd_json_variant_string(sd_json_variant_by_key(event, "event")) &&
	       sd_json_variant_string(sd_json_variant_by_key(event, "text"));
}

static void read_file(struct journal *j, const char *name)
{
	int fd = openat(j->dir.fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	char line[LINE_MAX_BYTES];

	if (!in && fd >= 0)
		close(fd);
	while (in && fgets(line, sizeof(line), in)) {
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *event = NULL;
		char *copy = NULL;

		if (sd_json_parse(line, 0, &event, NULL, NULL) >= 0 && is_event(event))
			copy = strdup(line);
		if (copy)
			remember(j, copy);
	}
	if (in)
		fclose(in);
}

/* @mode: of the folder when it is made, 0: it is not. @ret_why: why it is not open */
static struct journal *read_folder(const char *folder, mode_t mode, const char **ret_why)
{
	struct journal *j = calloc(1, sizeof(*j));
	int err;

	if (!j)
		return NULL;
	j->folder = folder;
	j->dumps_fd = j->events_fd = -1;
	err = folder_open(folder, mode, &j->dir, ret_why);
	if (err) {
		*ret_why = *ret_why ?: strerror(-err);
		return j;
	}
	read_file(j, "events.old");
	read_file(j, "events");
	return j;
}

/* Once, until it can be written again. */
static void complain(struct journal *j, const char *name, const char *why, struct problems *ps)
{
	if (!j->failing)
		problem_add(ps, NULL, 0, NULL, "can't write '%s/%s': %s; what happens is kept in memory only",
			    j->folder, name, why);
	j->failing = true;
}

static int open_events(struct journal *j)
{
	j->events_fd = openat(j->dir.fd, "events", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	return j->events_fd < 0 ? -errno : 0;
}

static unsigned long find_last_dump(int dumps_fd)
{
	int fd = openat(dumps_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	unsigned long last = 0;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		unsigned long number = strtoul(entry->d_name, NULL, 10);

		/* a higher one would not sort */
		last = number > last && number < 9999999999 ? number : last;
	}
	if (dir)
		closedir(dir);
	return last;
}

struct journal *journal_read(const char *folder, struct problems *ps)
{
	const char *why;
	struct journal *j = read_folder(folder, 0, &why);

	if (j && j->dir.fd < 0)
		problem_add(ps, NULL, 0, NULL, "can't read '%s': %s", folder, why);
	return j;
}

struct journal *journal_open(const char *folder, struct problems *ps)
{
	const char *why;
	struct journal *j = read_folder(folder, 0750, &why);

	if (!j)
		return NULL;
	if (j->dir.fd < 0) {
		complain(j, "", why, ps);
		return j;
	}
	if (open_events(j))
		complain(j, "events", strerror(errno), ps);
	j->dumps_fd = folder_open_in(j->dir.fd, DUMPS, 0750, &why);
	if (j->dumps_fd < 0)
		complain(j, DUMPS, why ?: strerror(-j->dumps_fd), ps);
	else
		j->last_dump = find_last_dump(j->dumps_fd);
	return j;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < JOURNAL_MAX_EVENTS; i++)
		free(j->events[i]);
	if (j->events_fd >= 0)
		close(j->events_fd);
	if (j->dumps_fd >= 0)
		close(j->dumps_fd);
	folder_close(&j->dir);
	free(j);
}

/* All of it, or nothing: what was written of it is taken back. Returns 0 or -errno. */
static int write_whole(int fd, const char *text)
{
	size_t len = strlen(text);
	struct stat st;
	ssize_t n;
	int err;

	if (fstat(fd, &st))
		return -errno;
	n = write(fd, text, len);
	if (n == (ssize_t)len)
		return 0;
	err = n < 0 ? errno : ENOSPC;
	return n > 0 && ftruncate(fd, st.st_size) ? -errno : -err;
}

/* Of a dump's name, "NUMBER-TIME-NODE.txt" */
static bool dump_is_of(const char *name, const char *node)
{
	const char *first = strchr(name, '-'), *dash = first ? strchr(first + 1, '-') : NULL;
	size_t len = strlen(node);

	return dash && (!*node || (!strncmp(dash + 1, node, len) && !strcmp(dash + 1 + len, ".txt")));
}

static const char *dumps_of;

static int select_dump(const struct dirent *d)
{
	return *d->d_name != '.' && dump_is_of(d->d_name, dumps_of);
}

/* Keep so many of a node's dumps, or of all for "". Their names sort by number: a clock may be set back. */
static void prune_dumps(const struct journal *j, const char *node, int max)
{
	struct dirent **list;
	int nr;

	dumps_of = node;
	nr = scandirat(j->dumps_fd, ".", &list, select_dump, alphasort);
	for (int i = 0; i < nr; i++) {
		if (i < nr - max)
			unlinkat(j->dumps_fd, list[i]->d_name, 0);
		free(list[i]);
	}
	if (nr >= 0)
		free(list);
}

/* @ret: its path, to be freed; NULL: it could not be written */
static char *write_dump(struct journal *j, const struct tree_event *e, const struct timespec *now, struct problems *ps)
{
	_cleanup_(freep) char *name = NULL;
	char *path = NULL, time[32];
	struct tm tm;
	int fd, err;

	strftime(time, sizeof(time), "%Y%m%dT%H%M%S", gmtime_r(&now->tv_sec, &tm));
	if (asprintf(&name, "%010lu-%s.%06ld-%s.txt", ++j->last_dump, time, now->tv_nsec / 1000, e->node) < 0)
		return NULL;
	fd = openat(j->dumps_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	err = fd < 0 ? -errno : write_whole(fd, e->dump);
	if (fd >= 0)
		close(fd);
	if (err) {
		if (fd >= 0)
			unlinkat(j->dumps_fd, name, 0);
		complain(j, DUMPS, strerror(-err), ps);
		return NULL;
	}
	prune_dumps(j, e->node, JOURNAL_NODE_DUMPS);
	prune_dumps(j, "", JOURNAL_MAX_DUMPS);
	if (asprintf(&path, "%s/" DUMPS "/%s", j->folder, name) < 0)
		return NULL;
	text_mend(path);
	return path;
}

/* Begin a new file when this one is full. */
static int turn_over(struct journal *j)
{
	struct stat st;

	if (fstat(j->events_fd, &st) || st.st_size < JOURNAL_MAX_BYTES)
		return 0;
	if (renameat(j->dir.fd, "events", j->dir.fd, "events.old"))
		return -errno;
	close(j->events_fd);
	return open_events(j);
}

static void write_line(struct journal *j, const char *line, struct problems *ps)
{
	int err;

	if (j->events_fd < 0)
		return;
	err = turn_over(j) ?: write_whole(j->events_fd, line);
	if (err)
		complain(j, "events", strerror(-err), ps);
	else
		j->failing = false;
}

void journal_add(struct journal *j, const struct tree_event *e, struct problems *ps)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *event = NULL;
	_cleanup_(freep) char *dump = NULL;
	struct timespec now;
	char *line;

	clock_gettime(CLOCK_REALTIME, &now);
	if (e->dump && e->node && j->dumps_fd >= 0)
		dump = write_dump(j, e, &now, ps);
	if (sd_json_buildo(&event, SD_JSON_BUILD_PAIR_UNSIGNED("time_us", now.tv_sec * 1000000ull + now.tv_nsec / 1000),
			   SD_JSON_BUILD_PAIR_STRING("node", e->node),
			   SD_JSON_BUILD_PAIR_STRING("event", event_names[e->kind]),
			   SD_JSON_BUILD_PAIR_STRING("text", e->text), SD_JSON_BUILD_PAIR_STRING("dump", dump)) < 0 ||
	    sd_json_variant_format(event, SD_JSON_FORMAT_NEWLINE, &line) < 0)
		return;
	write_line(j, line, ps);
	remember(j, line);
}

static bool is_wanted(sd_json_variant *event, const char *node, uint64_t since_us)
{
	const char *name = sd_json_variant_string(sd_json_variant_by_key(event, "node"));

	return (!node || (name && !strcmp(name, node))) &&
	       sd_json_variant_unsigned(sd_json_variant_by_key(event, "time_us")) >= since_us;
}

int journal_to_json(const struct journal *j, const char *node, uint64_t since_us, sd_json_variant **ret)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *events = NULL;
	size_t first = j->nr > JOURNAL_MAX_EVENTS ? j->nr - JOURNAL_MAX_EVENTS : 0;
	int r;

	r = sd_json_variant_new_array(&events, NULL, 0);
	for (size_t i = first; i < j->nr && r >= 0; i++) {
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *event = NULL;

		r = sd_json_parse(j->events[i % JOURNAL_MAX_EVENTS], 0, &event, NULL, NULL);
		if (r >= 0 && is_wanted(event, node, since_us))
			r = sd_json_variant_append_array(&events, event);
	}
	return r < 0 ? r : sd_json_buildo(ret, SD_JSON_BUILD_PAIR_VARIANT("events", events));
}

/* Seconds of "30s" and the like; 0: it is none */
static uint64_t duration(const char *text)
{
	static const struct {
		char letter;
		unsigned int seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	uint64_t number;
	const char *unit = text_number(text, 10, &number);

	for (size_t i = 0; unit && *unit && !unit[1] && i < sizeof(units) / sizeof(*units); i++)
		if (*unit == units[i].letter && number <= UINT32_MAX)
			return number * units[i].seconds;
	return 0;
}

int journal_time(const char *text, time_t now, uint64_t *ret_us)
{
	static const char *const forms[] = { "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%H:%M:%S", "%H:%M" };
	uint64_t ago = duration(text);
	time_t then = now - (time_t)ago;

	for (size_t i = 0; !ago && i < sizeof(forms) / sizeof(*forms); i++) {
		struct tm tm = {};
		const char *end;

		/* what is not said is today's, or 0 */
		localtime_r(&now, &tm);
		tm.tm_sec = 0;
		tm.tm_isdst = -1;
		if (!strchr(forms[i], 'H'))
			tm.tm_hour = tm.tm_min = 0;
		end = strptime(text, forms[i], &tm);
		if (!end || *end)
			continue;
		then = mktime(&tm);
		ago = 1;
	}
	if (!ago || then < 0)
		return -EINVAL;
	*ret_us = then * 1000000ull;
	return 0;
}

static const char *string(sd_json_variant *event, const char *key)
{
	return sd_json_variant_string(sd_json_variant_by_key(event, key));
}

static void print_event(sd_json_variant *event, FILE *out)
{
	uint64_t time_us = sd_json_variant_unsigned(sd_json_variant_by_key(event, "time_us"));
	time_t seconds = time_us / 1000000;
	const char *dump = string(event, "dump");
	char time[64] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(time, sizeof(time), "%Y-%m-%d %H:%M:%S", &tm);
	fprintf(out, "%s.%03u  %s\n", time, (unsigned int)(time_us / 1000 % 1000), string(event, "text"));
	if (dump)
		fprintf(out, "%25s%s%s\n", "", "the kernel's dump: ", dump);
}

void journal_print(sd_json_variant *log, FILE *out)
{
	sd_json_variant *events = sd_json_variant_by_key(log, "events");

	for (size_t i = 0; i < sd_json_variant_elements(events); i++)
		print_event(sd_json_variant_by_index(events, i), out);
}
