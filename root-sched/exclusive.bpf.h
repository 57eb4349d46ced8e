/* SPDX-License-Identifier: GPL-2.0 */
/*
 * exclusive.bpf.h: nodes with cids of their own.
 *
 * Such a node, the *owner*, has capabilities on its own cids only, so it runs nowhere else; all others keep theirs on all.
 * On an own cid its branch is asked before anybody competes, and interrupts whoever else runs there when one of its tasks
 * wakes up (group_lead); nobody interrupts it. So others run there only while it has nothing for the cid. As it does not
 * compete, its virtual time stands still, and in the queue above it is parked.
 *
 * An owner that can use none of its cids, as their CPUs are off or its cpuset has none of them, has none until that is over, and
 * competes with everybody for all (cids.bpf.h).
 *
 * A task of another node that may run only on owned cids waits for one of them, bound as any other. It would starve beside an
 * owner that never sleeps: every LEND_NS the tasks that are bound to the cid are asked first.
 */
#ifndef SCX_TREE_EXCLUSIVE_BPF_H
#define SCX_TREE_EXCLUSIVE_BPF_H

#include "groups.bpf.h"

#define LEND_NS		50000000ull

static __always_inline struct scx_cmask __arena *region_home(region_t *r)
{
	return pool_ptr(struct scx_cmask __arena, r->home);
}

/* Is this cid nobody's, ours, or of one above us, and can we use it? */
static __always_inline void exclusive_set_home(region_t *r, u32 cid)
{
	pool_set(region_home(r), cid,
		 pool_has(pool_ptr(struct scx_cmask __arena, r->usable), cid) &&
			 group_is_in(r->entity, pool_cid(cid)->owner));
}

/**
 * exclusive_cut - leave of the cids to grant to a child only its own
 * @nr: the child, which has some
 * @cids: arena address of a cmask
 */
static __noinline void exclusive_cut(u32 nr, u64 cids)
{
	u32 nr_cids = pool_hdr()->nr_cids, cid;

	bpf_for(cid, 0, nr_cids)
		if (!group_is_in(pool_cid(cid)->owner, nr))
			pool_set(pool_ptr(struct scx_cmask __arena, cids), cid, false);
}

/* Is it time to ask others than the owner? */
static __always_inline bool exclusive_lends(cid_state_t *c)
{
	u64 now;

	if (c->bound.queue.nr <= 0)
		return false;
	now = scx_bpf_now();
	if (now - c->lent_at < LEND_NS)
		return false;
	c->lent_at = now;
	return true;
}

#endif
