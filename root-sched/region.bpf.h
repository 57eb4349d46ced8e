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

/**
 * pool_init - lay out an empty arena: page 0, header, tables, idle mask, first guard; make root's entity
 *
 * -EEXIST when the arena has been laid out already.
 */
SEC("syscall")
int pool_init(struct pool_init_args *args)
{
	u64 nr_fixed = pool_fixed_pages(args->nr_cids), end = POOL_BASE + pages_to_bytes(nr_fixed);
	pool_hdr_t *hdr = pool_hdr();
	u64 idle = POOL_CIDS_ADDR + args->nr_cids * sizeof(struct cid_state);

	args->err = -EINVAL;
	if (!args->nr_cids || args->nr_cids > POOL_MAX_CIDS || nr_fixed >= args->nr_pages)
		return 0;
	args->err = -EEXIST;
	if (!pool_claim(POOL_BASE, nr_fixed))
		return 0;
	bpf_arena_reserve_pages(&arena, pool_ptr(void __arena, end), 1);

	hdr->nr_cids = args->nr_cids;
	hdr->nr_pages = args->nr_pages;
	hdr->nr_fixed = nr_fixed;
	hdr->nr_guard = 1;
	hdr->entities = POOL_ENTITIES_ADDR;
	hdr->cids = POOL_CIDS_ADDR;
	hdr->idle = idle;
	hdr->version = POOL_VERSION;
	hdr->magic = POOL_MAGIC;
	cmask_init(pool_ptr(struct scx_cmask __arena, idle), 0, args->nr_cids);
	args->err = 0;
	return 0;
}

/* Find a place for nr_pages and a guard, from the lowest address up: over the regions that are there, then by trying. */
static __noinline u64 region_place(u64 nr_pages)
{
	pool_hdr_t *hdr = pool_hdr();
	u64 addr = pool_first_region(hdr->nr_cids), end = POOL_BASE + pages_to_bytes(hdr->nr_pages);
	u32 tries;

	bpf_for(tries, 0, REGION_TRIES) {
		u64 next = 0;
		u32 i;

		if (addr + pages_to_bytes(nr_pages + 1) > end)
			return 0;
		/* step over a region that overlaps */
		bpf_for(i, 0, POOL_MAX_ENTITIES) {
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
	r->magic = POOL_MAGIC;
	cmask_init(pool_ptr(struct scx_cmask __arena, r->usable), 0, nr_cids);
	cmask_init(pool_ptr(struct scx_cmask __arena, r->home), 0, nr_cids);
	cmask_init(pool_ptr(struct scx_cmask __arena, r->held), 0, nr_cids);
}

/* The slot for a cgroup: -EEXIST when it has one, -ENFILE when all are taken. Slot 0 is root's: cgroup id 0. */
static __noinline s32 entity_slot(u64 cgroup_id)
{
	s32 i, slot = -ENFILE;

	bpf_for(i, 0, POOL_MAX_ENTITIES) {
		entity_t *e = pool_entity_at(i);

		if (e->state != ENTITY_FREE && e->cgroup_id == cgroup_id)
			return -EEXIST;
		if (e->state == ENTITY_FREE && slot < 0 && !i == !cgroup_id)
			slot = i;
	}
	return slot;
}

/**
 * region_alloc - make an entity for a cgroup, with its region
 *
 * The entity is ENTITY_RESERVED until its parent's sub_attach() takes it up.
 */
SEC("syscall")
int region_alloc(struct pool_alloc_args *args)
{
	pool_hdr_t *hdr = pool_hdr();
	u64 nr_pages, addr, generation;
	entity_t *e;
	s32 slot;

	slot = entity_slot(args->cgroup_id);
	if (slot < 0) {
		args->err = slot;
		return 0;
	}
	generation = hdr->generation + 1;
	args->entity = slot;
	nr_pages = region_pages(hdr->nr_cids, args->policy_bytes, args->ctx_bytes, args->max_tasks);
	addr = region_place(nr_pages);
	if (!addr) {
		args->err = -ENOSPC;
		return 0;
	}
	region_layout(addr, args, nr_pages, generation);
	hdr->nr_region += nr_pages;
	hdr->nr_guard++;
	if (hdr->nr_region > hdr->nr_high)
		hdr->nr_high = hdr->nr_region;

	hdr->generation = generation;
	e = pool_entity_at(slot);
	e->cgroup_id = args->cgroup_id;
	e->region = addr;
	e->generation = generation;
	e->parent = args->parent;
	e->foreign = args->foreign;
	e->wants = 0;
	e->depth = slot ? pool_entity_at(args->parent)->depth + 1 : 0;
	e->own_weight = pool_own_weight(0);
	e->exclusive = 0;
	entity_set_weight(e, args->weight);
	e->first_child = 0;
	e->next_sibling = 0;
	e->nr_queued = 0;
	e->nr_own = 0;
	e->nr_captive = 0;
	e->vtime = 0;
	e->own_vtime = 0;
	e->vnow = 0;
	e->place = HEAP_OUT;
	e->news = 0;
	e->heap_top = 0;
	e->ask_next = 0;
	e->parked = 0;
	e->limited = 0;
	e->used_ns = 0;
	e->reserved_ns = 0;
	e->nr_periods = 0;
	e->nr_throttled = 0;
	e->state = slot ? ENTITY_RESERVED : ENTITY_ATTACHED;
	args->region = addr;
	args->err = 0;
	return 0;
}

/**
 * region_free - free an entity, its region and its own cids, after its scheduler is gone
 *
 * -EBUSY while the entity is attached or has children, -ENOENT when there is none.
 */
SEC("syscall")
int region_free(struct pool_free_args *args)
{
	pool_hdr_t *hdr = pool_hdr();
	entity_t *e;
	u64 nr_pages;

	args->err = -ENOENT;
	if (!args->entity || args->entity >= POOL_MAX_ENTITIES)
		return 0;
	e = pool_entity_at(args->entity);
	if (e->state == ENTITY_FREE)
		return 0;
	args->err = -EBUSY;
	if (e->state == ENTITY_ATTACHED || e->first_child)
		return 0;
	nr_pages = pool_ptr(region_t, e->region)->nr_pages;
	/* the guard goes with its region */
	bpf_arena_free_pages(&arena, pool_ptr(void __arena, e->region), nr_pages + 1);
	hdr->nr_region -= nr_pages;
	hdr->nr_guard--;
	e->region = 0;
	if (e->exclusive)
		cids_disown(args->entity);
	e->cgroup_id = 0;
	e->state = ENTITY_FREE;
	args->err = 0;
	return 0;
}

#endif
