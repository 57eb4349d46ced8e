// SPDX-License-Identifier: GPL-2.0
/*
 * list.c: the schedulers on the search path, one block each, and as JSON.
 */
#include <errno.h>
#include <string.h>

#include "flags.h"
#include "list.h"
#include "object.h"
#include "text.h"

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
		name = text_width(t->name) > name ? text_width(t->name) : name;
		def = text_width(t->def) > def ? text_width(t->def) : def;
		range = text_width(text) > range ? text_width(text) : range;
	}
	for (size_t i = 0; i < facts->nr_tunables; i++) {
		const struct tunable *t = &facts->tunables[i];

		range_text(t, text, sizeof(text));
		fputs("    ", out);
		text_pad(out, t->name, -name);
		fputs(" = ", out);
		text_pad(out, *t->def ? t->def : "''", -def);
		fputs("  ", out);
		text_pad(out, text, -range);
		fprintf(out, "  %s%s\n", t->help, t->live ? " (changes in place)" : "");
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
	_cleanup_(freep) char *shown = NULL;
	_cleanup_(object_freep) struct object *obj = NULL;
	_cleanup_(problems_free) struct problems ps = {};

	if (!object_open(path, OBJECT_ANY, NULL, 0, &obj, &ps)) {
		text_mend(obj->facts.name);
		print_object(out, &obj->facts);
		return;
	}
	shown = copy_text(strrchr(path, '/') + 1);
	text_mend(shown);
	fprintf(out, "%s: can't be used\n", shown);
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

static int words_to_json(const char *text, const char *between, sd_json_variant **ret)
{
	_cleanup_(freep) char *copy = copy_text(text);
	char *rest = NULL;
	int r = sd_json_variant_new_array(ret, NULL, 0);

	for (char *at = copy, *word; r >= 0 && (word = strtok_r(at, between, &rest)); at = NULL) {
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;

		r = sd_json_variant_new_string(&v, word);
		if (r >= 0)
			r = sd_json_variant_append_array(ret, v);
	}
	return r;
}

static int tunable_to_json(const struct tunable *t, sd_json_variant **ret)
{
	static const char *const kinds[] = {
		[TUNABLE_NUMBER] = "number",
		[TUNABLE_BOOL] = "bool",
		[TUNABLE_CHOICE] = "choice",
		[TUNABLE_STRING] = "text",
	};
	bool number = t->kind == TUNABLE_NUMBER, choice = t->kind == TUNABLE_CHOICE;
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *words = NULL;
	int r = choice ? words_to_json(t->unit, "|", &words) : 0;

	return r < 0 ? r :
		       sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("name", t->name),
				      SD_JSON_BUILD_PAIR_STRING("kind", kinds[t->kind]),
				      SD_JSON_BUILD_PAIR_STRING("default", t->def),
				      SD_JSON_BUILD_PAIR_CONDITION(number, "unit", SD_JSON_BUILD_STRING(t->unit)),
				      SD_JSON_BUILD_PAIR_CONDITION(number, "min", SD_JSON_BUILD_INTEGER(t->min)),
				      SD_JSON_BUILD_PAIR_CONDITION(number, "max", SD_JSON_BUILD_INTEGER(t->max)),
				      SD_JSON_BUILD_PAIR_CONDITION(choice, "words", SD_JSON_BUILD_VARIANT(words)),
				      SD_JSON_BUILD_PAIR_STRING("help", t->help),
				      SD_JSON_BUILD_PAIR_BOOLEAN("live", t->live));
}

static int tunables_to_json(const struct object_facts *facts, sd_json_variant **ret)
{
	int r = sd_json_variant_new_array(ret, NULL, 0);

	for (size_t i = 0; i < facts->nr_tunables && r >= 0; i++) {
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *t = NULL;

		r = tunable_to_json(&facts->tunables[i], &t);
		if (r >= 0)
			r = sd_json_variant_append_array(ret, t);
	}
	return r;
}

static int object_to_json(const char *path, const struct object_facts *facts, sd_json_variant **ret)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *tunables = NULL, *flags = NULL;
	_cleanup_(freep) char *said = flags_text(facts->flags);
	int r = tunables_to_json(facts, &tunables);

	if (r >= 0)
		r = words_to_json(said, ", ", &flags);
	if (r < 0)
		return r;
	return sd_json_buildo(
		ret, SD_JSON_BUILD_PAIR_STRING("path", path), SD_JSON_BUILD_PAIR_STRING("name", facts->name),
		SD_JSON_BUILD_PAIR_STRING("description", facts->description),
		SD_JSON_BUILD_PAIR_BOOLEAN("root", facts->is_root),
		SD_JSON_BUILD_PAIR_BOOLEAN("takes_subs", facts->is_root || object_has(facts, "sub_attach")),
		SD_JSON_BUILD_PAIR_BOOLEAN("own_arena", !facts->uses_pool && !facts->is_root),
		SD_JSON_BUILD_PAIR_VARIANT("flags", flags), SD_JSON_BUILD_PAIR_VARIANT("tunables", tunables));
}

static int path_to_json(const char *path, sd_json_variant **ret)
{
	_cleanup_(object_freep) struct object *obj = NULL;
	_cleanup_(problems_free) struct problems ps = {};
	_cleanup_(freep) char **texts = NULL, *shown = copy_text(path);

	text_mend(shown);
	if (!object_open(path, OBJECT_ANY, NULL, 0, &obj, &ps)) {
		text_mend(obj->facts.name);
		return object_to_json(shown, &obj->facts, ret);
	}
	texts = mem(calloc(ps.nr + 1, sizeof(*texts)));
	for (size_t i = 0; i < ps.nr; i++)
		texts[i] = ps.list[i].text;
	return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("path", shown),
			      SD_JSON_BUILD_PAIR_STRV("problems", texts));
}

int list_to_json(const char *search_path, sd_json_variant **ret)
{
	_cleanup_(object_list_freep) char **list = object_list(search_path);
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *all = NULL;
	int r = sd_json_variant_new_array(&all, NULL, 0);

	for (char **path = list; *path && r >= 0; path++) {
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *scheduler = NULL;

		r = path_to_json(*path, &scheduler);
		if (r >= 0)
			r = sd_json_variant_append_array(&all, scheduler);
	}
	return r < 0 ? r : sd_json_buildo(ret, SD_JSON_BUILD_PAIR_VARIANT("schedulers", all));
}
