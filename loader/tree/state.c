// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "file/section.h"
#include "state.h"

DEFINE_CLEANUP(struct hierarchy, hierarchy_free)

static const char *const exit_keys[] = { "exit.kind", "exit.code", "exit.reason", "exit.msg" };
static const char *const last_keys[] = { "last.kind", "last.code", "last.reason", "last.msg" };

static const char *const state_words[] = {
	[NODE_OPENED] = "opened", [NODE_ATTACHED] = "attached", [NODE_FAILED] = "failed",
	[NODE_EXITED] = "exited", [NODE_LEFT] = "left",		[NODE_WAITING] = "waiting",
};

/* All keys of a section that have a value, and its tunables. */
static int write_section(struct record *r, const struct section *s)
{
	enum key_change change;
	char name[80];
	const char *key;
	int err = 0;

	for (size_t i = 0; !err && (key = section_key(s, i, &change)); i++) {
		_cleanup_(freep) char *value = section_value(s, i);

		if (!value)
			return -ENOMEM;
		snprintf(name, sizeof(name), "key.%s", key);
		if (*value)
			err = record_add(r, name, "%s", value);
	}
	for (size_t i = 0; !err && i < s->settings->nr; i++) {
		snprintf(name, sizeof(name), "set.%s", s->settings->list[i].key);
		err = record_add(r, name, "%s", s->settings->list[i].value);
	}
	return err;
}

/* Entries "KEY=VALUE" behind a prefix, as if they stood in the file. */
static int read_entries(const struct record *r, const char *prefix, const struct section *s, const struct origin *at,
			struct problems *ps)
{
	for (const char *entry = record_next(r, prefix, NULL); entry; entry = record_next(r, prefix, entry)) {
		size_t len = strcspn(entry, "=");
		_cleanup_(freep) char *key = strndup(entry, len);
		int err = key ? section_set(s, key, entry + len + 1, at, ps) : -ENOMEM;

		if (err)
			return err;
	}
	return 0;
}

/* The line is the section's: where each key stands is not written down. */
static int read_section(const struct record *r, const char *where, const struct section *s, struct problems *ps)
{
	const struct origin at = { .where = where, .line = record_number(r, "line") };

	return read_entries(r, "key.", s, &at, ps) ?: read_entries(r, "set.", s, &at, ps);
}

int state_write_root(const struct hierarchy *h, const char *object, bool stopping, struct record *ret)
{
	struct section section = section_of_root((struct hierarchy *)h);
	int err = record_add(ret, "scx-loader", "%d", STATE_LAYOUT);

	err = err ?: record_add(ret, "loader", "%s", VERSION);
	err = err ?: record_add(ret, "file", "%s", h->file);
	err = err ?: record_add(ret, "line", "%u", h->root.line);
	err = err ?: record_add(ret, "object", "%s", object);
	if (!err && stopping)
		err = record_add(ret, "stopping", "1");
	return err ?: write_section(ret, &section);
}

static int write_exit(struct record *r, const char *const keys[4], const struct exit_record *e)
{
	int err;

	if (!e->kind)
		return 0;
	err = record_add(r, keys[0], "%d", e->kind);
	err = err ?: record_add(r, keys[1], "%" PRId64, e->code);
	err = err ?: record_add(r, keys[2], "%s", e->reason);
	return err ?: record_add(r, keys[3], "%s", e->msg);
}

int state_write(const struct sched *s, struct record *ret)
{
	struct section section = section_of_node(s->node);
	_cleanup_(freep) char *cids = cid_set_text(&s->cids, NULL);
	int err = cids ? record_add(ret, "name", "%s", s->node->name) : -ENOMEM;

	err = err ?: record_add(ret, "line", "%u", s->node->lines.section);
	err = err ?: record_add(ret, "object", "%s", s->obj->facts.path);
	err = err ?: record_add(ret, "state", "%s", state_words[s->state]);
	err = err ?: record_add(ret, "cgroup_id", "%" PRIu64, s->cgroup_id);
	err = err ?: record_add(ret, "entity", "%" PRIu32, s->entity);
	err = err ?: record_add(ret, "region", "%" PRIu64, s->region);
	err = err ?: record_add(ret, "restarts", "%u", s->nr_restarts);
	err = err ?: record_add(ret, "failures", "%u", s->nr_failures);
	if (!err && s->nr_attempts)
		err = record_add(ret, "attempts", "%u", s->nr_attempts);
	if (!err && *cids)
		err = record_add(ret, "cids", "%s", cids);
	err = err ?: write_exit(ret, exit_keys, &s->exit) ?: write_exit(ret, last_keys, &s->last_exit);
	return err ?: write_section(ret, &section);
}

static int refuse(const char *where, const char *what, struct problems *ps)
{
	problem_add(ps, where, 0, NULL, "%s is not what a loader writes", what);
	return -EINVAL;
}

int state_read_root(const struct record *r, const char *where, struct hierarchy **ret, struct problems *ps)
{
	_cleanup_(hierarchy_freep) struct hierarchy *h = NULL;
	struct section section;
	int err;

	if (!record_get(r, "file") || !record_get(r, "object"))
		return refuse(where, "the record of the tree", ps);
	h = hierarchy_new(record_get(r, "file"));
	if (!h)
		return -ENOMEM;
	h->root.line = record_number(r, "line");
	section = section_of_root(h);
	err = read_section(r, where, &section, ps);
	if (!err)
		*ret = take_ptr(h);
	return err;
}

static int read_exit(const struct record *r, const char *const keys[4], struct exit_record *e)
{
	int kind = strtol(record_get(r, keys[0]) ?: "0", NULL, 10);

	if (!kind)
		return 0;
	e->kind = kind;
	e->code = strtoll(record_get(r, keys[1]) ?: "0", NULL, 10);
	e->reason = strdup(record_get(r, keys[2]) ?: "");
	e->msg = strdup(record_get(r, keys[3]) ?: "");
	return e->reason && e->msg ? 0 : -ENOMEM;
}

static int read_numbers(const struct record *r, struct sched *s)
{
	const struct {
		const char *key;
		uint32_t *ret;
	} numbers[] = { { "entity", &s->entity },
			{ "line", &s->node->lines.section },
			{ "restarts", &s->nr_restarts },
			{ "failures", &s->nr_failures },
			{ "attempts", &s->nr_attempts } };
	uint64_t number;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (record_read_number(r, numbers[i].key, UINT32_MAX, &number))
			return -EINVAL;
		*numbers[i].ret = number;
	}
	return record_read_number(r, "cgroup_id", UINT64_MAX, &s->cgroup_id) ?:
		       record_read_number(r, "region", UINT64_MAX, &s->region);
}

int state_read(const struct record *r, const char *where, struct sched *s, struct problems *ps)
{
	const char *name = record_get(r, "name"), *word = record_get(r, "state"), *cids = record_get(r, "cids");
	struct section section;
	int err;

	for (size_t i = 0; word && i < sizeof(state_words) / sizeof(*state_words); i++)
		if (!strcmp(word, state_words[i])) {
			s->state = i;
			word = NULL;
		}
	if (!name || word || !record_get(r, "state") || !record_get(r, "object"))
		return refuse(where, "the record of a node", ps);
	s->node = node_new(name, NULL, NULL);
	if (!s->node)
		return -ENOMEM;
	if (read_numbers(r, s))
		return refuse(where, "a number in the record of a node", ps);
	section = section_of_node(s->node);
	err = read_section(r, where, &section, ps);
	if (err)
		return err;
	if (!s->node->cgroup || !s->node->sched || (cids && cid_set_parse(cids, &s->cids)))
		return refuse(where, "the record of a node", ps);
	return read_exit(r, exit_keys, &s->exit) ?: read_exit(r, last_keys, &s->last_exit);
}
