// SPDX-License-Identifier: GPL-2.0
/*
 * usage.c: what each scheduler of a tree does and what it is entitled to, looked at a few times a second.
 *
 * Groups compete, nodes or not: who is entitled to what follows from all that have work. What a scheduler's own tasks could use
 * is, while some of them wait, a CPU for each that waits or runs, and else what they had since the last look. What runs on the
 * CPU that we are on is left out: we took that CPU from somebody who waits now, or from nobody.
 */
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "shares.h"
#include "tree_impl.h"

#define LOOK_EVERY_S	0.19	/* with a timer of 0.2 s at every turn of it */
#define LOOK_MOST_S	1.0
#define LOOK_LOAD	0.01	/* of a CPU: a huge tree is looked at less often */

uint32_t tree_nr_online(const struct tree *t)
{
	uint32_t nr = 0;

	for (uint32_t cid = 0; cid < t->pool.nr_cids; cid++)
		nr += pool_cids()[cid].online;
	return nr;
}

/* The sample without what a scheduler is entitled to. Those that were sent back before they ran are among the waits. */
static void sched_sample(const struct sched *s, uint32_t nr_cids, struct sample *ret)
{
	struct node_status st = {};

	sched_read_region(s, nr_cids, &st);
	*ret = (struct sample){ .at_s = tree_now(), .used_ns = st.used_ns };
	if (st.nr_direct > st.nr_reenq)
		ret->nr_at_once = st.nr_direct - st.nr_reenq;
	memcpy(ret->nr_waits, st.nr_waits, sizeof(ret->nr_waits));
}

struct look {
	struct sched *sched;
	struct sample now;
};

/* What is known of an entity, beside struct pool_group. */
struct entitled {
	double had;   /* of a node: CPUs that its scheduler's tasks had since the last look */
	bool counts;  /* it, or one beneath it, is a node or has work */
	size_t place; /* in the list of shares */
};

struct shares {
	const struct pool_groups *groups;
	struct entitled *entitled; /* by entity number, as the groups */
	struct share *list;
	size_t nr;
};

/* What of the CPU time of a scheduler that has nobody waiting was whose is told by who runs now; else it is its node's. */
static double could_use(const struct shares *s, uint32_t nr)
{
	const struct pool_group *g = &s->groups->list[nr];
	const struct work *all = &s->groups->list[g->sched].sched_own;
	double had = s->entitled[g->sched].had;

	if (all->waiting && pool_entity(nr)->foreign) /* nobody knows how many */
		return pool_hdr()->nr_cids;
	if (all->waiting)
		return g->own.waiting + g->own.running;
	if (all->running)
		return had * g->own.running / all->running;
	return nr == g->sched ? had : 0;
}

static void add_share(struct shares *s, uint32_t nr)
{
	const struct pool_group *g = &s->groups->list[nr];
	const struct entity *e = pool_entity(nr);

	s->entitled[nr].place = s->nr;
	s->list[s->nr++] = (struct share){
		.parent = s->entitled[g->parent].place,
		.weight = pool_load_weight(e->weight, e->idle) * 100. / 1024,
		.wants = could_use(s, nr),
		.limit = e->limited && e->period_ns ? (double)e->quota_ns / e->period_ns : INFINITY,
	};
}

/* An entity and all above it count. Returns how many did not yet. */
static size_t count_in(struct shares *s, uint32_t nr)
{
	size_t fresh = 0;

	for (; !s->entitled[nr].counts; nr = s->groups->list[nr].parent) {
		s->entitled[nr].counts = true;
		fresh++;
	}
	return fresh;
}

/* The list of shares, from the top down: nodes, and whoever has work. */
static void list_shares(struct shares *s, const struct look *looks, size_t nr_looks)
{
	size_t nr = count_in(s, 0);

	for (size_t i = 0; i < nr_looks; i++)
		nr += count_in(s, looks[i].sched->entity);
	for (uint32_t i = 0; i < s->groups->nr; i++)
		if (s->groups->list[i].there && could_use(s, i) > 0)
			nr += count_in(s, i);
	s->list = mem(calloc(nr, sizeof(*s->list)));
	for (uint16_t depth = 0; depth <= POOL_MAX_LEVELS && s->nr < nr; depth++)
		for (uint32_t i = 0; i < s->groups->nr; i++)
			if (s->entitled[i].counts && s->groups->list[i].depth == depth)
				add_share(s, i);
}

/* What each scheduler does now. */
static size_t look(struct tree *t, struct look *looks, struct entitled *entitled)
{
	size_t nr = 0;

	for (size_t i = 0; i <= t->nr_scheds; i++) {
		struct sched *s = i ? t->scheds[i - 1] : t->root;
		struct sample *now = &looks[nr].now;
		const struct sample *then = samples_newest(&s->samples);

		if (s->state != NODE_ATTACHED || !s->region)
			continue;
		looks[nr++].sched = s;
		sched_sample(s, t->pool.nr_cids, now);
		if (then->at_s)
			entitled[s->entity].had = (now->used_ns - then->used_ns) / 1e9 / (now->at_s - then->at_s);
	}
	return nr;
}

/* How many CPUs of its own it can use; 0: it competes for all. */
static double own_cpus(const struct sched *s)
{
	uint32_t first, end = 0, nr = 0;

	while (pool_entity(s->entity)->exclusive && cid_set_next_range(&s->cids, &first, &end))
		for (uint32_t cid = first; cid < end; cid++)
			nr += pool_cids()[cid].online;
	return nr;
}

static void tree_look(struct tree *t, struct look *looks, struct shares *s)
{
	size_t nr = look(t, looks, s->entitled);

	list_shares(s, looks, nr);
	for (size_t i = 0; i < nr; i++)
		s->list[s->entitled[looks[i].sched->entity].place].exclusive = own_cpus(looks[i].sched);
	shares_entitle(s->list, s->nr, tree_nr_online(t));
	for (size_t i = 0; i < nr; i++) {
		const struct share *share = &s->list[s->entitled[looks[i].sched->entity].place];
		const struct sample *then = samples_newest(&looks[i].sched->samples);
		struct sample *now = &looks[i].now;

		now->entitled_s = then->entitled_s + share->entitled * (now->at_s - then->at_s);
		samples_add(&looks[i].sched->samples, now);
	}
}

void tree_look_at_usage(struct tree *t)
{
	_cleanup_(groups_free) struct pool_groups groups = {};
	_cleanup_(freep) struct entitled *entitled = NULL;
	_cleanup_(freep) struct look *looks = NULL;
	struct shares shares = { .groups = &groups };
	double began = tree_now(), wait;

	if (began < t->look_at)
		return;
	groups_read(pool_hdr(), pool_entity(0), pool_cids(), sched_getcpu(), &groups);
	looks = mem(calloc(t->nr_scheds + 1, sizeof(*looks)));
	shares.entitled = entitled = mem(calloc(groups.nr, sizeof(*entitled)));
	tree_look(t, looks, &shares);
	free(shares.list);
	wait = (tree_now() - began) / LOOK_LOAD;
	if (wait < LOOK_EVERY_S)
		wait = LOOK_EVERY_S;
	t->look_at = began + (wait < LOOK_MOST_S ? wait : LOOK_MOST_S);
}
