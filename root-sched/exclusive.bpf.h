/* SPDX-License-Identifier: GPL-2.0 */
/*
 * exclusive.bpf.h: nodes with cids of their own.
 *
 * Such a node, the *owner*, has capabilities on its own cids only, so it runs nowhere else; all others keep theirs on all.
 * On an own cid its branch is asked before anybody competes, and interrupts whoever else runs there when one of its tasks
 * wakes up (entity_lead); nobody interrupts it. So others run there only while it has nothing for the cid. As it does not
 * compete, its virtual time stands still and it is in no heap.
 *
 * A task of another node that may run only on owned cids is a *captive* there. It would starve beside an owner that never
 * sleeps, and the watchdog would end its scheduler. While captives wait for a cid, every LEND_MS those who have any are
 * asked first, one after the other; more often the more captives wait.
 */
#ifndef SCX_TREE_EXCLUSIVE_BPF_H
#define SCX_TREE_EXCLUSIVE_BPF_H

#include "delegation.bpf.h"

#define LEND_MS			50
#define LEND_UNSETTLED_MS	500	/* while a queue may hold captives from before the cids had an owner */
#define LEND_CAPTIVES		32	/* so many captives halve the time */

static __always_inline struct scx_cmask __arena *region_home(region_t *r)
{
	return pool_ptr(struct scx_cmask __arena, r->home);
}

/* Is this cid nobody's, ours, or of one above us, and can we use it? */
static __always_inline void exclusive_set_home(region_t *r, u32 cid)
{
	pool_set(region_home(r), cid,
		 pool_has(pool_ptr(struct scx_cmask __arena, r->usable), cid) &&
			 entity_competitor(pool_cid(cid)->owner, r->entity) != ENTITY_NONE);
}

/* Does a cid belong to a child of ours, or to one below it? */
static __always_inline bool exclusive_is_of(u32 me, u32 cid, u64 cgroup_id)
{
	u32 branch = entity_competitor(me, pool_cid(cid)->owner);

	return branch != me && branch != ENTITY_NONE && pool_entity_at(branch)->cgroup_id == cgroup_id;
}

/**
 * exclusive_cut - leave of the cids to grant to a child only its own, if it has any
 * @cids: arena address of a cmask
 */
__noinline void exclusive_cut(u32 me, u64 cgroup_id, u64 cids)
{
	u32 nr_cids = pool_hdr()->nr_cids, cid;
	bool any = false;

	bpf_for(cid, 0, nr_cids) {
		any |= exclusive_is_of(me, cid, cgroup_id);
		if (any)
			break;
	}
	if (!any)
		return;
	bpf_for(cid, 0, nr_cids)
		if (!exclusive_is_of(me, cid, cgroup_id))
			pool_set(pool_ptr(struct scx_cmask __arena, cids), cid, false);
}

/**
 * exclusive_captive - count a captive in or out of a cid, its entity and all above
 * @nr: entity number of the scheduler that has the task
 * @delta: 1 when it is queued, -1 when it leaves the queue
 */
__noinline void exclusive_captive(u32 nr, u32 cid, s32 delta)
{
	u32 i;

	__sync_fetch_and_add(&pool_cid(cid)->nr_captive, delta);
	bpf_for(i, 0, ENTITY_MAX_LEVELS) {
		__sync_fetch_and_add(&pool_entity_at(nr)->nr_captive, delta);
		if (!nr)
			break;
		nr = pool_entity_at(nr)->parent;
		barrier_var(nr);
	}
}

/*
 * Of our competitors that have captives the one that comes after the last, in the order of their numbers, round and round.
 * (Not static: see entity_lead().)
 */
__noinline u32 exclusive_lend(u32 me, u32 last)
{
	entity_t *e = pool_entity_at(me);
	u32 nr = e->first_child, first = ENTITY_NONE, after = ENTITY_NONE, i;
	u64 now = scx_bpf_now();
	s32 own = e->nr_captive;

	bpf_for(i, 0, POOL_MAX_ENTITIES) {
		s32 captive = pool_entity_at(nr)->nr_captive;

		if (!nr)
			break;
		own -= captive;
		if (captive > 0 && bandwidth_due(nr, now))
			captive = 0;
		if (captive > 0 && nr < first)
			first = nr;
		if (captive > 0 && nr > last && nr < after)
			after = nr;
		nr = pool_entity_at(nr)->next_sibling;
		barrier_var(nr);
	}
	if (own > 0 && me < first)
		first = me;
	if (own > 0 && me > last && me < after)
		after = me;
	return after == ENTITY_NONE ? first : after;
}

/* Is it time to ask others than the owner? */
static __always_inline bool exclusive_lends(cid_state_t *c, u32 depth)
{
	u32 now_ms = scx_bpf_now() / 1000000, every;

	if (c->nr_captive > 0)
		every = LEND_MS * LEND_CAPTIVES / (LEND_CAPTIVES + c->nr_captive);
	else if (delegation_unsettled())
		every = LEND_UNSETTLED_MS;
	else
		return false;
	if ((u16)(now_ms - c->lent_ms[depth]) < every)
		return false;
	c->lent_ms[depth] = now_ms;
	return true;
}

/**
 * exclusive_first - who is to be asked first on a cid that has an owner
 * @me: the scheduler whose dispatch runs
 * @running: the competitor whose task is on the cid now and may go on, or ENTITY_NONE
 *
 * Returns a competitor's entity number (me: its own tasks), or ENTITY_NONE when nobody is before the others.
 */
__noinline u32 exclusive_first(u32 me, s32 cid, u32 running)
{
	cid_state_t *c = pool_cid(cid);
	u32 branch = entity_competitor(me, c->owner), depth = pool_entity_at(me)->depth, captive;
	u64 due;

	if (depth < ENTITY_MAX_LEVELS - 1 && exclusive_lends(c, depth)) {
		captive = exclusive_lend(me, c->lent_to[depth]);
		c->lent_to[depth] = captive;
		if (captive != ENTITY_NONE || c->nr_captive <= 0)
			return captive;
	}
	if (branch == me || branch == ENTITY_NONE)
		return ENTITY_NONE;
	if (branch != running && !entity_has_work(pool_entity_at(branch)))
		return ENTITY_NONE;
	due = bandwidth_due(branch, scx_bpf_now());
	if (due)
		bandwidth_wait(cid, due);
	return due ? ENTITY_NONE : branch;
}

#endif
