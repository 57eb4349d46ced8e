// SPDX-License-Identifier: GPL-2.0
/*
 * usage.c: what each scheduler of a tree does and what it is entitled to, looked at a few times a second.
 *
 * What a scheduler's own tasks could use is, while some of them wait, a CPU for each that waits or runs, and else what they
 * had since the last look. What runs on the CPU that we are on is left out: we took that CPU from somebody who waits now,
 * or from nobody.
 */
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "shares.h"
#include "tree_impl.h"

#define LOOK_EVERY_S	0.19	/* with a timer of 0.2 s at every turn of it */
#define LOOK_MOST_S	1.0
#define LOOK_LOAD	0.01	/* of a CPU: a huge tree is looked at less often */

uint64_t sched_nr_queued(const struct sched *s)
{
	int64_t nr = pool_entity(s->entity)->nr_own;

	return nr > 0 ? nr : 0; /* those who count up and down are not in step */
}

/* On any CPU but one, -1: on any. Which scheduler sent the last task to a cid is known, and whether it is idle. */
static uint64_t nr_running(const struct sched *s, uint32_t nr_cids, int but)
{
	const struct cid_state *cids = pool_cids();
	uint64_t nr = 0;

	for (uint32_t cid = 0; cid < nr_cids; cid++)
		nr += cids[cid].online && cids[cid].entity == s->entity && cids[cid].cpu != but &&
		      !pool_cid_is_idle(cid);
	return nr;
}

uint64_t sched_nr_running(const struct sched *s, uint32_t nr_cids)
{
	return nr_running(s, nr_cids, -1);
}

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

/* How many tasks of a foreign scheduler wait is not known: as many as there are CPUs. */
static double could_use(const struct tree *t, const struct sched *s, const struct sample *now)
{
	const struct sample *then = samples_newest(&s->samples);
	uint64_t queued = sched_nr_queued(s);

	if (queued && sched_is_foreign(s))
		return t->pool.nr_cids;
	if (queued)
		return queued + nr_running(s, t->pool.nr_cids, sched_getcpu());
	if (!then->at_s)
		return 0;
	return (now->used_ns - then->used_ns) / 1e9 / (now->at_s - then->at_s);
}

static struct share share_of(const struct tree *t, const struct sched *s, const struct sample *now)
{
	const struct entity *e = pool_entity(s->entity);

	return (struct share){
		.parent = s->parent ? s->parent->samples.place : 0,
		.weight = e->weight,
		.wants = could_use(t, s, now),
		.limit = e->limited ? (double)e->quota_ns / e->period_ns : INFINITY,
		.exclusive = cid_set_count(&s->cids),
	};
}

struct look {
	struct sched *sched;
	struct sample now;
};

static void tree_look(struct tree *t, struct look *looks, struct share *shares)
{
	size_t nr = 0;

	for (size_t i = 0; i <= t->nr_scheds; i++) {
		struct sched *s = i ? t->scheds[i - 1] : t->root;

		if (s->state != NODE_ATTACHED || !s->region)
			continue;
		samples_begin(&s->samples, pool_entity(s->entity)->generation);
		s->samples.place = nr;
		looks[nr].sched = s;
		sched_sample(s, t->pool.nr_cids, &looks[nr].now);
		shares[nr] = share_of(t, s, &looks[nr].now);
		nr++;
	}
	shares_entitle(shares, nr, tree_nr_online(t));
	for (size_t i = 0; i < nr; i++) {
		const struct sample *then = samples_newest(&looks[i].sched->samples);
		struct sample *now = &looks[i].now;

		now->entitled_s = then->entitled_s + shares[i].entitled * (now->at_s - then->at_s);
		samples_add(&looks[i].sched->samples, now);
	}
}

void tree_look_at_usage(struct tree *t)
{
	_cleanup_(freep) struct share *shares = NULL;
	_cleanup_(freep) struct look *looks = NULL;
	double began = tree_now(), wait;

	if (began < t->look_at)
		return;
	shares = calloc(t->nr_scheds + 1, sizeof(*shares));
	looks = calloc(t->nr_scheds + 1, sizeof(*looks));
	if (!shares || !looks)
		return;
	tree_look(t, looks, shares);
	wait = (tree_now() - began) / LOOK_LOAD;
	if (wait < LOOK_EVERY_S)
		wait = LOOK_EVERY_S;
	t->look_at = began + (wait < LOOK_MOST_S ? wait : LOOK_MOST_S);
}
