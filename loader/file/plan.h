/* SPDX-License-Identifier: GPL-2.0 */
/*
 * plan.h: what it takes to make one hierarchy of another while it runs: steps in the order in which they can be taken.
 *
 * A node is known by its cgroup; its name is only what it is called. What can change in place does, and first. All else
 * is detached and attached again, and so is all that is beneath it: the kernel attaches from the top down, and ends what
 * is beneath a scheduler with it. Each such subtree is a run of steps of its own, detached from its leaves up and then
 * attached from its top down, so that its tasks are their parent's for as short a time as can be. Subtrees that only go
 * come before, since they leave room in the pool, and those that are new after.
 *
 * Knows neither kernel nor objects: who asks tells what runs, in struct plan_view.
 */
#ifndef SCX_LOADER_PLAN_H
#define SCX_LOADER_PLAN_H

#include "hierarchy.h"

enum step_kind {
	STEP_SET,	/* a key in place */
	STEP_RENAME,	/* the cgroup's node is called otherwise */
	STEP_DETACH,
	STEP_ATTACH,
};

struct step {
	enum step_kind kind;
	const struct node *was;		/* in the running hierarchy; NULL: it is not there. Of root, as of @node, NULL */
	const struct node *node;	/* in the wanted one; NULL: it goes */
	char *key;			/* of STEP_SET */
	char *value;			/* of STEP_SET, NULL: a tunable's default */
	char *why;			/* of STEP_DETACH */
};

struct plan {
	struct step *steps;
	size_t nr;
};

/* What is known of the running tree beside its hierarchy. @node is of that hierarchy. */
struct plan_view {
	/* Does its scheduler run, or wait until it can? */
	bool (*attached)(void *arg, const struct node *node);
	/* Does it wait? Then what changes of it does when it is attached, and nothing has to be detached. */
	bool (*waiting)(void *arg, const struct node *node);
	/* Can a tunable of its scheduler change while that runs? @node is NULL for root */
	bool (*live)(void *arg, const struct node *node, const char *tunable);
	void *arg;
};

/**
 * plan_make - find the steps from one hierarchy to another
 * @was: the running one; a weight of 0 in the wanted one, as one that is the same, changes nothing
 * @want: the other; both are finished (hierarchy_finish()), and must outlive the plan
 * @ret: the plan; to be freed with plan_free() whatever is returned
 * @ps: what of root cannot change while the tree runs; may be NULL
 *
 * Returns 0, or -EINVAL after adding the problems, with a plan of all the rest.
 */
int plan_make(const struct hierarchy *was, const struct hierarchy *want, const struct plan_view *view, struct plan *ret,
	      struct problems *ps);
void plan_free(struct plan *plan);

/* A step in words: "set weight = 300 of 'web'". To be freed. */
char *step_text(const struct step *step);

#endif
