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

typedef struct pool_hdr __arena pool_hdr_t;
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

static __always_inline cid_state_t *pool_cid(s32 cid)
{
	if ((u32)cid >= POOL_MAX_CIDS)
		cid = 0;
	return pool_ptr(cid_state_t, POOL_CIDS_ADDR + (u32)cid * sizeof(struct cid_state));
}

static __always_inline void entity_set_weight(entity_t *e, u32 weight)
{
	e->weight = weight ?: 100;
	e->inv_weight = 100 * 65536 / e->weight;
}

static __always_inline struct scx_cmask __arena *pool_idle_mask(void)
{
	return pool_ptr(struct scx_cmask __arena, pool_hdr()->idle);
}

/* Claims of idle cids that may fail in a row because somebody else was faster. */
#define POOL_CLAIM_TRIES	8

/**
 * pool_claim_idle - take an idle cid out of the common mask
 * @allowed: cids that the task may use
 * @usable: cids that the scheduler may use
 * @prev: the cid to prefer: the task's last one
 *
 * The claimer must send a task there, or kick it: until then nobody else finds the cid, and root puts it back only when
 * it passes through dispatch. Returns the cid, -1 when none is idle.
 */
static __always_inline s32 pool_claim_idle(struct scx_cmask __arena *allowed, struct scx_cmask __arena *usable,
					   s32 prev)
{
	struct scx_cmask __arena *idle = pool_idle_mask();
	s32 nr_cids = idle->nr_cids;
	s32 cid = prev, i;

	if (cmask_test(prev, allowed) && cmask_test(prev, usable) && cmask_test_and_clear(prev, idle))
		return prev;
	bpf_for(i, 0, POOL_CLAIM_TRIES) {
		cid = cmask_next_and2_set_wrap(allowed, idle, usable, cid + 1);
		barrier_var(cid);
		if (cid < 0 || cid >= nr_cids)
			return -1;
		if (cmask_test_and_clear(cid, idle))
			return cid;
	}
	return -1;
}

#endif
