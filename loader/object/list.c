// SPDX-License-Identifier: GPL-2.0
/*
 * list.c: the schedulers on the search path, one block each.
 */
#include <errno.h>
#include <string.h>

#include "flags.h"
#include "list.h"
#include "object.h"

/* What a tunable takes, as text. */
static void range_text(const struct tunable *t, char *text, size_t size)
{
	switch (t->kind) {
	case TUNABLE_NUMBER:
		snprintf(text, size, "%lld..%lld %s", (long long)t->min, (long long)t->max, t->unit);
		break;
	case TUNABLE_BOOL:
		snprintf(text, size, "yes|no");
		break;
	case TUNABLE_CHOICE:
		snprintf(text, size, "%s", t->unit);
		break;
	case TUNABLE_STRING:
		snprintf(text, size, "up to %zu bytes", t->size - 1);
		break;
	}
}

static void print_tunables(FILE *out, const struct object_facts *facts)
{
	int name = 0, def = strlen("''"), range = 0;
	char text[160];

	for (size_t i = 0; i < facts->nr_tunables; i++) {
		const struct tunable *t = &facts->tunables[i];

		range_text(t, text, sizeof(text));
		name = strlen(t->name) > (size_t)name ? (int)strlen(t->name) : name;
		def = strlen(t->def) > (size_t)def ? (int)strlen(t->def) : def;
		range = strlen(text) > (size_t)range ? (int)strlen(text) : range;
	}
	for (size_t i = 0; i < facts->nr_tunables; i++) {
		const struct tunable *t = &facts->tunables[i];

		range_text(t, text, sizeof(text));
		fprintf(out, "    %-*s = %-*s  %-*s  %s%s\n", name, t->name, def, *t->def ? t->def : "''", range, text,
			t->help, t->live ? " (changes in place)" : "");
	}
}

static void print_object(FILE *out, const struct object_facts *facts)
{
	_cleanup_(freep) char *flags = flags_text(facts->flags);

	fprintf(out, "%s%s%s\n", facts->name, *facts->description ? ": " : "", facts->description);
	fprintf(out, "    cid-form %s%s%s; flags: %s\n", facts->is_root ? "root" : "sub",
		!facts->is_root && object_has(facts, "sub_attach") ? ", takes subs beneath it" : "",
		facts->uses_pool || facts->is_root ? "" : ", has an arena of its own", *flags ? flags : "none");
	print_tunables(out, facts);
}

static void print_path(FILE *out, const char *path)
{
	_cleanup_(object_freep) struct object *obj = NULL;
	_cleanup_(problems_free) struct problems ps = {};

	if (!object_open(path, OBJECT_ANY, NULL, 0, &obj, &ps)) {
		print_object(out, &obj->facts);
		return;
	}
	fprintf(out, "%s: can't be used\n", strrchr(path, '/') + 1);
	for (size_t i = 0; i < ps.nr; i++)
		fprintf(out, "    %s\n", ps.list[i].text);
}

void list_schedulers(FILE *out, const char *search_path)
{
	_cleanup_(object_list_freep) char **list = object_list(search_path);

	if (!*list)
		fprintf(out, "no schedulers in '%s'\n", search_path);
	for (char **path = list; *path; path++) {
		fprintf(out, "%s", path == list ? "" : "\n");
		print_path(out, *path);
	}
}
