// SPDX-License-Identifier: GPL-2.0
/*
 * weights.c: looks after the weights of the nodes' cgroups. These belong to everybody who may write them: a service manager
 * writes its own when a unit starts, and takes the cpu controller away where no unit asks for it. The last one who writes
 * has it; the user is told, once each time, and how the service manager is asked for the weight of the node.
 */
#include <syslog.h>

#include "kernel/cgroup.h"
#include "text.h"
#include "tree_impl.h"

#define LOOK_EVERY_S	1.0

/* What keeps the weight, where the cgroup is one of the service manager's; else @other. To be freed. */
static char *remedy(const struct sched *s, unsigned int weight, const char *other)
{
	const char *unit = cgroup_unit(s->node->cgroup);

	if (!unit)
		return copy_text(other);
	return text_of("'systemctl set-property %s CPUWeight=%u' keeps it", unit, weight);
}

static void look_at_controller(struct tree *t, struct sched *s, bool gone)
{
	_cleanup_(freep) char *how = remedy(s, s->node->weight ?: 100, "cgroup.subtree_control above it enables it");
	struct problems ps = {};

	if (gone == s->unweighed)
		return;
	s->unweighed = gone;
	if (gone) {
		tree_tell_of(t, s, EVENT_CHANGED, LOG_WARNING,
			     "the cpu controller of '%s' was taken away: '%s' has no weight; %s", s->node->cgroup,
			     sched_name(s), how);
		return;
	}
	tree_tell_of(t, s, EVENT_CHANGED, LOG_INFO, "the cpu controller of '%s' is there again", s->node->cgroup);
	sched_weigh(s->node, tree_file_of(t, s->node), &ps);
	tree_tell_problems(t, &ps);
}

static void look_at_weight(struct tree *t, struct sched *s, unsigned int weight)
{
	_cleanup_(freep) char *how = remedy(s, s->node->weight, "'scx-loader reload' sets it again");

	if (!s->node->weight || weight == s->node->weight) {
		s->weight_told = 0;
	} else if (weight != s->weight_told) {
		s->weight_told = weight;
		tree_tell_of(t, s, EVENT_CHANGED, LOG_WARNING,
			     "somebody else has changed the weight of '%s' from %u to %u; %s", sched_name(s),
			     s->node->weight, weight, how);
	}
}

void tree_look_at_weights(struct tree *t)
{
	double now = tree_now();

	if (now < t->look_at_weights)
		return;
	t->look_at_weights = now + LOOK_EVERY_S;
	for (size_t i = 0; i < t->nr_scheds; i++) {
		struct sched *s = t->scheds[i];
		unsigned int weight;
		uint64_t id;
		int r;

		if (s->state != NODE_ATTACHED)
			continue;
		r = cgroup_get_weight(s->node->cgroup, &weight);
		if (r && cgroup_id(s->node->cgroup, &id))
			continue; /* the cgroup is gone, which tree_poll() sees */
		look_at_controller(t, s, r);
		if (!r)
			look_at_weight(t, s, weight);
	}
}
