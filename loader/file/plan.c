// SPDX-License-Identifier: GPL-2.0
/*
 * plan.c: the difference between two hierarchies, as steps.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "plan.h"
#include "section.h"
#include "text.h"

/* What becomes of a node, in the running or in the wanted hierarchy. */
struct fate {
	const struct node *node;
	const struct node *other;	/* of the same cgroup, in the other hierarchy */
	bool moves;			/* it is detached, attached, or both */
	char *why;
};

struct planner {
	const struct hierarchy *was, *want;
	const struct plan_view *view;
	struct fate *goes, *comes;	/* of was, of want */
	struct plan *plan;
	struct problems *ps;
};

static void step_clear(struct step *step)
{
	free(step->key);
	free(step->value);
	free(step->why);
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->nr; i++)
		step_clear(&plan->steps[i]);
	free(plan->steps);
	*plan = (struct plan){};
}

/* Takes the strings of @step. */
static void plan_add(struct plan *plan, struct step step)
{
	plan->steps = mem(reallocarray(plan->steps, plan->nr + 1, sizeof(*plan->steps)));
	plan->steps[plan->nr++] = step;
}

/* @node: NULL for root. @value: NULL for a tunable's default */
static void plan_set(struct planner *p, const struct fate *comes, const char *key, const char *value)
{
	struct step step = { .kind = STEP_SET, .key = copy_text(key), .value = copy_text(value) };

	if (comes) {
		step.was = comes->other;
		step.node = comes->node;
	}
	plan_add(p->plan, step);
}

/* Have a node attached anew, for the first reason that there is. */
__attribute__((format(printf, 2, 3))) static void fate_moves(struct fate *f, const char *fmt, ...)
{
	va_list args;

	f->moves = true;
	if (f->why)
		return;
	va_start(args, fmt);
	f->why = text_ofv(fmt, args);
	va_end(args);
}

/* A key or a tunable that can't change in place: a reason to attach anew; of root it is a problem. */
static int refuse_live(struct planner *p, struct fate *comes, const char *key, const char *was, const char *want,
		       unsigned int line)
{
	if (comes) {
		fate_moves(comes, "%s changes from %s to %s", key, was, want);
		return 0;
	}
	problem_add(p->ps, p->want->file, line ?: p->want->root.line, "stop the loader and start it again",
		    "%s of [root] can't change from %s to %s while the tree runs", key, was, want);
	return -EINVAL;
}

static int compare_key(struct planner *p, struct fate *comes, const struct section *was, const struct section *want,
		       size_t i)
{
	_cleanup_(freep) char *before = section_value(was, i), *after = section_value(want, i);
	enum key_change change;
	const char *key = section_key(want, i, &change);

	if (change == CHANGE_NOTHING || !*after || !strcmp(before, after))
		return 0;
	if (change != CHANGE_LIVE)
		return refuse_live(p, comes, key, before, after, section_line(want, i));
	plan_set(p, comes, key, after);
	return 0;
}

/* @set, @was: the setting of one key in the wanted and in the running node; NULL where it is not said */
static int compare_setting(struct planner *p, struct fate *comes, const struct setting *set, const struct setting *was)
{
	const char *key = set ? set->key : was->key;

	if (set && was && !strcmp(set->value, was->value))
		return 0;
	if (!p->view->live(p->view->arg, comes ? comes->other : NULL, key))
		return refuse_live(p, comes, key, was ? was->value : "its default", set ? set->value : "its default",
				   set ? set->line : 0);
	plan_set(p, comes, key, set ? set->value : NULL);
	return 0;
}

/* Two sections: keys that can change in place become steps, the others a reason to attach anew; of root, problems. */
static int compare_sections(struct planner *p, struct fate *comes, const struct section *was,
			    const struct section *want)
{
	enum key_change change;
	int err = 0, e;

	for (size_t i = 0; section_key(want, i, &change); i++) {
		e = compare_key(p, comes, was, want, i);
		err = e ?: err;
	}
	for (size_t i = 0; i < want->settings->nr; i++) {
		const struct setting *set = &want->settings->list[i];

		e = compare_setting(p, comes, set, settings_find(was->settings, set->key));
		err = e ?: err;
	}
	for (size_t i = 0; i < was->settings->nr; i++) {
		const struct setting *set = &was->settings->list[i];

		e = settings_find(want->settings, set->key) ? 0 : compare_setting(p, comes, NULL, set);
		err = e ?: err;
	}
	return err;
}

static struct fate *fate_of(struct fate *fates, size_t nr, const struct node *node)
{
	for (size_t i = 0; i < nr; i++)
		if (fates[i].node == node)
			return &fates[i];
	return NULL;
}

static bool same_parent(const struct node *a, const struct node *b)
{
	if (!a->parent || !b->parent)
		return a->parent == b->parent;
	return !strcmp(a->parent->cgroup, b->parent->cgroup);
}

/* What of a node that is in both, and attached, changes. What had become steps is no more when it is attached anew. */
static void compare_nodes(struct planner *p, struct fate *comes, bool waits)
{
	const struct section was = section_of_node((struct node *)comes->other);
	const struct section want = section_of_node((struct node *)comes->node);
	size_t before = p->plan->nr;

	compare_sections(p, comes, &was, &want);
	comes->moves |= waits && p->plan->nr > before;
	while (comes->moves && p->plan->nr > before)
		step_clear(&p->plan->steps[--p->plan->nr]);
	if (!comes->moves && strcmp(comes->node->name, comes->other->name))
		plan_add(p->plan, (struct step){ STEP_RENAME, .was = comes->other, .node = comes->node });
}

/* Parents come before their children, so that of the parent is known. */
static void decide(struct planner *p, struct fate *comes)
{
	const struct node *node = comes->node;
	const struct fate *parent = node->parent ? fate_of(p->comes, p->want->nr_nodes, node->parent) : NULL;
	bool waits;

	comes->other = hierarchy_find(p->was, node->cgroup);
	if (!comes->other || !p->view->attached(p->view->arg, comes->other))
		comes->moves = true;
	if (comes->moves)
		return;
	waits = p->view->waiting(p->view->arg, comes->other);
	if (!same_parent(node, comes->other))
		fate_moves(comes, "its parent becomes '%s'", node->parent ? node->parent->name : "root");
	else if (parent && parent->moves)
		fate_moves(comes, "its parent '%s' is attached anew", node->parent->name);
	else
		compare_nodes(p, comes, waits);
	/* no reason to detach it */
	if (waits) {
		free(comes->why);
		comes->why = NULL;
	}
}

static int decide_all(struct planner *p)
{
	const struct section was = section_of_root((struct hierarchy *)p->was);
	const struct section want = section_of_root((struct hierarchy *)p->want);
	int err = compare_sections(p, NULL, &was, &want);

	for (size_t i = 0; i < p->want->nr_nodes; i++) {
		p->comes[i].node = p->want->nodes[i];
		decide(p, &p->comes[i]);
	}
	for (size_t i = 0; i < p->was->nr_nodes; i++) {
		struct fate *goes = &p->goes[i], *comes;

		goes->node = p->was->nodes[i];
		goes->other = hierarchy_find(p->want, goes->node->cgroup);
		comes = goes->other ? fate_of(p->comes, p->want->nr_nodes, goes->other) : NULL;
		goes->moves = !comes || comes->moves;
	}
	return err;
}

static bool is_within(const char *top, const char *cgroup)
{
	return !strcmp(top, cgroup) || hierarchy_is_below(top, cgroup);
}

/* Does anything of these move at this cgroup or below it? */
static bool any_moves(const struct fate *fates, size_t nr, const char *top)
{
	for (size_t i = 0; i < nr; i++)
		if (fates[i].moves && is_within(top, fates[i].node->cgroup))
			return true;
	return false;
}

/* Is this the top of all that moves with it? */
static bool is_top(const struct planner *p, const char *cgroup)
{
	for (size_t i = 0; i < p->was->nr_nodes; i++)
		if (p->goes[i].moves && hierarchy_is_below(p->goes[i].node->cgroup, cgroup))
			return false;
	for (size_t i = 0; i < p->want->nr_nodes; i++)
		if (p->comes[i].moves && hierarchy_is_below(p->comes[i].node->cgroup, cgroup))
			return false;
	return true;
}

static void plan_detach(struct planner *p, const struct fate *goes)
{
	const struct fate *comes = goes->other ? fate_of(p->comes, p->want->nr_nodes, goes->other) : NULL;
	struct step step = { STEP_DETACH, .was = goes->node, .node = goes->other };

	/* what has ended is replaced when its turn comes */
	if (comes && !comes->why)
		return;
	step.why = copy_text(comes ? comes->why : "it is not in the file");
	plan_add(p->plan, step);
}

/* All that moves at a cgroup and below. */
static void plan_subtree(struct planner *p, const char *top)
{
	for (size_t i = p->was->nr_nodes; i-- > 0;)
		if (p->goes[i].moves && is_within(top, p->goes[i].node->cgroup))
			plan_detach(p, &p->goes[i]);
	for (size_t i = 0; i < p->want->nr_nodes; i++)
		if (p->comes[i].moves && is_within(top, p->comes[i].node->cgroup))
			plan_add(p->plan,
				 (struct step){ STEP_ATTACH, .was = p->comes[i].other, .node = p->comes[i].node });
}

/* Every subtree of which something goes: those of which @some comes too, or those of which nothing does. */
static void plan_going(struct planner *p, bool some)
{
	for (size_t i = 0; i < p->was->nr_nodes; i++) {
		const char *top = p->goes[i].node->cgroup;

		if (p->goes[i].moves && is_top(p, top) && any_moves(p->comes, p->want->nr_nodes, top) == some)
			plan_subtree(p, top);
	}
}

/* Those with a new top; @some: something beneath it goes, to come again. */
static void plan_coming(struct planner *p, bool some)
{
	for (size_t i = 0; i < p->want->nr_nodes; i++) {
		const struct fate *f = &p->comes[i];

		if (f->moves && !f->other && is_top(p, f->node->cgroup) &&
		    any_moves(p->goes, p->was->nr_nodes, f->node->cgroup) == some)
			plan_subtree(p, f->node->cgroup);
	}
}

static void planner_free(struct planner *p)
{
	for (size_t i = 0; i < p->want->nr_nodes; i++)
		free(p->comes[i].why);
	free(p->comes);
	free(p->goes);
}

int plan_make(const struct hierarchy *was, const struct hierarchy *want, const struct plan_view *view, struct plan *ret,
	      struct problems *ps)
{
	_cleanup_(planner_free) struct planner p = { .was = was, .want = want, .view = view, .plan = ret, .ps = ps };
	int refused;

	*ret = (struct plan){};
	p.goes = mem(calloc(was->nr_nodes + 1, sizeof(*p.goes)));
	p.comes = mem(calloc(want->nr_nodes + 1, sizeof(*p.comes)));
	refused = decide_all(&p);
	plan_going(&p, false);
	plan_going(&p, true);
	plan_coming(&p, true);
	plan_coming(&p, false);
	return refused;
}

char *step_text(const struct step *step)
{
	const struct node *was = step->was, *node = step->node;

	switch (step->kind) {
	case STEP_SET:
		return text_of("set %s of '%s' to %s", step->key, node ? node->name : "root",
			       step->value ?: "its default");
	case STEP_RENAME:
		return text_of("call '%s' on '%s' '%s'", was->name, was->cgroup, node->name);
	case STEP_DETACH:
		return text_of("detach '%s' from '%s': %s", was->name, was->cgroup, step->why);
	case STEP_ATTACH:
		return text_of("attach '%s' (%s) to '%s'", node->name, node->sched, node->cgroup);
	}
	return NULL;
}
