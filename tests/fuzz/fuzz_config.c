// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_config.c: hierarchy files, and all that is done with one before the kernel is asked. An input is a file, or two
 * with a byte 01 between: then the tree of the first is to become that of the second.
 *
 * What must hold: a file is refused with a reason, or taken with none. What was taken can be written down again, and is
 * then the same. It can be shown. Own cids do not overlap. The steps of a reload can be taken in their order, and make
 * the wanted tree.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include "fuzz.h"
#include "loader/cleanup.h"
#include "loader/file/config.h"
#include "loader/show/metrics.h"
#include "loader/file/plan.h"
#include "loader/file/section.h"
#include "loader/kernel/cpus.h"
#include "loader/show/status.h"
#include "loader/object/tunable.h"

#define SEPARATOR	1

DEFINE_CLEANUP(struct hierarchy, hierarchy_free)

/* A file without a disk */

static int fd;
static char path[32];

int LLVMFuzzerInitialize(int *, char ***)
{
	fd = memfd_create("hierarchy.ini", MFD_CLOEXEC);
	must(fd >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return 0;
}

/* What is told goes to terminals, to logs line by line, and into JSON. */
static bool can_tell(const char *text)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *json = NULL;

	for (const char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c) && *c != '\t')
			return false;
	return sd_json_variant_new_string(&json, text) == 0;
}

static struct hierarchy *read_file(const void *data, size_t size)
{
	_cleanup_(problems_free) struct problems ps = {};
	struct hierarchy *h = NULL;
	int r;

	must(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	r = config_read_some(path, &h, &ps);
	must(r == 0 || r == -EINVAL);
	must((r == 0) == !ps.nr && (r || h));
	for (size_t i = 0; i < ps.nr; i++)
		must_with(can_tell(ps.list[i].text), ps.list[i].text);
	/* of one that is refused all that is there is checked, too */
	for (size_t i = 0; r && h && i < h->nr_nodes; i++)
		must(h->nodes[i]->name && h->nodes[i]->cgroup && h->nodes[i]->sched);
	if (!r)
		return h;
	hierarchy_free(h);
	return NULL;
}

/* What was taken, written down. A cgroup may end in a blank, which a value can't: a slash makes it one that can. */

static void write_section(FILE *out, const struct section *s)
{
	enum key_change change;

	fprintf(out, "[%s]\n", s->name);
	for (size_t i = 0; section_key(s, i, &change); i++) {
		_cleanup_(freep) char *value = section_value(s, i);
		const char *key = section_key(s, i, &change);

		must(value);
		if (*value)
			fprintf(out, "%s=%s%s\n", key, value, strcmp(key, "cgroup") ? "" : "/");
	}
	for (size_t i = 0; i < s->settings->nr; i++)
		fprintf(out, "%s=%s\n", s->settings->list[i].key, s->settings->list[i].value);
}

static struct hierarchy *write_and_read(struct hierarchy *h)
{
	_cleanup_(freep) char *text = NULL;
	struct section s = section_of_root(h);
	size_t size;
	FILE *out = open_memstream(&text, &size);

	must(out);
	write_section(out, &s);
	for (size_t i = 0; i < h->nr_nodes; i++) {
		s = section_of_node(h->nodes[i]);
		write_section(out, &s);
	}
	fclose(out);
	return read_file(text, size);
}

/* What runs: all, or what has a long name and a parent that runs. What changes in place: what begins with an 's'. */

static bool is_attached(void *all, const struct node *node)
{
	return all || (strlen(node->name) > 1 && (!node->parent || is_attached(all, node->parent)));
}

static bool is_waiting(void *, const struct node *node)
{
	return !strcmp(node->name, "waiting");
}

static bool is_live(void *, const struct node *, const char *tunable)
{
	return *tunable == 's';
}

struct running {
	const struct node **nodes;
	size_t nr;
};

static size_t find_running(const struct running *r, const char *cgroup)
{
	size_t i = 0;

	while (i < r->nr && strcmp(r->nodes[i]->cgroup, cgroup))
		i++;
	return i;
}

static bool runs_below(const struct running *r, const char *cgroup)
{
	for (size_t i = 0; i < r->nr; i++)
		if (hierarchy_is_below(cgroup, r->nodes[i]->cgroup))
			return true;
	return false;
}

static void take_step(struct running *r, const struct step *step)
{
	_cleanup_(freep) char *text = step_text(step);
	const struct node *node = step->node ?: step->was;
	size_t i = node ? find_running(r, node->cgroup) : r->nr;

	must(text && *text);
	switch (step->kind) {
	case STEP_DETACH:
		must(!runs_below(r, node->cgroup));
		if (i < r->nr)
			r->nodes[i] = r->nodes[--r->nr];
		break;
	case STEP_ATTACH:
		must(i == r->nr && !runs_below(r, node->cgroup));
		r->nodes[r->nr++] = node;
		break;
	case STEP_SET:
	case STEP_RENAME:
		must(!node || i < r->nr);
		break;
	}
}

static void take_steps(const struct hierarchy *was, const struct hierarchy *want, const struct plan *plan, void *all)
{
	struct running r = { .nodes = calloc(was->nr_nodes + want->nr_nodes + 1, sizeof(*r.nodes)) };

	must(r.nodes);
	for (size_t i = 0; i < was->nr_nodes; i++)
		if (is_attached(all, was->nodes[i]))
			r.nodes[r.nr++] = was->nodes[i];
	for (size_t i = 0; i < plan->nr; i++)
		take_step(&r, &plan->steps[i]);
	must(r.nr == want->nr_nodes);
	for (size_t i = 0; i < want->nr_nodes; i++)
		must(find_running(&r, want->nodes[i]->cgroup) < r.nr);
	free(r.nodes);
}

static void change(const struct hierarchy *was, const struct hierarchy *want, bool all, bool same)
{
	_cleanup_(problems_free) struct problems ps = {};
	_cleanup_(plan_free) struct plan plan = {};
	const struct plan_view view = { is_attached, is_waiting, is_live, all ? &ps : NULL };
	int r = plan_make(was, want, &view, &plan, &ps);

	must(r == 0 || (r == -EINVAL && ps.nr && !same));
	if (same)
		must(!plan.nr);
	take_steps(was, want, &plan, view.arg);
}

/* What it looks like */

static void print_metrics(const struct tree_status *st)
{
	_cleanup_(freep) char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	must(out);
	metrics_print(st, out);
	must(fclose(out) == 0);
	for (char *line = text, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		must(end && (!strncmp(line, "# ", 2) || !strncmp(line, "scx_tree_", 9)));
	}
}

static void show(const struct hierarchy *h)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *json = NULL;
	struct node_status *nodes = calloc(h->nr_nodes + 1, sizeof(*nodes));
	const struct tree_status st = { .file.path = h->file, .nodes = nodes, .nr_nodes = h->nr_nodes };

	must(nodes);
	for (size_t i = 0; i < h->nr_nodes; i++) {
		const struct node *n = h->nodes[i];

		nodes[i] = (struct node_status){ .name = n->name,
						 .cgroup = n->cgroup,
						 .sched = n->sched,
						 .object = n->settings.nr ? n->settings.list[0].value : NULL,
						 .parent = n->parent ? n->parent->name : "root",
						 .depth = n->depth };
	}
	must(status_to_json(&st, &json) == 0);
	print_metrics(&st);
	free(nodes);
}

/* All nodes choose from the same 16 cids; those with a parent, which has none, must be told so. */
static void choose_cids(const struct hierarchy *h)
{
	static const struct cid_state cids[POOL_MAX_CIDS];
	struct cid_set all = {}, taken = {};

	cid_set_add(&all, 0, 16);
	for (size_t i = 0; i < h->nr_nodes; i++) {
		const struct node *node = h->nodes[i];
		_cleanup_(problems_free) struct problems ps = {};
		struct cid_set got = {};
		int r;

		if (node->cpus.kind == CPUS_SHARED)
			continue;
		r = cpus_choose(node, h->file, node->parent ? NULL : &all, &taken, NULL, i & 1 ? cids : NULL, &got,
				&ps);
		must((r == 0) == !ps.nr);
		if (r < 0)
			continue;
		must(cid_set_count(&got));
		for (uint32_t cid = 0; cid < POOL_MAX_CIDS; cid++)
			must(!cid_set_has(&got, cid) || (cid_set_has(&all, cid) && !cid_set_has(&taken, cid)));
		cid_set_add_all(&taken, &got);
		must(cid_set_count(&taken) < cid_set_count(&all));
	}
}

/* Tunables of each kind: what one takes it can say, and takes again. */
static void parse_tunable(const char *tag, enum tunable_var var, size_t size, const char *text)
{
	_cleanup_(problems_free) struct problems ps = {};
	_cleanup_(tunable_clear) struct tunable t = {};
	_cleanup_(freep) char *said = NULL;
	char value[16] = {}, again[16] = {};

	must(tunable_init(&t, "name", tag, var, size) == 0);
	if (tunable_parse(&t, text, value, "file", 1, &ps) < 0) {
		must(ps.nr);
		return;
	}
	said = tunable_format(&t, value);
	must(said && tunable_parse(&t, said, again, "file", 1, &ps) == 0 && !memcmp(value, again, size));
}

static void parse_tunables(const struct settings *settings)
{
	for (size_t i = 0; i < settings->nr; i++) {
		parse_tunable("us:100..1000000:slice", VAR_UNSIGNED, 4, settings->list[i].value);
		parse_tunable("bool::a flag", VAR_UNSIGNED, 1, settings->list[i].value);
		parse_tunable("degrade|refuse|abort::a choice", VAR_UNSIGNED, 4, settings->list[i].value);
	}
}

static void use(struct hierarchy *h)
{
	_cleanup_(hierarchy_freep) struct hierarchy *again = write_and_read(h);

	must(again);
	change(h, again, true, true);
	change(h, again, false, false);
	show(h);
	choose_cids(h);
	parse_tunables(&h->root.settings);
	for (size_t i = 0; i < h->nr_nodes; i++)
		parse_tunables(&h->nodes[i]->settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *second = memchr(data, SEPARATOR, size);
	_cleanup_(hierarchy_freep) struct hierarchy *was = read_file(data, second ? (size_t)(second - data) : size);
	_cleanup_(hierarchy_freep) struct hierarchy *want = NULL;

	if (was)
		use(was);
	if (!second)
		return 0;
	want = read_file(second + 1, data + size - second - 1);
	if (want)
		use(want);
	if (was && want) {
		change(was, want, true, false);
		change(was, want, false, false);
	}
	return 0;
}
