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
 * Locks: one per cid's stack, one for the common list (the last of the array), which may be taken inside one of the former:
 * a batch on its way to a stack must not be missed by those who look for a last context. They live in a map value,
 * because a bpf_res_spin_lock may not live in the arena.
 */
#ifndef SCX_TREE_SLAB_BPF_H
#define SCX_TREE_SLAB_BPF_H

#include "../root-sched/pool.bpf.h"

#define SLAB_BATCH	16	/* contexts that move between a cid and the common list at a time */
#define SLAB_CID_MAX	(2 * SLAB_BATCH)
#define SLAB_HIGH_TRIES	8

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

static __always_inline struct bpf_res_spin_lock *slab_lock(u32 which)
{
	struct slab_lock *l = bpf_map_lookup_elem(&slab_locks, &which);

	return l ? &l->lock : NULL;
}

static __always_inline region_cid_t *region_cid(region_t *r, u32 cid)
{
	return pool_ptr(region_cid_t, r->cids + cid * sizeof(struct region_cid));
}

static __always_inline u64 slab_next_of(u64 ctx)
{
	return pool_ptr(struct slab_free __arena, ctx)->next;
}

static __always_inline void slab_set_next(u64 ctx, u64 next)
{
	pool_ptr(struct slab_free __arena, ctx)->next = next;
}

/*
 * Fill a cid's empty stack, whose lock is held, from the common list, whose lock is passed, or with contexts that were
 * never used.
 */
static __always_inline void slab_refill(region_t *r, region_cid_t *rc, struct bpf_res_spin_lock *common)
{
	u64 ctx;
	u32 i;

	if (bpf_res_spin_lock(common))
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
		slab_set_next(ctx, rc->slab_free);
		rc->slab_free = ctx;
		rc->slab_nr_free++;
	}
	bpf_res_spin_unlock(common);
	if (rc->slab_free)
		rc->nr_slab_refill++;
}

/* Pop one context from a cid's stack, which is refilled first if asked for; 0 when it is empty. */
static __always_inline u64 slab_pop(region_t *r, s32 cid, bool refill)
{
	struct bpf_res_spin_lock *lock = slab_lock(cid), *common = slab_lock(SLAB_COMMON);
	region_cid_t *rc = region_cid(r, cid);
	u64 ctx;

	if ((!refill && !rc->slab_free) || !lock || !common || bpf_res_spin_lock(lock))
		return 0;
	if (refill && !rc->slab_free)
		slab_refill(r, rc, common);
	ctx = rc->slab_free;
	if (ctx) {
		rc->slab_free = slab_next_of(ctx);
		rc->slab_nr_free--;
	}
	bpf_res_spin_unlock(lock);
	return ctx;
}

/* Put a context on a cid's stack. */
static __always_inline bool slab_push(region_cid_t *rc, s32 cid, u64 ctx)
{
	struct bpf_res_spin_lock *lock = slab_lock(cid);

	if (!lock || bpf_res_spin_lock(lock))
		return false;
	slab_set_next(ctx, rc->slab_free);
	rc->slab_free = ctx;
	rc->slab_nr_free++;
	bpf_res_spin_unlock(lock);
	return true;
}

/* Put a context on the common list. */
static __always_inline bool slab_give(region_t *r, u64 ctx)
{
	struct bpf_res_spin_lock *lock = slab_lock(SLAB_COMMON);

	if (!lock || bpf_res_spin_lock(lock))
		return false;
	slab_set_next(ctx, r->slab_free);
	r->slab_free = ctx;
	bpf_res_spin_unlock(lock);
	return true;
}

/* Keep the most contexts that were ever in use; others may be faster. */
static __always_inline void slab_note_high(region_t *r, u64 used)
{
	u64 high = r->slab_high;
	u32 i;

	for (i = 0; i < SLAB_HIGH_TRIES && used > high; i++)
		high = __sync_val_compare_and_swap(&r->slab_high, high, used);
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
	s32 nr_cids = scx_bpf_nr_cids(), cid;
	u64 ctx;

	ctx = slab_pop(r, scx_bpf_this_cid(), true);
	bpf_for(cid, 0, nr_cids) {
		if (ctx)
			break;
		ctx = slab_pop(r, cid, false);
	}
	if (ctx)
		slab_note_high(r, __sync_fetch_and_add(&r->slab_used, 1) + 1);
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

	__sync_fetch_and_add(&r->slab_used, -1);
	if (rc->slab_nr_free < SLAB_CID_MAX ? slab_push(rc, cid, ctx) : slab_give(r, ctx))
		return;
	scx_bpf_error("slab: a lock was not to be had; context %llx is lost", ctx);
}

#endif
