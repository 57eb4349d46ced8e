// SPDX-License-Identifier: GPL-2.0
/*
 * adopt.c: take over a tree that runs without its loader. What is pinned (pins.h) becomes a struct tree as if this process
 * had attached it; then what the other one had begun is finished, and what it left half done in the pool is freed.
 *
 * Nothing that runs is touched before all of it is understood. An error leaves everything as it was.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "object/bpf_log.h"
#include "kernel/cgroup.h"
#include "file/config.h"
#include "object/image.h"
#include "kernel/kernel.h"
#include "pins.h"
#include "state.h"
#include "text.h"
#include "tree_impl.h"

#define SWEEP_S		30	/* the other loader may still be ending: its last attach is undone by the kernel */
#define SWEEP_POLL_US	50000

DEFINE_CLEANUP(struct tree, tree_free)

static int refuse(const struct sched *s, const char *what, int err, struct problems *ps)
{
	problem_add(ps, NULL, 0, "'scx-loader stop' ends the tree", "can't adopt '%s' from '%s': %s: %s", sched_name(s),
		    s->folder, what, strerror(-err));
	return err;
}

/* The object as it was when it was loaded. */
static int adopt_object(struct sched *s, const char *path, struct problems *ps)
{
	_cleanup_(image_putp) struct image *image = NULL;
	int fd = pins_get(s, "object"), err = fd < 0 ? fd : image_of_map(fd, &image);

	if (fd >= 0)
		close(fd);
	if (err)
		return refuse(s, "its object", err, ps);
	err = object_open_image(image, path, s->node ? OBJECT_SUB : OBJECT_ROOT, s->folder, 0, &s->obj, ps);
	if (!err)
		sched_mend(s);
	return err;
}

/* What runs has the last word on what can change while it does. */
static int adopt_live(const struct sched *s, struct settings *settings, unsigned int line)
{
	const struct object_facts *facts = &s->obj->facts;
	const char *live = object_live(s->obj);
	int err = 0;

	for (size_t i = 0; s->link && i < facts->nr_tunables && !err; i++) {
		const struct tunable *t = &facts->tunables[i];
		const struct setting *said = settings_find(settings, t->name);
		_cleanup_(freep) char *is = NULL;

		if (!t->live)
			continue;
		is = tunable_format(t, live + t->offset);
		if (!is)
			return -ENOMEM;
		text_mend(is);
		if (strcmp(is, said ? said->value : t->def))
			settings_set(settings, t->name, is, line);
	}
	return err;
}

/* The link, which must be there, and the parts. */
static int adopt_running(struct sched *s, struct problems *ps)
{
	s->link = pins_open_link(s);
	if (!s->link)
		return refuse(s, "its link", -errno, ps);
	for (size_t i = 0; i < NR_PARTS; i++) {
		int fd = pins_get(s, object_part_name(i));
		int err = fd == -ENOENT ? 0 : fd < 0 ? fd : object_adopt(s->obj, i, fd);

		if (err)
			return refuse(s, object_part_name(i), err, ps);
	}
	s->state = NODE_ATTACHED;
	return 0;
}

static bool has_link(const struct sched *s)
{
	int fd = pins_get(s, "link");

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int adopt_root(struct tree *t, struct problems *ps)
{
	struct settings *settings = &t->h->root.settings;
	int r;

	r = adopt_object(t->root, record_get(pins_tree(t->opts.pins), "object"), ps);
	if (!r)
		r = object_set_tunables(t->root->obj, settings, "root", t->root->folder, config_root_key, ps);
	if (!r)
		r = adopt_running(t->root, ps);
	return r ?: adopt_live(t->root, settings, t->h->root.line);
}

/* The pool, if it is of the version that this loader was built for. */
static int adopt_pool(struct tree *t, struct problems *ps)
{
	int r = pool_adopt(t->root->obj, &t->pool);

	if (r == -EPROTO)
		problem_add(ps, NULL, 0, "end it with 'scx-loader stop', and start again",
			    "the tree in '%s' runs with another version of the pool than %d, which this loader knows",
			    pins_path(t->opts.pins), POOL_VERSION);
	else if (r)
		refuse(t->root, "the pool", r, ps);
	else
		t->root->region = pool_entity(0)->region;
	return r;
}

static bool has_owner(const struct tree *t, uint32_t entity)
{
	for (size_t i = 0; i < t->nr_scheds; i++)
		if (t->scheds[i]->link && t->scheds[i]->entity == entity)
			return true;
	return false;
}

/* What was written down of a node that runs against what the pool says: where it leads is read later. */
static int check_numbers(const struct tree *t, const struct sched *s, struct problems *ps)
{
	uint32_t first, end = 0;

	while (cid_set_next_range(&s->cids, &first, &end))
		if (end > t->pool.nr_cids)
			return refuse(s, "its cids", -ERANGE, ps);
	if (s->link &&
	    (has_owner(t, s->entity) || !pool_has_node(pool_hdr(), pool_entity(0), s->entity, s->cgroup_id, s->region)))
		return refuse(s, "its region, which the pool does not know as its", -EINVAL, ps);
	return 0;
}

static int adopt_node(struct tree *t, unsigned int nr, struct problems *ps)
{
	_cleanup_(sched_freep) struct sched *s = sched_new();
	_cleanup_(record_clear) struct record record = {};
	int r;

	if (!s)
		return -ENOMEM;
	r = pins_bind(t->opts.pins, s, nr);
	if (!r)
		r = pins_read(s, &record);
	if (r == -ENOENT) {
		pins_remove(s);
		return 0;
	}
	if (!r)
		r = state_read(&record, s->folder, s, ps);
	if (!r)
		r = adopt_object(s, record_get(&record, "object"), ps);
	if (!r)
		r = object_set_tunables(s->obj, &s->node->settings, s->node->name, s->folder, config_node_key, ps);
	if (!r && s->state == NODE_ATTACHED && has_link(s))
		r = adopt_running(s, ps);
	if (r)
		return r;
	if (s->state == NODE_ATTACHED && !s->link)
		s->state = NODE_OPENED;
	if (s->link)
		s->nr_attempts = 0;
	else
		pins_let_go(s);
	s->made_cgroup = s->node->create && cgroup_is_made(s->node->cgroup);
	s->watched = s->link && !s->obj->facts.uses_pool;
	s->attached_at = s->state == NODE_WAITING && !s->exit.kind ? 0 : tree_now();
	r = check_numbers(t, s, ps);
	if (!r)
		r = adopt_live(s, &s->node->settings, s->node->lines.section);
	if (!r)
		tree_add(t, take_ptr(s));
	return r;
}

/* Of two with one cgroup the later was to take the place of the other. */
static void adopt_drop_twins(struct tree *t)
{
	for (size_t i = 0; i < t->nr_scheds;) {
		struct sched *s = t->scheds[i];
		bool twin = false;

		for (size_t j = i + 1; j < t->nr_scheds; j++)
			twin |= !strcmp(t->scheds[j]->node->cgroup, s->node->cgroup);
		if (twin)
			tree_remove(t, s, NULL);
		else
			i++;
	}
}

/* Who is beneath whom, and parents first. */
static void adopt_order(struct tree *t)
{
	size_t sorted = 0;

	for (size_t i = 0; i < t->nr_scheds; i++) {
		struct sched *s = t->scheds[i], *above = NULL;

		s->node->depth = 1;
		for (size_t j = 0; j < t->nr_scheds; j++) {
			struct sched *other = t->scheds[j];

			if (!hierarchy_is_below(other->node->cgroup, s->node->cgroup))
				continue;
			s->node->depth++;
			if (!above || hierarchy_is_below(above->node->cgroup, other->node->cgroup))
				above = other;
		}
		s->parent = above ?: t->root;
		s->node->parent = s->parent->node;
	}
	for (unsigned int depth = 1; depth <= HIERARCHY_MAX_DEPTH; depth++)
		for (size_t i = sorted; i < t->nr_scheds; i++) {
			struct sched *s = t->scheds[i];

			if (s->node->depth != depth)
				continue;
			memmove(&t->scheds[sorted + 1], &t->scheds[sorted], (i - sorted) * sizeof(s));
			t->scheds[sorted++] = s;
		}
}

static int adopt_nodes(struct tree *t, struct problems *ps)
{
	_cleanup_(freep) unsigned int *numbers = NULL;
	int nr = pins_nodes(t->opts.pins, &numbers), r = 0;

	for (int i = 0; i < nr && !r; i++)
		r = adopt_node(t, numbers[i], ps);
	return nr < 0 ? nr : r;
}

/* Free the regions of which no scheduler is left. Returns how many could not be. */
static size_t sweep(const struct tree *t)
{
	size_t left = 0;

	for (uint32_t nr = ENTITY_FIRST; nr < pool_hdr()->nr_entities; nr++)
		if (pool_entity(nr)->region && !has_owner(t, nr))
			left += !!pool_free(&t->pool, nr);
	return left;
}

static void adopt_sweep(struct tree *t)
{
	double until = tree_now() + SWEEP_S;
	size_t left;

	for (size_t i = 0; i < t->nr_scheds; i++)
		if (!t->scheds[i]->link)
			t->scheds[i]->entity = t->scheds[i]->region = 0;
	while ((left = sweep(t)) && tree_now() < until)
		usleep(SWEEP_POLL_US);
	if (left)
		tree_tell(t, LOG_WARNING, "%zu regions that the last loader had not finished are not freed", left);
}

/* What was to be attached when the last loader ended. */
static void adopt_finish(struct tree *t)
{
	for (size_t i = 0; i < t->nr_scheds; i++) {
		struct sched *s = t->scheds[i];
		struct problems ps = {};

		supervise_adopted(t, s);
		if (s->state != NODE_OPENED)
			continue;
		if (supervise_attach(t, s, true, &ps))
			s->state = NODE_FAILED;
		tree_tell_failure(t, s, &ps);
	}
	tree_record(t);
}

static void tell_differences(struct tree *t)
{
	struct tree_status st;
	size_t nr = 0;

	if (tree_read_status(t, &st))
		return;
	while (st.file.differences && st.file.differences[nr])
		nr++;
	if (st.file.problem)
		tree_tell(t, LOG_WARNING, "the tree stays as it was: %s", st.file.problem);
	else if (nr)
		tree_tell(t, LOG_WARNING,
			  "the tree stays as it was, %zu step%s from '%s': 'scx-loader reload' takes them", nr,
			  nr == 1 ? "" : "s", st.file.path);
	tree_status_free(&st);
}

/* What can't be adopted, because there is no root any more or not yet. Returns -ESTALE. */
static int adopt_nothing(struct tree *t, const char *why)
{
	tree_tell(t, LOG_WARNING, "the tree in '%s' %s; what is left of it is removed", pins_path(t->opts.pins), why);
	if (t->root->link)
		bpf_link__destroy(t->root->link);
	t->root->link = NULL;
	pins_take_down(t->opts.pins, NULL, NULL, NULL);
	return -ESTALE;
}

/* Has root ended while nobody looked? */
static int check_root(struct tree *t)
{
	_cleanup_(freep) char *how = NULL, *why = NULL;

	if (object_exit_record(t->root->obj, &t->root->exit) == -ENOMEM)
		return -ENOMEM;
	if (!t->root->exit.kind)
		return sched_is_shown(t->root) ? 0 : adopt_nothing(t, "has ended");
	how = exit_record_text(&t->root->exit);
	if (!how || asprintf(&why, "has ended: %s", how) < 0)
		return -ENOMEM;
	return adopt_nothing(t, why);
}

static int adopt(struct tree *t, const char *file, struct problems *ps)
{
	struct pins *pins = t->opts.pins;
	size_t nr = 0;
	int r;

	r = state_read_root(pins_tree(pins), pins_path(pins), &t->h, ps);
	if (!r)
		r = pins_bind(pins, t->root, 0);
	if (r)
		return r;
	if (record_get(pins_tree(pins), "stopping"))
		return adopt_nothing(t, "was being taken down when its loader ended");
	if (!has_link(t->root))
		return adopt_nothing(t, "was being made when its loader ended");
	r = kernel_btf(&t->kernel, ps) ?: kernel_check(t->kernel, NULL, ps) ?: adopt_root(t, ps) ?: check_root(t);
	r = r ?: adopt_pool(t, ps) ?: adopt_nodes(t, ps);
	if (r)
		return r;
	adopt_drop_twins(t);
	adopt_order(t);
	r = foreign_adopt(t->root, t->scheds, t->nr_scheds);
	if (r)
		return refuse(t->root, "what it looks after foreign schedulers with", r, ps);
	free(t->h->file);
	t->h->file = strdup(file);
	if (!t->h->file)
		return -ENOMEM;
	for (size_t i = 0; i < t->nr_scheds; i++)
		nr += !!t->scheds[i]->link;
	tree_tell(t, LOG_INFO, "adopted '%s' as root and %zu scheduler%s beneath it", t->root->obj->facts.ops_name, nr,
		  nr == 1 ? "" : "s");
	adopt_sweep(t);
	adopt_finish(t);
	tell_differences(t);
	return 0;
}

int tree_adopt(const char *file, const struct tree_options *opts, struct tree **ret, struct problems *ps)
{
	_cleanup_(tree_freep) struct tree *t = calloc(1, sizeof(*t));
	int r;

	*ret = NULL;
	if (!t)
		return -ENOMEM;
	t->opts = *opts;
	t->root = sched_new();
	if (!t->root)
		return -ENOMEM;
	bpf_log_show(opts->verbose ? stderr : NULL);
	bpf_log_start();
	r = adopt(t, file, ps);
	if (!r)
		*ret = take_ptr(t);
	return r;
}
