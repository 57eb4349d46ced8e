/* SPDX-License-Identifier: GPL-2.0 */
/*
 * slab.bpf.h: task contexts from a scheduler's own region.
 *
 * Every cid has a small stack of free contexts, so that a fork storm does not queue for one lock; stacks are filled from,
 * and spill into, a common list in batches of SLAB_BATCH. Contexts that nobody has used yet are not on any list: the
 * common list falls back to a counter, and so a slab needs no initialising pass. When the common list is empty too, the
 * other cids' stacks are robbed: a context is refused only when every one is in use.
 *
 * (The first task context slab of an arena-backed scheduler is upstream's scx_qmap: one list, one lock. That is the
 * baseline.)
 *
 * Locks: one per cid's stack, one for the common list (the last of the array); none is taken inside another. They live in
 * a map value, because a bpf_res_spin_lock may not live in the arena.
 */
#ifndef SCX_TREE_SLAB_BPF_H
#define SCX_TREE_SLAB_BPF_H

#include "../root-sched/pool.bpf.h"

#define SLAB_BATCH	16	/* contexts that move between a cid and the common list at a time */
#define SLAB_CID_MAX	(2 * SLAB_BATCH)

/* A free context. Ours only while it is free: the owner of a context may overwrite it. */
struct slab_free {
	u64 next;		/* arena address; 0 ends the list */
};

struct slab_lock {
	struct bpf_res_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POOL_MAX_CIDS + 1);
	__type(key, u32);
	__type(value, struct slab_lock);
} slab_locks SEC(".maps");

#define SLAB_COMMON	POOL_MAX_CIDS

/* A list cut out of another, to be moved between two locks. */
struct slab_chain {
	u64 head, tail;
	u32 nr;
};

static __always_inline struct bpf_res_spin_lock *slab_lock(u32 which)
{
	struct slab_lock *l = bpf_map_lookup_elem(&slab_locks, &which);

	return l ? &l->lock : NULL;
}

static __always_inline u64 slab_next_of(u64 ctx)
{
	return pool_ptr(struct slab_free __arena, ctx)->next;
}

static __always_inline void slab_set_next(u64 ctx, u64 next)
{
	pool_ptr(struct slab_free __arena, ctx)->next = next;
}

/* Pop one context from a cid's stack; 0 when it is empty. */
static __always_inline u64 slab_pop(region_cid_t *rc, s32 cid)
{
	struct bpf_res_spin_lock *lock = slab_lock(cid);
	u64 ctx;

	if (!rc->slab_free || !lock || bpf_res_spin_lock(lock))
		return 0;
	ctx = rc->slab_free;
	if (ctx) {
		rc->slab_free = slab_next_of(ctx);
		rc->slab_nr_free--;
	}
	bpf_res_spin_unlock(lock);
	return ctx;
}

/* Put a chain on a cid's stack. */
static __always_inline bool slab_push(region_cid_t *rc, s32 cid, struct slab_chain *chain)
{
	struct bpf_res_spin_lock *lock = slab_lock(cid);

	if (!lock || bpf_res_spin_lock(lock))
		return false;
	slab_set_next(chain->tail, rc->slab_free);
	rc->slab_free = chain->head;
	rc->slab_nr_free += chain->nr;
	bpf_res_spin_unlock(lock);
	return true;
}

/* Take up to SLAB_BATCH contexts from the common list, or from those that were never used. */
static __always_inline void slab_take(region_t *r, struct slab_chain *chain)
{
	struct bpf_res_spin_lock *lock = slab_lock(SLAB_COMMON);
	u64 ctx;
	u32 i;

	chain->head = chain->tail = 0;
	chain->nr = 0;
	if (!lock || bpf_res_spin_lock(lock))
		return;
	for (i = 0; i < SLAB_BATCH; i++) {
		ctx = r->slab_free;
		if (ctx) {
			r->slab_free = slab_next_of(ctx);
		} else if (r->slab_next < r->slab_capacity) {
			ctx = r->slab + r->slab_next * r->slab_stride;
			r->slab_next++;
		} else {
			break;
		}
		slab_set_next(ctx, chain->head);
		if (!chain->head)
			chain->tail = ctx;
		chain->head = ctx;
		chain->nr++;
	}
	bpf_res_spin_unlock(lock);
}

/* Give a chain to the common list. */
static __always_inline bool slab_give(region_t *r, struct slab_chain *chain)
{
	struct bpf_res_spin_lock *lock = slab_lock(SLAB_COMMON);

	if (!lock || bpf_res_spin_lock(lock))
		return false;
	slab_set_next(chain->tail, r->slab_free);
	r->slab_free = chain->head;
	bpf_res_spin_unlock(lock);
	return true;
}

static __always_inline region_cid_t *region_cid(region_t *r, s32 cid)
{
	if ((u32)cid >= POOL_MAX_CIDS)
		cid = 0;
	return pool_ptr(region_cid_t, r->cids + (u32)cid * sizeof(struct region_cid));
}

/**
 * slab_alloc - get a task context
 * @r: the caller's region
 *
 * Any context, sleepable or not, but never from an interrupt that may have hit slab_alloc() or slab_free(). The content
 * is garbage. Returns an arena address, 0 when every context is in use.
 */
static __noinline u64 slab_alloc(u64 region)
{
	region_t *r = pool_ptr(region_t, region);
	s32 cid = scx_bpf_this_cid(), nr_cids = scx_bpf_nr_cids(), i;
	struct slab_chain chain;
	u64 ctx, used;

	ctx = slab_pop(region_cid(r, cid), cid);
	if (!ctx) {
		slab_take(r, &chain);
		ctx = chain.head;
		if (chain.nr > 1) {
			chain.head = slab_next_of(ctx);
			chain.nr--;
			slab_push(region_cid(r, cid), cid, &chain);
			__sync_fetch_and_add(&region_cid(r, cid)->nr_slab_refill, 1);
		}
	}
	bpf_for(i, 0, nr_cids) {
		if (ctx)
			break;
		ctx = slab_pop(region_cid(r, i), i);
	}
	if (ctx) {
		used = __sync_fetch_and_add(&r->slab_used, 1) + 1;
		if (used > r->slab_high)
			r->slab_high = used;
	}
	return ctx;
}

/**
 * slab_free - give a task context back
 * @ctx: from slab_alloc(); nobody may use it any more
 */
static __noinline void slab_free(u64 region, u64 ctx)
{
	region_t *r = pool_ptr(region_t, region);
	s32 cid = scx_bpf_this_cid();
	region_cid_t *rc = region_cid(r, cid);
	struct slab_chain chain = { .head = ctx, .tail = ctx, .nr = 1 };

	__sync_fetch_and_add(&r->slab_used, -1);
	if (rc->slab_nr_free < SLAB_CID_MAX ? slab_push(rc, cid, &chain) : slab_give(r, &chain))
		return;
	scx_bpf_error("slab: a lock was not to be had; context %llx is lost", ctx);
}

#endif
