// SPDX-License-Identifier: GPL-2.0
/*
 * reload.c: make a running tree what a hierarchy says: the file's, read again, or the tree's own with some keys changed.
 *
 * Everything is checked and opened before the first step, as for a start. From then on a step either is taken whole or
 * leaves what was there before it. A node that is attached anew keeps its place in the tree meanwhile, as NODE_OPENED, so
 * that its cgroup is not forgotten when the steps end early.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "kernel/cgroup.h"
#include "cleanup.h"
#include "file/config.h"
#include "pins.h"
#include "file/plan.h"
#include "text.h"
#include "tree_impl.h"

DEFINE_CLEANUP(struct hierarchy, hierarchy_free)

/* What is to be carried out. */
struct change {
	struct tree *tree;
	struct hierarchy *was, *want;
	struct sched **fresh;	/* opened for those of want's nodes that change; NULL once the tree has it */
	size_t nr_fresh;
	bool revive;		/* attach what has ended or could not attach, too */
	struct plan plan;
	struct problems *ps;
};

static void change_clear(struct change *c)
{
	for (size_t i = 0; i < c->nr_fresh; i++)
		sched_free(c->fresh[i]);
	free(c->fresh);
	plan_free(&c->plan);
	hierarchy_free(c->was);
	hierarchy_free(c->want);
}

/* The tree as it is, with the weights that its cgroups have. */
static struct hierarchy *copy_running(const struct tree *t)
{
	struct hierarchy *h = hierarchy_copy_root(t->h);
	struct problems ps = {};

	for (size_t i = 0; i < t->nr_scheds; i++) {
		const struct sched *s = t->scheds[i];
		struct node *node = node_copy(s->node);

		hierarchy_add(h, node);
		if (s->state == NODE_ATTACHED && s->entity)
			node->weight = pool_entity(s->entity)->weight;
	}
	/* it has no problems that the tree does not have */
	hierarchy_finish(h, &ps);
	problems_free(&ps);
	return h;
}

/* The plan's view of the tree. */

static bool is_attached(void *arg, const struct node *node)
{
	const struct change *c = arg;
	enum node_state state = tree_find(c->tree, node->cgroup)->state;

	return !c->revive || state == NODE_ATTACHED || state == NODE_WAITING;
}

static bool is_waiting(void *arg, const struct node *node)
{
	const struct change *c = arg;

	return tree_find(c->tree, node->cgroup)->state == NODE_WAITING;
}

static bool is_live(void *arg, const struct node *node, const char *name)
{
	const struct change *c = arg;
	const struct sched *s = node ? tree_find(c->tree, node->cgroup) : c->tree->root;
	const struct tunable *tunable = object_find_tunable(&s->obj->facts, name);

	return tunable && tunable->live;
}

static int change_plan(struct change *c)
{
	const struct plan_view view = { is_attached, is_waiting, is_live, c };

	return plan_make(c->was, c->want, &view, &c->plan, c->ps);
}

static size_t index_of(const struct hierarchy *h, const struct node *node)
{
	size_t i = 0;

	while (h->nodes[i] != node)
		i++;
	return i;
}

static bool has_step(const struct plan *plan, const struct node *node)
{
	for (size_t i = 0; i < plan->nr; i++)
		if (plan->steps[i].node == node)
			return true;
	return false;
}

/* The scheduler of one of want's nodes: what was opened for it, or what runs and stays. NULL: it could not be opened */
static struct sched *sched_of(const struct change *c, const struct node *node)
{
	if (!node)
		return c->tree->root;
	return c->fresh[index_of(c->want, node)] ?: has_step(&c->plan, node) ? NULL : tree_find(c->tree, node->cgroup);
}

/* That of a node that changes and keeps its scheduler. */
static struct image *image_for(const struct tree *t, const struct node *node)
{
	const struct sched *was = tree_find(t, node->cgroup);

	return was && !tree_file_of(t, node) && !strcmp(was->node->sched, node->sched) ? tree_image_of(t, was) : NULL;
}

/* All that a start would check, of what changes. What only changes in place is opened for that, and thrown away. */
static int change_open(struct change *c)
{
	struct tree *t = c->tree;

	for (size_t i = 0; i < c->nr_fresh; i++) {
		const struct node *node = c->want->nodes[i];

		if (has_step(&c->plan, node))
			sched_open(node, image_for(t, node), tree_file_of(t, node), t->root, sched_of(c, node->parent),
				   t->kernel, &c->fresh[i], c->ps);
	}
	if (c->plan.nr || c->ps->nr) {
		_cleanup_(sched_freep) struct sched *root = NULL;

		sched_open_root(c->want, t->kernel, &root, c->ps);
	}
	return c->ps->nr ? -EINVAL : 0;
}

static int change_check(struct change *c)
{
	_cleanup_(freep) struct sched **scheds = mem(calloc(c->want->nr_nodes + 1, sizeof(*scheds)));
	int r;

	c->fresh = mem(calloc(c->want->nr_nodes + 1, sizeof(*c->fresh)));
	c->nr_fresh = c->want->nr_nodes;
	r = change_open(c);
	for (size_t i = 0; i < c->nr_fresh && !r; i++)
		scheds[i] = sched_of(c, c->want->nodes[i]);
	return r ?: tree_check_pool(c->tree, scheds, c->nr_fresh, c->ps);
}

static int set_weight(struct change *c, struct sched *s, const struct node *want)
{
	int r = sched_weigh(want, tree_file_of(c->tree, want), c->ps);

	if (!r)
		s->node->weight = want->weight;
	return r;
}

/* Whose is the cgroup from now on: ours to remove if we made it, or the administrator's. */
static int set_create(struct change *c, struct sched *s, const struct node *want)
{
	int r = want->create ? cgroup_make(s->node->cgroup, &s->made_cgroup) : cgroup_keep(s->node->cgroup);

	if (r) {
		problem_add(c->ps, tree_file_of(c->tree, want), want->lines.create, NULL,
			    "can't change who removes cgroup '%s': %s", s->node->cgroup, strerror(-r));
		return r;
	}
	s->made_cgroup &= want->create;
	s->node->create = want->create;
	return 0;
}

static int set_live(struct change *c, struct sched *s, struct settings *settings, const struct step *step)
{
	int r = object_set_live(s->obj, step->key, step->value, c->ps);

	if (!r)
		settings_set(settings, step->key, step->value, 0);
	return r;
}

static int take_set_root(struct change *c, const struct step *step)
{
	struct tree *t = c->tree;

	if (strcmp(step->key, "on_failure"))
		return set_live(c, t->root, &t->h->root.settings, step);
	t->h->keep_going = c->want->keep_going;
	return 0;
}

static int take_set(struct change *c, const struct step *step)
{
	struct sched *s;

	if (!step->was)
		return take_set_root(c, step);
	s = tree_find(c->tree, step->was->cgroup);
	if (!strcmp(step->key, "weight"))
		return set_weight(c, s, step->node);
	if (!strcmp(step->key, "create"))
		return set_create(c, s, step->node);
	if (!strcmp(step->key, "on_exit"))
		s->node->on_exit = step->node->on_exit;
	else if (!strcmp(step->key, "restart_delay_ms"))
		s->node->restart_delay_ms = step->node->restart_delay_ms;
	else
		return set_live(c, s, &s->node->settings, step);
	return 0;
}

static void take_rename(struct change *c, const struct step *step)
{
	struct sched *s = tree_find(c->tree, step->was->cgroup);

	free(s->node->name);
	s->node->name = copy_text(step->node->name);
}

/* A cgroup that was made for a node that goes, with another node below it, was made on the way to that one. */
static void pass_cgroup_down(struct change *c, struct sched *s)
{
	for (size_t i = 0; s->made_cgroup && i < c->want->nr_nodes; i++)
		if (hierarchy_is_below(s->node->cgroup, c->want->nodes[i]->cgroup))
			s->made_cgroup = !!cgroup_pass_down(s->node->cgroup);
}

/* What can't be given back is told and does not stop the others: the scheduler is gone all the same. */
static void take_detach(struct change *c, const struct step *step)
{
	struct tree *t = c->tree;
	struct sched *s = tree_find(t, step->was->cgroup);
	bool attached = s->state == NODE_ATTACHED;
	struct problems left = {};

	s->released_at = tree_now();
	if (step->node) {
		sched_release(s, &t->pool, &left);
	} else {
		pass_cgroup_down(c, s);
		sched_detach(s, &t->pool, &left);
	}
	s->state = NODE_OPENED;
	s->restart_at = 0;
	if (attached)
		tree_tell_of(t, s, EVENT_DETACHED, LOG_INFO, "detached '%s' (%s) from '%s'", s->node->name,
			     s->obj->facts.ops_name, s->node->cgroup);
	if (!step->node)
		tree_remove(t, s, s->parent);
	tree_tell_problems(t, &left);
}

/* @ret_gap: seconds that its tasks were its parent's; 0: they were not, or nobody planned that */
static int take_attach(struct change *c, const struct step *step, double *ret_gap)
{
	struct sched **fresh = &c->fresh[index_of(c->want, step->node)], *s = *fresh;
	struct tree *t = c->tree;
	struct sched *old = step->was ? tree_find(t, step->was->cgroup) : NULL;
	int r;

	s->parent = tree_parent(t, step->node);
	s->node->parent = s->parent->node;
	s->made_cgroup = old && old->made_cgroup;
	r = pins_add(t->opts.pins, s, c->ps);
	if (r)
		return r;
	*fresh = NULL;
	tree_add(t, s);
	r = supervise_attach(t, s, false, c->ps);
	if (r)
		s->state = NODE_FAILED;
	if (old && s->state == NODE_ATTACHED && old->released_at) {
		*ret_gap = tree_now() - old->released_at;
		tree_tell_of(t, s, EVENT_OTHER, LOG_INFO, "'%s' was without its scheduler for %.2f s", s->node->name,
			     *ret_gap);
	}
	if (old)
		tree_remove(t, old, s);
	return r;
}

/* Of a step that changed a node in place, or root */
static void tell_change(struct change *c, const struct step *step)
{
	const struct sched *s = step->was ? tree_find(c->tree, step->was->cgroup) : c->tree->root;
	_cleanup_(freep) char *text = step_text(step);

	tree_tell_of(c->tree, s, EVENT_CHANGED, LOG_INFO, "%s", text);
}

static int take_step(struct change *c, const struct step *step, double *ret_gap)
{
	int r = 0;

	switch (step->kind) {
	case STEP_SET:
		r = take_set(c, step);
		break;
	case STEP_RENAME:
		take_rename(c, step);
		break;
	case STEP_DETACH:
		take_detach(c, step);
		return 0;
	case STEP_ATTACH:
		return take_attach(c, step, ret_gap);
	}
	if (!r)
		tell_change(c, step);
	return r;
}

/* After a failure: what was done, and what was not. */
static void tell_stop(const struct change *c, size_t failed, int err)
{
	if (!c->ps->nr)
		problem_add(c->ps, NULL, 0, NULL, "can't change the tree: %s", strerror(-err));
	for (size_t i = 0; i < c->plan.nr; i++) {
		_cleanup_(freep) char *text = step_text(&c->plan.steps[i]);

		problem_add(c->ps, NULL, 0, NULL, "%s: %s",
			    i < failed ? "done" :
			    i > failed ? "not done" :
					 "failed",
			    text);
	}
}

/* Where things stand now in the file, for messages to come: of nodes that did not change too. */
static void adopt_lines(struct change *c)
{
	for (size_t i = 0; i < c->want->nr_nodes; i++)
		node_swap(tree_find(c->tree, c->want->nodes[i]->cgroup)->node, c->want->nodes[i]);
	hierarchy_free(c->tree->h);
	c->tree->h = take_ptr(c->want);
}

/* Is, or would be, attached later: its cgroup, or that of a node above, is neither there nor to be made. */
static bool step_waits(const struct step *step)
{
	for (const struct node *node = step->node; node && step->kind == STEP_ATTACH; node = node->parent)
		if (!node->create && !cgroup_is_there(node->cgroup))
			return true;
	return false;
}

static char *taken_text(const struct step *step, double gap)
{
	_cleanup_(freep) char *text = step_text(step);

	if (gap)
		return text_of("%s, %.2f s after it was detached", text, gap);
	return step_waits(step) ? text_of("%s, when that is there", text) : take_ptr(text);
}

static int change_carry_out(struct change *c, bool dry_run, char **steps)
{
	int r = 0;

	for (size_t i = 0; i < c->plan.nr && !r; i++) {
		double gap = 0;

		r = dry_run ? 0 : take_step(c, &c->plan.steps[i], &gap);
		if (r)
			tell_stop(c, i, r);
		else
			steps[i] = taken_text(&c->plan.steps[i], gap);
	}
	return r;
}

/* Make the tree what @want says, which is taken over. @revive: as in struct change */
static int tree_change(struct tree *t, struct hierarchy *want, bool revive, bool dry_run, char ***ret_steps,
		       struct problems *ps)
{
	_cleanup_(change_clear) struct change c = {
		.tree = t, .want = want, .was = copy_running(t), .revive = revive, .ps = ps
	};
	int planned = change_plan(&c), r;

	r = change_check(&c) ?: planned;
	if (r)
		return r;
	*ret_steps = mem(calloc(c.plan.nr + 1, sizeof(**ret_steps)));
	r = change_carry_out(&c, dry_run, *ret_steps);
	if (!r && !dry_run)
		adopt_lines(&c);
	if (!dry_run)
		tree_record(t);
	return r;
}

int tree_reload(struct tree *t, bool dry_run, char ***ret_steps, struct problems *ps)
{
	struct hierarchy *want = NULL;
	int r;

	*ret_steps = NULL;
	r = tree_read_file(t->h->file, &t->opts, &want, ps);
	return r ?: tree_change(t, want, true, dry_run, ret_steps, ps);
}

static int refuse_name(const struct tree *t, const char *name, struct problems *ps)
{
	_cleanup_(freep) const char **names = mem(calloc(t->nr_scheds + 2, sizeof(*names)));
	const char *near;

	for (size_t i = 0; i < t->nr_scheds; i++)
		names[i] = t->scheds[i]->node->name;
	names[t->nr_scheds] = "root";
	near = config_suggest(name, names);
	problem_add(ps, NULL, 0, near ? NULL : "see 'scx-loader status'", "no node '%s' in this tree%s%s%s", name,
		    near ? "; did you mean '" : "", near ?: "", near ? "'?" : "");
	return -ENOENT;
}

int tree_set(struct tree *t, const char *name, char *const *settings, bool dry_run, char ***ret_steps,
	     struct problems *ps)
{
	_cleanup_(hierarchy_freep) struct hierarchy *want = copy_running(t);
	struct node *node = NULL;
	int r;

	*ret_steps = NULL;
	for (size_t i = 0; i < want->nr_nodes; i++)
		if (!strcmp(want->nodes[i]->name, name))
			node = want->nodes[i];
	if (node)
		r = config_change_node(node, settings, ps);
	else if (!strcmp(name, "root"))
		r = config_change_root(want, settings, ps);
	else
		r = refuse_name(t, name, ps);
	return r ?: tree_change(t, take_ptr(want), false, dry_run, ret_steps, ps);
}

void tree_steps_free(char **steps)
{
	for (char **step = steps; step && *step; step++)
		free(*step);
	free(steps);
}

static void mark_node(struct tree_status *st, const struct step *step)
{
	const char *cgroup = step->was ? step->was->cgroup : "/";

	for (size_t i = 0; i < st->nr_nodes; i++)
		if (!strcmp(st->nodes[i].cgroup, cgroup) && (step->was || !step->node))
			st->nodes[i].differs = true;
}

static void change_list(struct change *c, struct tree_status *ret)
{
	char **next;

	change_plan(c);
	next = ret->file.differences = mem(calloc(c->ps->nr + c->plan.nr + 1, sizeof(*next)));
	/* what of root cannot change */
	for (size_t i = 0; i < c->ps->nr; i++) {
		ret->nodes[0].differs = true;
		*next++ = copy_text(c->ps->list[i].text);
	}
	for (size_t i = 0; i < c->plan.nr; i++) {
		mark_node(ret, &c->plan.steps[i]);
		*next++ = step_text(&c->plan.steps[i]);
	}
}

void tree_compare_file(struct tree *t, struct tree_status *ret)
{
	_cleanup_(problems_free) struct problems ps = {};
	_cleanup_(change_clear) struct change c = { .tree = t, .revive = true, .ps = &ps };

	ret->file.path = t->h->file;
	if (config_read(t->h->file, &c.want, &ps)) {
		const struct problem *first = &ps.list[0];

		ret->file.problem = text_of("%s%s%s", first->where ?: "", first->where ? ": " : "", first->text);
		return;
	}
	c.was = copy_running(t);
	change_list(&c, ret);
}
