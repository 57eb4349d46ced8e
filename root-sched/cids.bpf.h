/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cids.bpf.h: root's part in what is known of each cid: what is near it, and which node has it as its own.
 *
 * The owner of a cid is the deepest node that has it among its own: a node beneath an owner may have some of that one's.
 * Owners change only while the loader runs these programs, one at a time, before it attaches a scheduler and after it has
 * detached one. What follows from it for each scheduler is its `home` mask.
 */
#ifndef SCX_TREE_CIDS_BPF_H
#define SCX_TREE_CIDS_BPF_H

#include "exclusive.bpf.h"

/* Bring a cid's bit in everybody's home mask up to date. */
static __noinline void cids_new_owner(u32 cid, u32 owner)
{
	u32 i;

	pool_cid(cid)->owner = owner;
	bpf_for(i, 0, pool_hdr()->nr_entities) {
		u64 region = pool_entity_at(i)->region;

		if (region)
			exclusive_set_home(pool_ptr(region_t, region), cid);
	}
}

/**
 * cids_own - give an entity, which is not attached yet, cids of its own
 */
SEC("syscall")
int cids_own(struct pool_own_args *args)
{
	u32 nr = args->entity, first = args->first, end = args->end, cid;
	entity_t *e = pool_entity_at(nr);

	args->err = -EINVAL;
	if (!nr || first >= end || end > pool_hdr()->nr_cids)
		return 0;
	args->err = -EBUSY;
	bpf_for(cid, first, end) {
		if (pool_cid(cid)->owner != e->parent)
			return 0;
	}
	e->exclusive = 1;
	bpf_for(cid, first, end)
		cids_new_owner(cid, nr);
	if (!e->parent)
		pool_hdr()->nr_owned += end - first;
	args->err = 0;
	return 0;
}

/* An entity's own cids go back to the one above, or to everybody. */
static __noinline void cids_disown(u32 nr)
{
	u32 parent = pool_entity_at(nr)->parent, cid;

	bpf_for(cid, 0, pool_hdr()->nr_cids) {
		if (pool_cid(cid)->owner != nr)
			continue;
		cids_new_owner(cid, parent);
		if (!parent)
			pool_hdr()->nr_owned--;
	}
	pool_entity_at(nr)->exclusive = 0;
	place_at(pool_entity_at(nr)->machine.up)->queue.parked_until = 0;
}

/*
 * Publish the topology, from root's init. A cid of which the kernel knows none (its CPU was off) is a core, a cache and a
 * node for itself.
 */
static __noinline void cids_publish(u32 nr_cids)
{
	u32 cid;

	bpf_for(cid, 0, nr_cids) {
		cid_state_t *c = pool_cid(cid);
		struct scx_cid_topo topo;

		scx_bpf_cid_topo(cid, &topo, sizeof(topo));
		c->cpu = scx_bpf_cid_to_cpu(cid);
		c->core = topo.core_cid < 0 ? cid : topo.core_cid;
		c->llc = topo.llc_cid < 0 ? cid : topo.llc_cid;
		c->node = topo.node_cid < 0 ? cid : topo.node_cid;
		/* the first of each range gets to know its end */
		pool_cid(c->core)->core_end = cid + 1;
		pool_cid(c->llc)->llc_end = cid + 1;
		pool_cid(c->node)->node_end = cid + 1;
	}
	bpf_for(cid, 0, nr_cids) {
		cid_state_t *c = pool_cid(cid);

		c->core_end = pool_cid(c->core)->core_end;
		c->llc_end = pool_cid(c->llc)->llc_end;
		c->node_end = pool_cid(c->node)->node_end;
	}
}

#endif
