/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pool.bpf.h: how a scheduler of the tree reaches the pool: the arena map, the fixed places in it, the idle cids.
 *
 * Included by root and by every sub; what makes and frees regions is root's alone (region.bpf.h). An object has no
 * __arena globals: with the arena shared by map, two objects' globals would lie on each other.
 */
#ifndef SCX_TREE_POOL_BPF_H
#define SCX_TREE_POOL_BPF_H

#include <scx/common.bpf.h>
#include "pool_abi.h"

/* The loader sets the size of root's map, and gives that map to every other object (bpf_map__reuse_fd). */
struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, POOL_MAX_BYTES / POOL_PAGE);
	__ulong(map_extra, POOL_BASE);
} arena SEC(".maps");

/* From the id of a cgroup to its entity: see groups.bpf.h. Of the whole tree, as the arena is. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, POOL_MAX_ENTITIES);
	__type(key, u64);
	__type(value, u32);
} groups SEC(".maps");

typedef struct pool_hdr __arena pool_hdr_t;
typedef struct rival __arena rival_t;
typedef struct queue __arena queue_t;
typedef struct place __arena place_t;
typedef struct entity __arena entity_t;
typedef struct cid_state __arena cid_state_t;
typedef struct region_hdr __arena region_t;
typedef struct region_cid __arena region_cid_t;

/*
 * An arena address as a pointer. The verifier ties a program to its arena by an instruction that loads the map, and a
 * program that only follows addresses has none but this; hidden from the compiler, which would fold the address into a
 * plain number.
 */
#define pool_ptr(type, addr)					\
	({							\
		u64 __addr = (addr);				\
								\
		asm volatile("" : "+r"(__addr) : "r"(&arena));	\
		(type *)__addr;					\
	})

static __always_inline pool_hdr_t *pool_hdr(void)
{
	return pool_ptr(pool_hdr_t, POOL_HDR_ADDR);
}

/* An out-of-range number gives some entity of the table. */
static __always_inline entity_t *pool_entity_at(u32 nr)
{
	nr &= POOL_MAX_ENTITIES - 1;
	return pool_ptr(entity_t, POOL_ENTITIES_ADDR + nr * sizeof(struct entity));
}

static __always_inline cid_state_t *pool_cid(u32 cid)
{
	cid &= POOL_MAX_CIDS - 1;
	return pool_ptr(cid_state_t, POOL_CIDS_ADDR + cid * sizeof(struct cid_state));
}

/* The cid of this CPU; a kfunc is spared where it is the likely one. */
static __always_inline s32 pool_this_cid(s32 likely)
{
	return pool_cid(likely)->cpu == bpf_get_smp_processor_id() ? likely : scx_bpf_this_cid();
}

static __always_inline bool time_before64(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static __always_inline struct scx_cmask __arena *pool_idle_mask(void)
{
	return pool_ptr(struct scx_cmask __arena, pool_hdr()->idle);
}

/* Is a cid in a mask? All masks of the pool begin with cid 0 and have a bit for each cid that there is. */
static __always_inline bool pool_has(struct scx_cmask __arena *mask, u32 cid)
{
	return mask->bits[cid / 64] & 1ull << cid % 64;
}

/*
 * Put a cid into a mask, or take it out, whoever else changes the mask at the same time. (Relaxed: x86's JIT has no
 * fetch_or in an arena. What it emits is a full barrier; on other machines it may be none.)
 */
static __always_inline void pool_set(struct scx_cmask __arena *mask, u32 cid, bool on)
{
	u64 __arena *word = &mask->bits[cid / 64];
	u64 bit = 1ull << cid % 64;

	if (on)
		__atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(word, ~bit, __ATOMIC_RELAXED);
}

/* Take a cid out of a mask. True for one of those who try at the same time. */
static __always_inline bool pool_take(struct scx_cmask __arena *mask, u32 cid)
{
	u64 __arena *word = &mask->bits[cid / 64];
	u64 bit = 1ull << cid % 64, old = *word, seen;

	while ((old & bit) && can_loop) {
		seen = __sync_val_compare_and_swap(word, old, old & ~bit);
		if (seen == old)
			return true;
		old = seen;
	}
	return false;
}

/*
 * The first cid from @cid on that is in all three masks, given by their arena addresses; nr_cids when there is none. (Not
 * static, as others below: the verifier then walks it once, not at each call.)
 */
__noinline u32 pool_next_in_all(u64 a_addr, u64 b_addr, u64 c_addr, u32 cid)
{
	struct scx_cmask __arena *a = pool_ptr(struct scx_cmask __arena, a_addr);
	struct scx_cmask __arena *b = pool_ptr(struct scx_cmask __arena, b_addr);
	struct scx_cmask __arena *c = pool_ptr(struct scx_cmask __arena, c_addr);
	u32 nr_cids = a->nr_cids, word = cid / 64;
	u64 bits;

	if (cid >= nr_cids)
		return nr_cids;
	bits = a->bits[word] & b->bits[word] & c->bits[word] & ~0ull << cid % 64;
	while (!bits && ++word < (nr_cids + 63) / 64 && can_loop)
		bits = a->bits[word] & b->bits[word] & c->bits[word];
	return bits ? word * 64 + ctzll(bits) : nr_cids;
}

/* Have two masks a cid in common? */
static __always_inline bool pool_meet(struct scx_cmask __arena *a, struct scx_cmask __arena *b)
{
	return pool_next_in_all((u64)a, (u64)b, (u64)b, 0) < a->nr_cids;
}

/* Is no cid idle? */
__noinline bool pool_is_busy(void)
{
	struct scx_cmask __arena *idle = pool_idle_mask();
	u32 nr_words = (idle->nr_cids + 63) / 64, word;

	for (word = 0; word < nr_words && can_loop; word++)
		if (idle->bits[word])
			return false;
	return true;
}

#define POOL_CLAIM_TRIES	16	/* idle cids looked at in one range */

/* Is the whole core of an idle cid idle? */
__noinline bool pool_core_is_idle(u32 cid)
{
	u32 core = pool_cid(cid)->core, end = pool_cid(cid)->core_end;

	for (; core < end && can_loop; core++)
		if (!pool_has(pool_idle_mask(), core))
			return false;
	return true;
}

/* Claim an idle cid in [first, end), which has prev in it, from prev on: one whose whole core is idle, else any. */
__noinline s32 pool_claim_between(u64 allowed, u64 among, u32 first, u32 end, u32 prev)
{
	u64 idle = pool_hdr()->idle;
	u32 cid = prev + 1, half = end, i;
	bool wrapped = false;

	bpf_for(i, 0, POOL_CLAIM_TRIES) {
		cid = pool_next_in_all(allowed, among, idle, cid);
		barrier_var(cid);
		if (cid >= end && !wrapped) {
			wrapped = true;
			cid = first;
			continue;
		}
		if (cid >= end || (wrapped && cid > prev))
			break;
		if (!pool_core_is_idle(cid))
			half = half < end ? half : cid;
		else if (pool_take(pool_idle_mask(), cid))
			return cid;
		cid++;
	}
	return half < end && pool_take(pool_idle_mask(), half) ? half : -1;
}

/* Claim an idle cid near prev: in its last-level cache, else on its node, else anywhere. */
__noinline s32 pool_claim_near(u64 allowed, u64 among, u32 prev)
{
	u32 first = pool_cid(prev)->llc, end = pool_cid(prev)->llc_end, nr_cids = pool_hdr()->nr_cids, i;
	s32 cid;

	bpf_for(i, 0, 3) {
		cid = pool_claim_between(allowed, among, first, end, prev);
		if (cid >= 0 || end - first >= nr_cids)
			return cid;
		first = i ? 0 : pool_cid(prev)->node;
		end = i ? nr_cids : pool_cid(prev)->node_end;
	}
	return -1;
}

/**
 * pool_claim_idle - take an idle cid out of the common mask
 * @allowed: cids that the task may use
 * @home, @usable: those of the scheduler, see struct region_hdr
 * @prev: the cid to prefer: the task's last one
 *
 * What others own is taken when nothing else is idle. The claimer must send a task there, or kick it: until then nobody
 * else finds the cid, and root puts it back only when it passes through dispatch. Returns the cid, -1 when none is idle.
 */
static __always_inline s32 pool_claim_idle(struct scx_cmask __arena *allowed, struct scx_cmask __arena *home,
					   struct scx_cmask __arena *usable, s32 prev)
{
	s32 cid;

	if (pool_is_busy())
		return -1;
	if (pool_has(allowed, prev) && pool_has(home, prev) && pool_take(pool_idle_mask(), prev))
		return prev;
	cid = pool_claim_near((u64)allowed, (u64)home, prev);
	if (cid < 0 && pool_hdr()->nr_owned)
		cid = pool_claim_near((u64)allowed, (u64)usable, prev);
	return cid;
}

#endif
