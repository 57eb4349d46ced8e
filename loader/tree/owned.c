// SPDX-License-Identifier: GPL-2.0
/*
 * owned.c: looks after nodes with CPUs of their own. Root itself sees when all of these are off; that the cgroup's cpuset has
 * none of them only we do, and tell root. In either case the node competes with everybody for all CPUs until it has its own
 * again (root-sched/cids.bpf.h), and the user is told, once each time.
 */
#include <syslog.h>

#include "kernel/cgroup.h"
#include "tree_impl.h"

#define LOOK_EVERY_S	1.0

/* Does the cgroup's cpuset have none of the scheduler's own CPUs that are on? */
static bool is_barred(const struct sched *s)
{
	const struct cid_state *cids = pool_cids();
	struct cid_set cpuset = {};
	uint32_t first, end = 0;
	bool barred = false;

	if (cgroup_cpus(s->node->cgroup, &cpuset))
		return false;
	while (cid_set_next_range(&s->cids, &first, &end)) {
		for (uint32_t cid = first; cid < end; cid++) {
			if (cids[cid].online && cid_set_has(&cpuset, cids[cid].cpu))
				return false;
			barred |= cids[cid].online;
		}
	}
	return barred;
}

static uint32_t cpu_of(uint32_t cid)
{
	return pool_cids()[cid].cpu;
}

static void tell(struct tree *t, const struct sched *s, bool barred)
{
	_cleanup_(freep) char *cpus = cid_set_text(&s->cids, cpu_of);

	if (!s->widened)
		tree_tell_of(t, s, EVENT_CHANGED, LOG_INFO, "'%s' has its own CPUs again: %s", sched_name(s),
			     cpus ?: "");
	else
		tree_tell_of(t, s, EVENT_CHANGED, LOG_WARNING,
			     "'%s' can't use its own CPUs, %s, as %s; until it can it competes for all, by its weight",
			     sched_name(s), cpus ?: "",
			     barred ? "its cgroup's cpuset has none of them" : "they are off");
}

void tree_look_at_owned(struct tree *t)
{
	double now = tree_now();

	if (now < t->look_at_owned)
		return;
	t->look_at_owned = now + LOOK_EVERY_S;
	for (size_t i = 0; i < t->nr_scheds; i++) {
		struct sched *s = t->scheds[i];
		bool barred;

		if (s->state != NODE_ATTACHED || !cid_set_count(&s->cids))
			continue;
		barred = is_barred(s);
		if (barred != pool_entity(s->entity)->barred)
			pool_bar(&t->pool, s->entity, barred);
		if (s->widened == !pool_entity(s->entity)->exclusive)
			continue;
		s->widened = !s->widened;
		tell(t, s, barred);
	}
}
