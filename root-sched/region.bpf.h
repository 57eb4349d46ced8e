/* SPDX-License-Identifier: GPL-2.0 */
/*
 * region.bpf.h: root's programs that lay out the pool, and make and free entities with their regions.
 *
 * The loader runs them (BPF_PROG_RUN on a syscall program) one at a time, before it attaches a scheduler and after it has
 * detached one: that order, not a lock, keeps the pool's header still. Each answers in its arguments (pool_abi.h).
 *
 * A region is allocated whole, with a reserved page behind it, at the lowest place where it fits. The kernel's own pool
 * lives in the same arena and grows wherever there is a hole of 4 pages; so a place that looks free here may be taken,
 * and then the next one is tried.
 */
#ifndef SCX_TREE_REGION_BPF_H
#define SCX_TREE_REGION_BPF_H

#include "cids.bpf.h"

#define REGION_TRIES	4096

static __always_inline u64 pages_to_bytes(u64 nr_pages)
{
	return nr_pages * POOL_PAGE;
}

/* Allocate nr_pages at addr, or say no. */
static __always_inline bool pool_claim(u64 addr, u64 nr_pages)
{
	return bpf_arena_alloc_pages(&arena, pool_ptr(void __arena, addr), nr_pages, NUMA_NO_NODE, 0);
}

/* Allocate nr_pages at addr with a guard behind them. */
static __always_inline bool pool_claim_guarded(u64 addr, u64 nr_pages)
{
	if (!pool_claim(addr, nr_pages))
		return false;
	bpf_arena_reserve_pages(&arena, pool_ptr(void __arena, addr + pages_to_bytes(nr_pages)), 1);
	pool_hdr()->nr_fixed += nr_pages;
	pool_hdr()->nr_guard++;
	return true;
}

/**
 * pool_init - lay out an empty arena: page 0, header, cid states, idle mask, the tables; make the groups that are always there
 *
 * -EEXIST when the arena has been laid out already.
 */
SEC("syscall")
int pool_init(struct pool_init_args *args)
{
	u64 nr_head = pool_head_pages(args->nr_cids), nr_table = pool_table_pages(args->nr_pages);
	u64 idle = POOL_CIDS_ADDR + args->nr_cids * sizeof(struct cid_state);
	pool_hdr_t *hdr = pool_hdr();
	u32 cid;

	args->err = -EINVAL;
	if (!args->nr_cids || args->nr_cids > POOL_MAX_CIDS || pool_nr_entities(args->nr_pages) <= ENTITY_FIRST)
		return 0;
	args->err = -EEXIST;
	if (!pool_claim_guarded(POOL_BASE, nr_head))
		return 0;
	args->err = -ENOSPC;
	if (!pool_claim_guarded(POOL_ENTITIES_ADDR, nr_table))
		return 0;
	hdr->nr_cids = args->nr_cids;
	hdr->nr_pages = args->nr_pages;
	hdr->nr_entities = pool_nr_entities(args->nr_pages);
	hdr->places = POOL_ENTITIES_ADDR + hdr->nr_entities * sizeof(struct entity);
	hdr->idle = idle;
	hdr->version = POOL_VERSION;
	hdr->magic = POOL_MAGIC;
	cmask_init(pool_ptr(struct scx_cmask __arena, idle), 0, args->nr_cids);
	bpf_for(cid, 0, args->nr_cids) {
		pool_cid(cid)->from = -1;
		place_init(&pool_cid(cid)->bound, 0, ENTITY_ROOT, cid, 1024, 0);
	}
	group_make(ENTITY_ROOT, 0, ENTITY_ROOT, 100);
	group_make(ENTITY_KERNEL, 0, ENTITY_ROOT, GROUP_KERNEL_WEIGHT);
	group_make(ENTITY_OWN, 0, ENTITY_ROOT, pool_own_weight(0));
	pool_entity_at(ENTITY_KERNEL)->state = ENTITY_PLAIN;
	pool_entity_at(ENTITY_OWN)->state = ENTITY_PLAIN;
	args->err = 0;
	return 0;
}

/* Find a place for nr_pages and a guard, from the lowest address up: over the regions that are there, then by trying. */
static __noinline u64 region_place(u64 nr_pages)
{
	pool_hdr_t *hdr = pool_hdr();
	u64 addr = pool_first_region(hdr->nr_pages), end = POOL_BASE + pages_to_bytes(hdr->nr_pages);
	u32 tries;

	bpf_for(tries, 0, REGION_TRIES) {
		u64 next = 0;
		u32 i;

		if (addr + pages_to_bytes(nr_pages + 1) > end)
			return 0;
		/* step over a region that overlaps */
		bpf_for(i, 0, hdr->nr_entities) {
			entity_t *e = pool_entity_at(i);
			u64 r = e->region, r_end;

			if (!r)
				continue;
			r_end = r + pages_to_bytes(pool_ptr(region_t, r)->nr_pages + 1);
			if (r < addr + pages_to_bytes(nr_pages + 1) && addr < r_end && r_end > next)
				next = r_end;
		}
		if (next) {
			addr = next;
			continue;
		}
		/* the guard first: it tells cheaply that the kernel has pages at the end */
		if (!bpf_arena_reserve_pages(&arena, pool_ptr(void __arena, addr + pages_to_bytes(nr_pages)), 1)) {
			if (pool_claim(addr, nr_pages))
				return addr;
			bpf_arena_free_pages(&arena, pool_ptr(void __arena, addr + pages_to_bytes(nr_pages)), 1);
		}
		addr += POOL_PAGE;
	}
	return 0;
}

/* Write a fresh region's header. The pages are zero: the kernel gives them so, also when it gives them again. */
static __always_inline void region_layout(u64 addr, struct pool_alloc_args *args, u64 nr_pages, u64 generation)
{
	region_t *r = pool_ptr(region_t, addr);
	u32 nr_cids = pool_hdr()->nr_cids;

	r->version = POOL_VERSION;
	r->entity = args->entity;
	r->generation = generation;
	r->nr_pages = nr_pages;
	r->cids = addr + sizeof(struct region_hdr);
	r->usable = r->cids + nr_cids * sizeof(struct region_cid);
	r->home = r->usable + ((pool_cmask_bytes(nr_cids) + 63) & ~63ull);
	r->held = r->home + ((pool_cmask_bytes(nr_cids) + 63) & ~63ull);
	r->policy = r->held + ((pool_cmask_bytes(nr_cids) + 63) & ~63ull);
	r->slab = r->policy + ((args->policy_bytes + 63) & ~63ull);
	r->slab_stride = slab_stride(args->ctx_bytes, nr_cids);
	r->slab_capacity = args->max_tasks;
	r->ctx_bytes = args->ctx_bytes;
	r->magic = POOL_MAGIC;
	cmask_init(pool_ptr(struct scx_cmask __arena, r->usable), 0, nr_cids);
	cmask_init(pool_ptr(struct scx_cmask __arena, r->home), 0, nr_cids);
	cmask_init(pool_ptr(struct scx_cmask __arena, r->held), 0, nr_cids);
}

/*
 * The entity that a region is for: root's, or that of a cgroup, which is made when no scheduler has been told of the cgroup (it
 * has no cpu controller of its own).
 */
static __always_inline s32 region_entity(struct pool_alloc_args *args)
{
	u32 nr = ENTITY_ROOT;

	if (args->cgroup_id) {
		nr = group_new(args->cgroup_id, args->parent, args->weight);
		if (pool_entity_at(nr)->cgroup_id != args->cgroup_id)
			return -ENFILE;
	}
	return pool_entity_at(nr)->region ? -EEXIST : (s32)nr;
}

/**
 * region_alloc - give the entity of a cgroup a region: it is a node from then on
 *
 * It is ENTITY_RESERVED until its parent's sub_attach() takes it up.
 */
SEC("syscall")
int region_alloc(struct pool_alloc_args *args)
{
	pool_hdr_t *hdr = pool_hdr();
	s32 nr = region_entity(args);
	u64 nr_pages, addr;
	entity_t *e;

	args->err = nr;
	if (nr < 0)
		return 0;
	args->entity = nr;
	e = pool_entity_at(nr);
	nr_pages = region_pages(hdr->nr_cids, args->policy_bytes, args->ctx_bytes, args->max_tasks);
	addr = region_place(nr_pages);
	if (!addr) {
		group_drop(nr);
		args->err = -ENOSPC;
		return 0;
	}
	e->generation = __sync_fetch_and_add(&hdr->generation, 1) + 1;
	region_layout(addr, args, nr_pages, e->generation);
	hdr->nr_region += nr_pages;
	hdr->nr_guard++;
	if (hdr->nr_region > hdr->nr_high)
		hdr->nr_high = hdr->nr_region;
	e->foreign = args->foreign;
	e->wants = 0;
	e->region = addr;
	e->state = nr ? ENTITY_RESERVED : ENTITY_ATTACHED;
	if (nr) {
		e->next_node = hdr->first_node;
		hdr->first_node = nr;
	}
	group_weigh_own();
	args->region = addr;
	args->err = 0;
	return 0;
}

/* Take a node out of the list of all. Who reads it meanwhile goes on from it, or begins anew. */
static __noinline void region_unlink(u32 nr)
{
	u32 at = pool_hdr()->first_node;

	if (at == nr) {
		pool_hdr()->first_node = pool_entity_at(nr)->next_node;
		return;
	}
	while (at && pool_entity_at(at)->next_node != nr && can_loop)
		at = pool_entity_at(at)->next_node;
	if (at)
		pool_entity_at(at)->next_node = pool_entity_at(nr)->next_node;
}

/**
 * region_free - free an entity's region and its own cids, after its scheduler is gone: it is a plain group again
 *
 * -EBUSY while a scheduler is attached, -ENOENT when there is no region.
 */
SEC("syscall")
int region_free(struct pool_free_args *args)
{
	pool_hdr_t *hdr = pool_hdr();
	entity_t *e;
	u64 nr_pages;

	args->err = -ENOENT;
	if (!args->entity || args->entity >= hdr->nr_entities)
		return 0;
	e = pool_entity_at(args->entity);
	if (!e->region)
		return 0;
	args->err = -EBUSY;
	if (e->state == ENTITY_ATTACHED)
		return 0;
	nr_pages = pool_ptr(region_t, e->region)->nr_pages;
	/* the guard goes with its region */
	bpf_arena_free_pages(&arena, pool_ptr(void __arena, e->region), nr_pages + 1);
	hdr->nr_region -= nr_pages;
	hdr->nr_guard--;
	region_unlink(args->entity);
	e->region = 0;
	e->foreign = 0;
	if (e->owns)
		cids_disown(args->entity);
	e->state = ENTITY_PLAIN;
	group_drop(args->entity);
	group_weigh_own();
	args->err = 0;
	return 0;
}

#endif
