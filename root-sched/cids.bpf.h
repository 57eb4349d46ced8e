/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cids.bpf.h: root's part in what is known of each cid: what is near it, and which node has it as its own.
 *
 * The loader *gives* a node cids before it attaches a scheduler (cids_own), and they go back when it has detached it; a node
 * beneath another may be given some of that one's. Whose own a cid is *in effect*, its owner, is the deepest node that was given
 * it and can use any of its cids: while all their CPUs are off, or the cgroup's cpuset has none of them (cids_bar), the node
 * has none, and competes with everybody for all (cids_review). What follows for each scheduler is its `home` mask, and what its
 * parent grants it (sub_regrant).
 *
 * Writers: the loader's programs, which run one at a time, and root's callbacks for CPUs that go and come, which the kernel
 * serialises. Should the two meet, the next of either puts right what this one got wrong.
 */
#ifndef SCX_TREE_CIDS_BPF_H
#define SCX_TREE_CIDS_BPF_H

#include "exclusive.bpf.h"

/* The node at or above an entity's parent whose scheduler has it. */
static __always_inline u32 cids_above(u32 nr)
{
	return pool_entity_at(pool_entity_at(nr)->parent)->sched;
}

/* Find the owner of a cid, and bring the cid's bit in everybody's home mask up to date. */
static __noinline void cids_find_owner(u32 cid)
{
	u32 owner = pool_cid(cid)->given, nr;

	while (owner && !pool_entity_at(owner)->exclusive && can_loop)
		owner = pool_entity_at(owner)->parent;
	pool_cid(cid)->owner = owner;
	exclusive_set_home(pool_ptr(region_t, pool_entity_at(ENTITY_ROOT)->region), cid);
	for (nr = pool_hdr()->first_node; nr && can_loop; nr = pool_entity_at(nr)->next_node)
		exclusive_set_home(pool_ptr(region_t, pool_entity_at(nr)->region), cid);
}

/* All cids anew: nodes may use others now. */
static __noinline void cids_find_owners(void)
{
	pool_hdr_t *hdr = pool_hdr();
	u32 nr_owned = 0, cid;

	bpf_for(cid, 0, hdr->nr_cids) {
		cids_find_owner(cid);
		nr_owned += !!pool_cid(cid)->owner;
	}
	hdr->nr_owned = nr_owned;
	__sync_fetch_and_add(&hdr->grants, 1);
}

/* Can a node use any of the cids that it was given? */
static __noinline bool cids_can_use(u32 nr)
{
	u32 cid;

	if (pool_entity_at(nr)->barred)
		return false;
	bpf_for(cid, 0, pool_hdr()->nr_cids)
		if (pool_cid(cid)->online && group_is_in(pool_cid(cid)->given, nr))
			return true;
	return false;
}

/* A CPU or a cpuset has changed: which nodes have cids of their own? */
static __noinline void cids_review(void)
{
	bool changed = false;
	u32 nr;

	for (nr = pool_hdr()->first_node; nr && can_loop; nr = pool_entity_at(nr)->next_node) {
		entity_t *e = pool_entity_at(nr);
		bool exclusive = e->owns && cids_can_use(nr);

		if (e->exclusive == exclusive)
			continue;
		e->exclusive = exclusive;
		place_at(e->machine.up)->queue.parked_until = 0;
		changed = true;
	}
	if (!changed)
		return;
	cids_find_owners();
	group_weigh_own();
}

/*
 * A CPU has gone off, or has come back. The kernel takes the subs' capabilities on its cid meanwhile, and tells them nothing of that:
 * only, when it is back, what has changed.
 */
static __noinline void cids_set_online(u32 cid, bool online)
{
	u32 nr;

	pool_cid(cid)->online = online;
	pool_set(sub_usable(), cid, online);
	for (nr = pool_hdr()->first_node; nr && can_loop; nr = pool_entity_at(nr)->next_node) {
		region_t *r = pool_ptr(region_t, pool_entity_at(nr)->region);

		pool_set(pool_ptr(struct scx_cmask __arena, r->usable), cid,
			 online && (region_cid(r, cid)->ecaps & SCX_CAP_ENQ));
	}
	cids_find_owner(cid);
	cids_review();
}

/**
 * cids_own - give an entity, which is not attached yet, cids of its own
 */
SEC("syscall")
int cids_own(struct pool_own_args *args)
{
	u32 nr = args->entity, first = args->first, end = args->end, above = cids_above(nr), cid;

	args->err = -EINVAL;
	if (!nr || first >= end || end > pool_hdr()->nr_cids)
		return 0;
	args->err = -EBUSY;
	bpf_for(cid, first, end)
		if (pool_cid(cid)->given != above)
			return 0;
	bpf_for(cid, first, end)
		pool_cid(cid)->given = nr;
	pool_entity_at(nr)->owns = 1;
	pool_entity_at(nr)->exclusive = cids_can_use(nr);
	cids_find_owners();
	args->err = 0;
	return 0;
}

/**
 * cids_bar - the cpuset of a node with cids of its own leaves it none of them, or some again
 */
SEC("syscall")
int cids_bar(struct pool_bar_args *args)
{
	entity_t *e = pool_entity_at(args->entity);

	args->err = -EINVAL;
	if (!args->entity || !e->owns)
		return 0;
	e->barred = args->barred;
	cids_review();
	args->err = 0;
	return 0;
}

/* An entity's own cids go back to the one above, or to everybody. */
static __noinline void cids_disown(u32 nr)
{
	entity_t *e = pool_entity_at(nr);
	u32 above = cids_above(nr), cid;

	e->owns = 0;
	e->barred = 0;
	e->exclusive = 0;
	if (!pool_entity_at(above)->owns)
		above = 0;
	bpf_for(cid, 0, pool_hdr()->nr_cids)
		if (pool_cid(cid)->given == nr)
			pool_cid(cid)->given = above;
	cids_find_owners();
	place_at(e->machine.up)->queue.parked_until = 0;
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
