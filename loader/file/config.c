// SPDX-License-Identifier: GPL-2.0
/*
 * config.c: a hierarchy file to a checked hierarchy; the only place that knows the format, and the only user of inih.
 *
 * inih alone would let things pass in silence: it cuts a section's name at 49 bytes, drops what follows its ']', tells
 * nobody of a section without keys, takes ':' for '=', joins an indented line to the value above, and ends a line at a NUL byte. So the
 * reader below looks at each line first. Sections are found here; inih gets the lines that should be `key = value` and
 * nothing else, and a line for which it does not answer with a key is a problem.
 *
 * A section that is refused is read all the same, into a spare hierarchy, so that its values are checked too.
 */
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "config.h"
#include "section.h"
#include "text.h"

#define LINE_MAX_BYTES	4096
#define CONFIG_MAX_BYTES	(1024 * 1024)
#define NAME_CHARS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
#define SPACES		" \t\r\f\v"
#define BOM		"\xef\xbb\xbf"

/* Debian's inih keeps its limit here. One without the variable has 200 bytes; the reader says so when that matters. */
extern int ini_max_line __attribute__((weak));

DEFINE_CLEANUP(struct hierarchy, hierarchy_free)
DEFINE_CLEANUP(struct node, node_free)

struct reader {
	FILE *file;
	struct hierarchy *h, *spare;
	struct section section; /* the one that lines belong to now */
	struct origin at;
	bool unanswered; /* inih has a line and did not call with a key yet */
	bool stop;
	int err; /* the first */
	struct problems *ps;
};

static void reader_note(struct reader *r, int err)
{
	r->err = r->err ?: err;
}

/* Add a problem of the line that is being read. */
#define reader_complain(r, hint, ...)								\
	do {											\
		problem_add((r)->ps, (r)->at.where, (r)->at.line, hint, __VA_ARGS__);		\
		reader_note(r, -EINVAL);							\
	} while (0)

/*
 * Read one line without its end, LF or CR LF, into @buf, and cut it at @max bytes: who calls must look at the length.
 * Returns the length, or -1 when there is nothing more to read.
 */
static long read_line(struct reader *r, char *buf, long max)
{
	long len = 0;
	int c;

	if (r->stop)
		return -1;
	r->at.line++;
	while ((c = getc(r->file)) != EOF && c != '\n' && c != '\0') {
		if (len < max)
			buf[len] = c;
		len++;
	}
	if (c == '\0') {
		reader_complain(r, NULL, "NUL byte: this is not a text file");
		r->stop = true;
		return -1;
	}
	if (ferror(r->file)) {
		reader_note(r, -errno);
		problem_add(r->ps, NULL, 0, NULL, "can't read '%s': %s", r->at.where, strerror(errno));
		r->stop = true;
		return -1;
	}
	if (c == EOF && !len)
		return -1;
	if (len && len <= max && buf[len - 1] == '\r')
		len--;
	buf[len < max ? len : max] = '\0';
	if (r->at.line == 1 && !strncmp(buf, BOM, strlen(BOM)))
		memmove(buf, buf + strlen(BOM), strlen(buf) - strlen(BOM) + 1);
	return len;
}

static const struct node *find_node(const struct hierarchy *h, const char *name)
{
	for (size_t i = 0; i < h->nr_nodes; i++)
		if (!strcmp(h->nodes[i]->name, name))
			return h->nodes[i];
	return NULL;
}

/* Make what follows fill a new node, or root, of @h. */
static void begin_section(struct reader *r, struct hierarchy *h, const char *name)
{
	struct node *node;

	if (!strcmp(name, "root")) {
		h->root.line = r->at.line;
		h->root.given = 0;
		r->section = section_of_root(h);
		return;
	}
	node = node_new(name, NULL, NULL);
	node->lines.section = r->at.line;
	hierarchy_add(h, node);
	r->section = section_of_node(node);
}

static void end_section(struct reader *r)
{
	if (r->section.name && !r->section.incomplete)
		reader_note(r, section_check_complete(&r->section, r->at.where, r->ps));
}

/* The name in a line that begins with '['; NULL after adding the problem. Writes into the line. */
static const char *parse_header(struct reader *r, char *line)
{
	char *name = line + 1, *end = strchr(name, ']');
	const char *rest = end ? end + 1 + strspn(end + 1, SPACES) : NULL;

	if (!end) {
		reader_complain(r, NULL, "section without its closing ']'");
		return NULL;
	}
	*end = '\0';
	if (*rest && *rest != ';')
		reader_complain(r, "begin a comment with ';'", "text after the section [%s]: '%s'", name, rest);
	else if (!*name)
		reader_complain(r, NULL, "section without a name");
	else if (strlen(name) > CONFIG_NAME_MAX)
		reader_complain(r, NULL, "section name '%s' is %zu bytes long; at most %d are allowed", name,
				strlen(name), CONFIG_NAME_MAX);
	else if (name[strspn(name, NAME_CHARS)])
		reader_complain(r, "names are made of letters, digits, '_', '.' and '-'", "bad section name '%s'",
				name);
	else
		return name;
	return NULL;
}

/* @line: the line that begins with '[', or NULL when it was refused already */
static void read_section(struct reader *r, char *line)
{
	const char *name = line ? parse_header(r, line) : NULL;
	struct hierarchy *h = name ? r->h : r->spare;

	if (name) {
		const struct node *node = find_node(r->h, name);
		unsigned int first = !strcmp(name, "root") ? r->h->root.line : node ? node->lines.section : 0;

		if (first) {
			reader_complain(r, NULL, "second section [%s]; the first is in line %u", name, first);
			h = r->spare;
		}
	}
	begin_section(r, h, name ?: "");
	r->section.incomplete = h == r->spare;
}

/* What makes a line unreadable, before it is known what it is. @text: its first character that is no space */
static bool line_is_fine(struct reader *r, const char *line, const char *text, long len, long max)
{
	const size_t shown = text_shown(line);

	if (len > max)
		reader_complain(r, NULL, "line is %ld bytes long; at most %ld are allowed", len, max);
	else if (text != line)
		reader_complain(r, "begin keys and sections at the start of a line; a value ends with its line",
				"white space at the start of the line");
	else if (line[shown])
		reader_complain(r, "write UTF-8, without control characters",
				"byte %zu of the line is not text: 0x%02x", shown + 1, (unsigned char)line[shown]);
	else
		return true;
	return false;
}

/* inih had a line, and no key came of it. */
static void check_answered(struct reader *r)
{
	if (r->unanswered) {
		reader_complain(r, NULL, "neither a '[section]' nor 'key = value'");
		r->section.incomplete = true;
	}
	r->unanswered = false;
}

/* An ini_reader: the next line that should be `key = value`. */
static char *reader_next(char *buf, int size, void *arg)
{
	const long max = size - 2; /* inih takes a line that fills the buffer for one that goes on */
	struct reader *r = arg;
	long len;

	check_answered(r);
	while ((len = read_line(r, buf, max)) >= 0) {
		const char *text = buf + strspn(buf, SPACES);
		bool fine;

		if (!*text || strchr(";#", *text))
			continue;
		if (*text == '[')
			end_section(r);
		fine = line_is_fine(r, buf, text, len, max);
		if (*text == '[') {
			read_section(r, fine ? buf : NULL);
		} else if (fine && buf[strcspn(buf, "=:")] == ':') {
			reader_complain(r, "write 'key = value'", "':' where '=' should be");
			r->section.incomplete = true;
		} else if (fine) {
			r->unanswered = true;
			return buf;
		} else {
			r->section.incomplete = true;
		}
	}
	return NULL;
}

/* An ini_handler. */
static int reader_key(void *arg, const char *section __attribute__((unused)), const char *key, const char *value)
{
	struct reader *r = arg;

	r->unanswered = false;
	if (r->section.name)
		reader_note(r, section_set(&r->section, key, value, &r->at, r->ps));
	else
		reader_complain(r, "put it below [root] or below the [name] of a node",
				"'%s' stands before the first section", key);
	return 1;
}

static const char *suggest_node(const struct hierarchy *h, const char *name)
{
	_cleanup_(freep) const char **names = mem(calloc(h->nr_nodes + 2, sizeof(*names)));

	for (size_t i = 0; i < h->nr_nodes; i++)
		names[i] = h->nodes[i]->name;
	names[h->nr_nodes] = "root";
	return config_suggest(name, names);
}

/* What the file says about parents against what the cgroups' paths say. */
static int check_said_parent(const struct hierarchy *h, const struct node *node, struct problems *ps)
{
	const char *said = node->said_parent, *is = node->parent ? node->parent->name : "root";
	_cleanup_(freep) char *hint = NULL;
	const char *suggestion;

	if (!said || !node->cgroup || !strcmp(said, is))
		return 0;
	if (strcmp(said, "root") && !find_node(h, said)) {
		suggestion = suggest_node(h, said);
		problem_add(ps, h->file, node->lines.parent, NULL, "unknown parent '%s' of [%s]%s%s%s", said,
			    node->name, suggestion ? "; did you mean '" : "", suggestion ?: "", suggestion ? "'?" : "");
		return -EINVAL;
	}
	hint = text_of("write 'parent = %s', or leave the key out", is);
	problem_add(ps, h->file, node->lines.parent, hint,
		    "the parent of [%s] is '%s', not '%s': it is the nearest node above '%s'", node->name, is, said,
		    node->cgroup);
	return -EINVAL;
}

static void read_all(struct reader *r)
{
	if (&ini_max_line)
		ini_max_line = LINE_MAX_BYTES + 2;
	mem(ini_parse_stream(reader_next, r, reader_key, r) == -2 ? NULL : r);
	if (r->stop)
		return;
	end_section(r);
	if (!r->h->root.line && !r->h->nr_nodes && !r->spare->nr_nodes) {
		problem_add(r->ps, r->at.where, 0, "add [root], or a section [NAME] with the key 'cgroup'",
			    "no section in the file");
		reader_note(r, -EINVAL);
	}
	reader_note(r, hierarchy_finish(r->h, r->ps));
	for (size_t i = 0; i < r->h->nr_nodes; i++)
		reader_note(r, check_said_parent(r->h, r->h->nodes[i], r->ps));
}

/* The running loader reads it again and again: nothing that would keep it waiting, or fill its memory. */
static int open_file(const char *path, FILE **ret, struct problems *ps)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err = fd < 0 ? -errno : 0;
	const char *why = NULL;
	struct stat st;

	if (!err && fstat(fd, &st))
		err = -errno;
	if (!err && !S_ISREG(st.st_mode))
		why = "it is no regular file";
	else if (!err && st.st_size > CONFIG_MAX_BYTES)
		why = "it is larger than a megabyte";
	*ret = err || why ? NULL : fdopen(fd, "r");
	if (*ret)
		return 0;
	err = err ?: why ? -EINVAL : -errno;
	if (fd >= 0)
		close(fd);
	problem_add(ps, NULL, 0, NULL, "can't open '%s': %s", path, why ?: strerror(-err));
	return err;
}

int config_read_some(const char *path, struct hierarchy **ret, struct problems *ps)
{
	_cleanup_(hierarchy_freep) struct hierarchy *h = hierarchy_new(path);
	_cleanup_(hierarchy_freep) struct hierarchy *spare = hierarchy_new(path);
	struct reader r = { .h = h, .spare = spare, .at.where = path, .ps = ps };

	r.err = open_file(path, &r.file, ps);
	if (r.err)
		return r.err;
	read_all(&r);
	fclose(r.file);
	if (r.stop)
		return r.err;
	for (size_t i = 0; i < h->nr_nodes; i++)
		if (!h->nodes[i]->cgroup)
			h->nodes[i]->cgroup = copy_text("?");
	*ret = take_ptr(h);
	return r.err;
}

int config_read(const char *path, struct hierarchy **ret, struct problems *ps)
{
	_cleanup_(hierarchy_freep) struct hierarchy *h = NULL;
	int err = config_read_some(path, &h, ps);

	if (!err)
		*ret = take_ptr(h);
	return err;
}

int config_node(const char *cgroup, const char *sched, struct node **ret, struct problems *ps)
{
	_cleanup_(node_freep) struct node *node = node_new(cgroup, NULL, NULL);
	const struct origin nowhere = {};
	struct section section;
	int err;

	section = section_of_node(node);
	err = section_set(&section, "cgroup", cgroup, &nowhere, ps);
	err = section_set(&section, "sched", sched, &nowhere, ps) ?: err;
	if (err)
		return err;
	/* The path is no longer than what the name was copied from. */
	strcpy(node->name, node->cgroup + 1);
	for (char *slash = node->name; (slash = strchr(slash, '/'));)
		*slash = '-';
	*ret = take_ptr(node);
	return 0;
}

static int set_option(const struct section *section, const char *key_eq_value, struct problems *ps)
{
	_cleanup_(freep) char *key = copy_text(key_eq_value), *where = text_of("option '%s'", key_eq_value);
	const struct origin at = { .where = where };
	char *value;

	text_mend(where);
	value = strchr(key, '=');
	if (!value) {
		problem_add(ps, where, 0, NULL, "not of the form 'key=value'");
		return -EINVAL;
	}
	*value++ = '\0';
	if (section_file_only(section, key)) {
		problem_add(ps, where, 0, NULL, "'%s' is not an option", key);
		return -EINVAL;
	}
	return section_set(section, key, value, &at, ps);
}

int config_node_option(struct node *node, const char *key_eq_value, struct problems *ps)
{
	const struct section section = section_of_node(node);

	return set_option(&section, key_eq_value, ps);
}

/* A key may be said once, whatever was said before. */
static int change_section(struct section *section, char *const *settings, struct problems *ps)
{
	struct settings before = *section->settings;
	int err = 0, e;

	*section->settings = (struct settings){};
	*section->given = 0;
	for (; *settings; settings++) {
		e = set_option(section, *settings, ps);
		err = err ?: e;
	}
	settings_add_missing(section->settings, &before);
	settings_free(&before);
	return err;
}

int config_change_node(struct node *node, char *const *settings, struct problems *ps)
{
	struct section section = section_of_node(node);

	return change_section(&section, settings, ps);
}

int config_change_root(struct hierarchy *h, char *const *settings, struct problems *ps)
{
	struct section section = section_of_root(h);

	return change_section(&section, settings, ps);
}
