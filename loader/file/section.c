// SPDX-License-Identifier: GPL-2.0
/*
 * section.c: the tables of reserved keys, the checks of keys and values, and the guess at what a misspelt word meant.
 * Also the part of config.h that is about keys.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "cleanup.h"
#include "config.h"
#include "section.h"
#include "text.h"

#define LETTERS		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SPACES		" \t"

enum key_kind {
	KEY_TEXT,	/* char * */
	KEY_CGROUP,	/* char *, as in struct node */
	KEY_NUMBER,	/* uint32_t */
	KEY_WORD,	/* unsigned int: the word's index */
	KEY_SWITCH,	/* bool: true is the second of two words */
	KEY_CPUS,	/* struct cpus */
};

/* A reserved key. All others are tunables of the scheduler. */
struct key {
	const char *name;
	enum key_kind kind;
	size_t value;		/* offset of what it sets, in struct node or struct hierarchy */
	size_t line;		/* offset of the line where it was said */
	uint32_t min, max;
	const char *const *words;
	const char *required;	/* it must be there, and this is the hint when it is not */
	bool file_only;		/* attach has an argument for it, or finds it out */
	enum key_change change;
};

#define NODE_KEY(field, said)	.value = offsetof(struct node, field), .line = offsetof(struct node, lines.said)
#define ROOT_KEY(field, said)	.value = offsetof(struct hierarchy, field), .line = offsetof(struct hierarchy, said)

#define NEED_CGROUP		"add 'cgroup = /PATH', a path below the cgroup2 mount"

/* Of a section's `given`. */
#define KEY_BIT(s, key)		(1u << ((key) - (s)->keys))

static const char *const no_yes[] = { "no", "yes", NULL };
static const char *const on_exit_words[] = {
	[ON_EXIT_LEAVE] = "leave", [ON_EXIT_RESTART] = "restart", [ON_EXIT_STOP] = "stop", NULL
};
static const char *const on_failure_words[] = { "stop", "continue", NULL };

static const struct key node_keys[] = {
	{ "cgroup", KEY_CGROUP, NODE_KEY(cgroup, cgroup), .file_only = true, .required = NEED_CGROUP },
	{ "sched", KEY_TEXT, NODE_KEY(sched, sched), .file_only = true },
	{ "parent", KEY_TEXT, NODE_KEY(said_parent, parent), .file_only = true, .change = CHANGE_NOTHING },
	{ "weight", KEY_NUMBER, NODE_KEY(weight, weight), .min = 1, .max = 10000, .change = CHANGE_LIVE },
	{ "cpus", KEY_CPUS, NODE_KEY(cpus, cpus) },
	{ "max_tasks", KEY_NUMBER, NODE_KEY(max_tasks, max_tasks), .min = 1, .max = 1048576 },
	{ "create", KEY_SWITCH, NODE_KEY(create, create), .words = no_yes, .change = CHANGE_LIVE },
	{ "on_exit", KEY_WORD, NODE_KEY(on_exit, on_exit), .words = on_exit_words, .change = CHANGE_LIVE },
	{ "restart_delay_ms", KEY_NUMBER, NODE_KEY(restart_delay_ms, restart_delay_ms), .min = 1, .max = 3600000,
	  .change = CHANGE_LIVE },
	{}
};

static const struct key root_keys[] = {
	{ "sched", KEY_TEXT, ROOT_KEY(root.sched, root.sched_line) },
	{ "pool_mb", KEY_NUMBER, ROOT_KEY(root.pool_mb, root.pool_mb_line), .min = 1, .max = 4096 },
	{ "max_tasks", KEY_NUMBER, ROOT_KEY(root.max_tasks, root.max_tasks_line), .min = 1, .max = 1048576 },
	{ "on_failure", KEY_SWITCH, ROOT_KEY(keep_going, root.on_failure_line), .words = on_failure_words,
	  .change = CHANGE_LIVE },
	{}
};

struct section section_of_node(struct node *node)
{
	return (struct section){ .name = node->name,
				 .line = node->lines.section,
				 .keys = node_keys,
				 .base = node,
				 .given = &node->given,
				 .settings = &node->settings };
}

struct section section_of_root(struct hierarchy *h)
{
	return (struct section){ .name = "root",
				 .line = h->root.line,
				 .keys = root_keys,
				 .base = h,
				 .given = &h->root.given,
				 .settings = &h->root.settings };
}

static const struct key *key_find(const struct key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (!strcmp(keys->name, name))
			return keys;
	return NULL;
}

const char *section_key(const struct section *s, size_t i, enum key_change *ret)
{
	*ret = s->keys[i].change;
	return s->keys[i].name;
}

char *section_value(const struct section *s, size_t i)
{
	const struct key *key = &s->keys[i];
	const void *value = s->base + key->value;

	switch (key->kind) {
	case KEY_NUMBER:
		/* none begins at 0: that is what was not said and has no default */
		if (!*(const uint32_t *)value)
			break;
		return text_of("%u", *(const uint32_t *)value);
	case KEY_WORD:
		return copy_text(key->words[*(const unsigned int *)value]);
	case KEY_SWITCH:
		return copy_text(key->words[*(const bool *)value]);
	case KEY_TEXT:
	case KEY_CGROUP:
		return copy_text(*(char *const *)value ?: "");
	case KEY_CPUS:
		return cpus_text(value);
	}
	return copy_text("");
}

unsigned int section_line(const struct section *s, size_t i)
{
	return *(const unsigned int *)(s->base + s->keys[i].line);
}

const char *config_node_key(size_t i)
{
	return i < sizeof(node_keys) / sizeof(*node_keys) ? node_keys[i].name : NULL;
}

const char *config_root_key(size_t i)
{
	return i < sizeof(root_keys) / sizeof(*root_keys) ? root_keys[i].name : NULL;
}

static int set_text(char **ret, const char *value)
{
	free(*ret);
	*ret = copy_text(value);
	return 0;
}

static int set_cgroup(char **ret, const char *value, const struct origin *at, struct problems *ps)
{
	const char *why;
	char *path;
	int err = hierarchy_cgroup_path(value, &path, &why);

	if (err) {
		problem_add(ps, at->where, at->line,
			    "write the path below the cgroup2 mount, as in '/web' or '/web/batch'",
			    "bad cgroup '%s': %s", value, why);
		return err;
	}
	free(*ret);
	*ret = path;
	return 0;
}

static int set_number(const struct key *key, uint32_t *ret, const char *value, const struct origin *at,
		      struct problems *ps)
{
	uint64_t number;
	const char *unit = text_number(value, 10, &number);
	char hint[80];

	if (unit)
		unit += strspn(unit, SPACES);
	if (!unit || *unit) {
		snprintf(hint, sizeof(hint), "write a plain decimal number from %u to %u", key->min, key->max);
		if (unit && !unit[strspn(unit, LETTERS)])
			problem_add(ps, at->where, at->line, hint,
				    "bad number '%s' for '%s': unit '%s' is not understood", value, key->name, unit);
		else
			problem_add(ps, at->where, at->line, hint, "bad number '%s' for '%s'", value, key->name);
		return -EINVAL;
	}
	if (number < key->min || number > key->max) {
		problem_add(ps, at->where, at->line, NULL, "'%s' is %s, and its range is %u to %u", key->name, value,
			    key->min, key->max);
		return -EINVAL;
	}
	*ret = number;
	return 0;
}

static int find_word(const struct key *key, const char *value, const struct origin *at, struct problems *ps)
{
	char hint[80] = "write ";

	for (int i = 0; key->words[i]; i++) {
		const char *separator = !i ? "" : key->words[i + 1] ? ", " : " or ";
		size_t len = strlen(hint);

		if (!strcmp(value, key->words[i]))
			return i;
		snprintf(hint + len, sizeof(hint) - len, "%s'%s'", separator, key->words[i]);
	}
	problem_add(ps, at->where, at->line, hint, "bad word '%s' for '%s'", value, key->name);
	return -EINVAL;
}

static int set_cpus(struct cpus *ret, const char *value, const struct origin *at, struct problems *ps)
{
	int err = cpus_parse(value, ret);

	if (err)
		problem_add(ps, at->where, at->line,
			    "write 'exclusive:' and a number of cids, a percentage, or cids as in '4-7,9'",
			    "bad value '%s' for 'cpus'", value);
	return err;
}

static int key_set(const struct key *key, void *base, const char *value, const struct origin *at, struct problems *ps)
{
	void *ret = base + key->value;
	int word;

	switch (key->kind) {
	case KEY_TEXT:
		return set_text(ret, value);
	case KEY_CGROUP:
		return set_cgroup(ret, value, at, ps);
	case KEY_NUMBER:
		return set_number(key, ret, value, at, ps);
	case KEY_WORD:
	case KEY_SWITCH:
		word = find_word(key, value, at, ps);
		if (word < 0)
			return word;
		if (key->kind == KEY_SWITCH)
			*(bool *)ret = word;
		else
			*(unsigned int *)ret = word;
		return 0;
	case KEY_CPUS:
		return set_cpus(ret, value, at, ps);
	}
	return -EINVAL;
}

static int refuse_second(const char *name, unsigned int first, const struct origin *at, struct problems *ps)
{
	if (first)
		problem_add(ps, at->where, at->line, NULL, "second key '%s'; the first is in line %u", name, first);
	else
		problem_add(ps, at->where, at->line, NULL, "'%s' is given twice", name);
	return -EINVAL;
}

/* What can be said of a key and its value without knowing which key it is. */
static int check_form(const struct key *key, const char *name, const char *value, const struct origin *at,
		      struct problems *ps)
{
	const char *hint = key && key->required ? key->required : "leave it out to keep the default";

	if (!*name)
		problem_add(ps, at->where, at->line, NULL, "no key before '='");
	else if (strlen(name) > CONFIG_NAME_MAX)
		problem_add(ps, at->where, at->line, NULL, "key '%s' is %zu bytes long; at most %d are allowed", name,
			    strlen(name), CONFIG_NAME_MAX);
	else if (!text_is_plain(name) || !text_is_plain(value))
		problem_add(ps, at->where, at->line, NULL, "keys and values have no control characters");
	else if (!*value)
		problem_add(ps, at->where, at->line, hint, "'%s' has no value", name);
	else if (strstr(value, " #") || strstr(value, "\t#"))
		problem_add(ps, at->where, at->line, "begin it with ' ;'", "'#' begins no comment after a value");
	else
		return 0;
	return -EINVAL;
}

int section_set(const struct section *s, const char *name, const char *value, const struct origin *at,
		struct problems *ps)
{
	const struct key *key = key_find(s->keys, name);
	const struct setting *first;
	unsigned int *line;
	int err;

	err = check_form(key, name, value, at, ps);
	if (!key) {
		first = settings_find(s->settings, name);
		if (first)
			return refuse_second(name, first->line, at, ps);
		if (!err)
			settings_add(s->settings, name, value, at->line);
		return err;
	}
	line = s->base + key->line;
	if (*s->given & KEY_BIT(s, key))
		return refuse_second(name, *line, at, ps);
	*s->given |= KEY_BIT(s, key);
	*line = at->line;
	return err ?: key_set(key, s->base, value, at, ps);
}

int section_check_complete(const struct section *s, const char *file, struct problems *ps)
{
	static const char *const root[] = { "root", NULL };
	int err = 0;

	for (const struct key *key = s->keys; key->name; key++) {
		if (!key->required || *s->given & KEY_BIT(s, key))
			continue;
		err = -EINVAL;
		if (key->kind == KEY_CGROUP && config_suggest(s->name, root)) {
			problem_add(ps, file, s->line, NULL, "[%s] has no '%s'; did you mean [root]?", s->name,
				    key->name);
			break;
		}
		problem_add(ps, file, s->line, key->required, "[%s] has no '%s'", s->name, key->name);
	}
	return err;
}

bool section_file_only(const struct section *s, const char *name)
{
	const struct key *key = key_find(s->keys, name);

	return key && key->file_only;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Damerau-Levenshtein distance: two neighbours that changed places are one change. Both words fit CONFIG_NAME_MAX. */
static unsigned int word_distance(const char *a, const char *b)
{
	unsigned int rows[3][CONFIG_NAME_MAX + 1], *before = rows[0], *above = rows[1], *row = rows[2];
	size_t len = strlen(b);

	for (size_t j = 0; j <= len; j++)
		above[j] = j;
	for (size_t i = 0; a[i]; i++) {
		unsigned int *reuse = before;

		row[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			row[j + 1] = above[j] + !same_letter(a[i], b[j]);
			row[j + 1] = MIN(row[j + 1], MIN(row[j], above[j + 1]) + 1);
			if (i && j && same_letter(a[i], b[j - 1]) && same_letter(a[i - 1], b[j]))
				row[j + 1] = MIN(row[j + 1], before[j - 1] + 1);
		}
		before = above;
		above = row;
		row = reuse;
	}
	return above[len];
}

const char *config_suggest(const char *word, const char *const *candidates)
{
	size_t len = strlen(word);
	unsigned int nearest = MIN(2, len / 3) + 1;
	const char *suggestion = NULL;

	if (len > CONFIG_NAME_MAX)
		return NULL;
	for (; *candidates; candidates++) {
		unsigned int distance = nearest;

		if (strlen(*candidates) <= CONFIG_NAME_MAX)
			distance = word_distance(word, *candidates);
		if (distance < nearest) {
			nearest = distance;
			suggestion = *candidates;
		}
	}
	return suggestion;
}
