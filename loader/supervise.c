// SPDX-License-Identifier: GPL-2.0
/*
 * supervise.c: what to do when a scheduler ends by itself: give up what it held, tell why it ended, and as on_exit says
 * leave its tasks to the parent, attach it again after a while, or end the tree.
 *
 * A restart waits RESTART_DELAY_S, twice as long each time, and after RESTART_MAX of them the node is left.
 */
#include <syslog.h>

#include "tree_impl.h"

#define RESTART_DELAY_S	1.0
#define RESTART_MAX	5

/* Report the end of a scheduler. */
static void tree_tell_end(struct tree *t, const struct sched *s)
{
	_cleanup_(freep) char *how = exit_record_text(&s->exit);

	tree_tell(t, LOG_WARNING, "'%s' (%s) on '%s' ended: %s", sched_name(s), s->obj->facts.ops_name, sched_cgroup(s),
		  how ?: s->exit.reason);
}

/* When to try again, if ever. One that ended with its parent waits for the parent; that is not its own failure. */
static void supervise_plan(struct tree *t, struct sched *s)
{
	if (s->node->on_exit != ON_EXIT_RESTART)
		return;
	if (s->nr_restarts >= RESTART_MAX) {
		tree_tell(t, LOG_WARNING, "'%s' has ended %u times and is left to '%s'", s->node->name,
			  s->nr_restarts + 1, sched_name(tree_parent(t, s->node)));
		return;
	}
	s->restart_at = tree_now() + (1 << s->nr_restarts) * RESTART_DELAY_S;
}

/* Attach it anew, from a fresh object: what was loaded once cannot be loaded again. */
static int supervise_restart(struct tree *t, struct sched *s, struct problems *ps)
{
	_cleanup_(sched_freep) struct sched *fresh = NULL;
	struct object *ended;
	int r;

	r = sched_open(s->node, tree_file_of(t, s->node), t->root, tree_parent(t, s->node), t->kernel, &fresh, ps);
	if (r)
		return r;
	ended = s->obj;
	s->obj = fresh->obj;
	fresh->obj = ended;
	exit_record_clear(&s->exit);
	return tree_attach_one(t, s, ps);
}

static void supervise_restarts(struct tree *t)
{
	for (size_t i = 0; i < t->nr_scheds; i++) {
		struct sched *s = t->scheds[i];
		struct problems ps = {};

		if (!s->restart_at || tree_now() < s->restart_at || tree_parent(t, s->node)->state != NODE_ATTACHED)
			continue;
		s->restart_at = 0;
		s->nr_restarts++;
		if (supervise_restart(t, s, &ps))
			supervise_plan(t, s);
		tree_tell_problems(t, &ps);
	}
}

void tree_note_end(struct tree *t, uint64_t cgroup_id, int kind, int64_t code, const char *reason)
{
	for (size_t i = 0; i < t->nr_scheds; i++) {
		struct sched *s = t->scheds[i];

		if (s->state != NODE_ATTACHED || s->cgroup_id != cgroup_id)
			continue;
		exit_record_clear(&s->told);
		exit_record_set(&s->told, kind, code, reason);
	}
}

bool tree_poll(struct tree *t)
{
	bool root_ended = sched_ended(t->root, tree_now()), stop = root_ended;
	struct problems ps = {};

	if (root_ended)
		tree_tell_end(t, t->root);
	/* children first: what they held must be given up before their parent's */
	for (size_t i = t->nr_scheds; i-- > 0;) {
		struct sched *s = t->scheds[i];

		if (!sched_ended(s, tree_now()))
			continue;
		tree_tell_end(t, s);
		stop |= s->node->on_exit == ON_EXIT_STOP;
		if (root_ended)
			continue;
		sched_release(s, &t->pool, &ps);
		supervise_plan(t, s);
	}
	tree_tell_problems(t, &ps);
	if (!stop)
		supervise_restarts(t);
	return !stop;
}
