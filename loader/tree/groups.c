// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "groups.h"

/* Those who count up and down are not in step: a sum may be below 0 for a moment. */
static uint64_t count(int64_t nr)
{
	return nr > 0 ? nr : 0;
}

/* What waits in a group's queues: in each of a group with children, the children. */
static uint64_t nr_waiting(const struct entity *e, bool has_children, uint32_t nr_cids)
{
	const struct place *place = (const void *)e->places;
	int64_t nr = e->machine.queue.nr;

	if (e->foreign)
		return e->wants;
	if (has_children)
		return 0;
	/* no more than a place for each cid, whatever is done to the list meanwhile */
	for (; place && nr_cids; nr_cids--, place = (const void *)place->sibling)
		nr += place->queue.nr;
	return count(nr);
}

/* Tasks of which only the scheduler is known: they have no context. */
static uint64_t nr_plain(const struct entity *e)
{
	const struct region_hdr *region = (const void *)e->region;

	return region ? count(region->nr_plain) : 0;
}

/* The bits of a struct scx_cmask that begins with cid 0 are behind its head, see pool_cmask_bytes(). */
static bool is_idle(const struct pool_hdr *hdr, uint32_t cid)
{
	const uint64_t *bits = (const void *)(hdr->idle + 16);

	return bits[cid / 64] >> cid % 64 & 1;
}

static void read_tree(const struct entity *entities, struct pool_groups *g)
{
	for (uint32_t i = 0; i < g->nr; i++) {
		const struct entity *e = &entities[i];
		struct pool_group *group = &g->list[i];

		group->there = e->state != ENTITY_FREE && e->parent < g->nr && e->sched < g->nr;
		if (!group->there)
			continue;
		group->depth = e->depth;
		group->parent = e->parent;
		group->sched = e->state == ENTITY_ATTACHED ? i : e->sched;
		if (i)
			g->list[e->parent].has_children = true;
	}
}

void groups_read(const struct pool_hdr *hdr, const struct entity *entities, const struct cid_state *cids, int but,
		 struct pool_groups *ret)
{
	ret->nr = hdr->nr_entities;
	ret->list = mem(calloc(ret->nr, sizeof(*ret->list)));
	read_tree(entities, ret);
	/* whose task was sent to a cid last is known, and whether it is idle */
	for (uint32_t cid = 0; cid < hdr->nr_cids; cid++)
		if (cids[cid].online && cids[cid].cpu != but && cids[cid].entity < ret->nr && !is_idle(hdr, cid))
			ret->list[cids[cid].entity].own.running++;
	for (uint32_t i = 0; i < ret->nr; i++) {
		struct pool_group *group = &ret->list[i];
		const struct entity *e = &entities[i];

		if (!group->there)
			continue;
		group->own.waiting = nr_waiting(e, group->has_children, hdr->nr_cids) + nr_plain(e);
		ret->list[group->sched].sched_own.waiting += group->own.waiting;
		ret->list[group->sched].sched_own.running += group->own.running;
	}
}

void groups_free(struct pool_groups *g)
{
	free(g->list);
	*g = (struct pool_groups){};
}
