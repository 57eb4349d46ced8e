/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pool.h: the loader's side of the arena: have root's programs lay it out and hand out regions, read what is published.
 *
 * The arena lies at POOL_BASE in this process too (libbpf maps it there when root's object is loaded, pool_adopt() when it
 * is not), so addresses found in it are pointers. Nothing here writes to it.
 */
#ifndef SCX_LOADER_POOL_H
#define SCX_LOADER_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "root-sched/pool_abi.h"
#include "file/cids.h"

struct object;

struct pool {
	const struct object *root;	/* whose programs do the work; in the kernel */
	uint32_t nr_cids;
	uint64_t nr_pages;
};

/* What a region is made for. */
struct pool_request {
	uint64_t cgroup_id;	/* 0: root's own */
	uint32_t parent;	/* entity number */
	uint32_t weight;
	uint32_t ctx_bytes, policy_bytes;	/* the object's */
	uint32_t max_tasks;	/* 0: no slab */
	bool foreign;		/* its scheduler publishes nothing, root does it instead */
};

struct pool_status {
	uint64_t nr_pages, nr_fixed, nr_region, nr_guard, nr_high;	/* as in struct pool_hdr */
	uint64_t nr_kernel;	/* pages that the kernel's own pool holds, from the map's memlock */
};

/* The cids of this machine: its possible CPUs. Negative errno when that cannot be told. */
int pool_nr_cids(void);

static inline uint64_t pool_pages(uint32_t mb)
{
	return mb * (1024ull * 1024 / POOL_PAGE);
}

/* Pages of a pool of @nr_pages that no region can have: header, cid states, the tables, their guards, a hole between them. */
static inline uint64_t pool_overhead(uint64_t nr_pages)
{
	return (pool_first_region(nr_pages) - POOL_BASE) / POOL_PAGE;
}

/**
 * pool_open - lay out the arena of a loaded root
 * @ret: filled in; holds no resource of its own
 *
 * Returns 0, -ENOENT when the object is not a root's, or what pool_init() of region.bpf.h answers.
 */
int pool_open(const struct object *root, struct pool *ret);

/**
 * pool_adopt - use the arena of a root that runs already, and map it here
 *
 * Returns 0, -EPROTO when its layout is of another version of pool_abi.h, or -errno.
 */
int pool_adopt(const struct object *root, struct pool *ret);

/**
 * pool_alloc - make a cgroup's entity a node: give it a region; where it has no entity yet, make one
 * @ret_entity: its number
 * @ret_region: its region's arena address
 *
 * Returns 0, -ENOSPC when the region does not fit, -EEXIST when the cgroup has one, -ENFILE when there are too many entities.
 */
int pool_alloc(const struct pool *pool, const struct pool_request *req, uint32_t *ret_entity, uint64_t *ret_region);

/**
 * pool_has_node - is this what the pool says of a cgroup's node?
 * @nr: of its entity
 *
 * Of numbers that were written down: nothing is looked at where they lead before they are known to be right.
 */
bool pool_has_node(const struct pool_hdr *hdr, const struct entity *entities, uint32_t nr, uint64_t cgroup_id,
		   uint64_t region);

/* Make the cids of a set the own ones of an entity, which is not attached yet. 0, or -errno as of cids_own(). */
int pool_own(const struct pool *pool, uint32_t entity, const struct cid_set *cids);

/* The cpuset of a node with own cids leaves it none of them, or some again. 0 or -errno as of cids_bar(). */
int pool_bar(const struct pool *pool, uint32_t entity, bool barred);

/* Make a node a plain group again: free its own cids and its region; its scheduler must be gone. 0 or -errno. */
int pool_free(const struct pool *pool, uint32_t entity);

/* The pool's pages, and those that the kernel took for itself. */
void pool_read(const struct pool *pool, struct pool_status *ret);

static inline const struct pool_hdr *pool_hdr(void)
{
	return (const struct pool_hdr *)POOL_HDR_ADDR;
}

static inline const struct cid_state *pool_cids(void)
{
	return (const struct cid_state *)POOL_CIDS_ADDR;
}

static inline const struct entity *pool_entity(uint32_t nr)
{
	return (const struct entity *)POOL_ENTITIES_ADDR + nr;
}

#endif
