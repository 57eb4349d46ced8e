/* SPDX-License-Identifier: GPL-2.0 */
/*
 * grant.bpf.h: what the schedulers beneath this one may do, and on which cids: those that this one holds itself, but of a node
 * with cids of its own only these (exclusive.bpf.h).
 *
 * That changes while they run, when a node's CPUs go off or come back: root counts it in pool_hdr.grants, and each scheduler
 * grants anew before its next dispatch, as only the kernel's parent of a scheduler can.
 */
#ifndef SCX_TREE_GRANT_BPF_H
#define SCX_TREE_GRANT_BPF_H

#include "task.bpf.h"

#define GRANT_TRIES	1000000	/* looks whether another CPU is done with it */

TUNABLE(u32, grant_cids, 0, "cids", "0..4096",
	"the schedulers below may use our first so many cids only; 0: all of them");

/*
 * What a child may do. One of this tree everything: it places tasks by the rules of wake.bpf.h. A foreign one may run a task
 * where that can run at once, and where it is asked for one; not queue it before others', interrupt them or set the
 * frequency at which they run.
 */
static __always_inline u64 grant_caps(entity_t *c)
{
	return c->foreign ? SCX_CAP_ENQ_IMMED : SCX_CAP_ENQ_IMMED | SCX_CAP_ENQ | SCX_CAP_PREEMPT | SCX_CAP_PERF;
}

/* Grant a child what it may have now, and take the rest back. Others do not do so at the same time. */
static __noinline s32 grant_child(u32 nr)
{
	struct scx_cmask __arena *held = pool_ptr(struct scx_cmask __arena, sub_region()->held);
	u32 nr_cids = pool_hdr()->nr_cids, cid;
	entity_t *e = pool_entity_at(nr);
	s32 ret;

	ret = scx_bpf_sub_caps(0, SCX_CAP_ENQ, held);
	if (ret)
		return ret;
	if (grant_cids)
		bpf_for(cid, grant_cids, nr_cids)
			pool_set(held, cid, false);
	if (e->exclusive)
		exclusive_cut(nr, sub_region()->held);
	ret = scx_bpf_sub_grant(e->cgroup_id, grant_caps(e), held, NULL);
	if (ret || !e->owns)
		return ret;
	bpf_for(cid, 0, nr_cids)
		pool_set(held, cid, !pool_has(held, cid));
	scx_bpf_sub_revoke(e->cgroup_id, grant_caps(e), held);
	return 0;
}

/* The mask in which that is worked out is one. */
static __always_inline bool grant_begin(void)
{
	return !__sync_val_compare_and_swap(&sub_region()->granting, 0, 1);
}

static __always_inline void grant_end(void)
{
	__sync_lock_test_and_set(&sub_region()->granting, 0);
}

/* A child attaches. 0, -EBUSY, or the kernel's error. */
static __always_inline s32 sub_grant(u32 nr)
{
	s32 ret;
	u32 i;

	bpf_for(i, 0, GRANT_TRIES) {
		if (!grant_begin())
			continue;
		ret = grant_child(nr);
		grant_end();
		return ret;
	}
	return -EBUSY;
}

/* Nodes may use other cids than when we last granted. */
__noinline void grant_anew(void)
{
	u32 grants = pool_hdr()->grants, nr;

	if (!grant_begin())
		return;
	for (nr = pool_hdr()->first_node; nr && can_loop; nr = pool_entity_at(nr)->next_node) {
		entity_t *e = pool_entity_at(nr);

		if (e->owns && e->state == ENTITY_ATTACHED && pool_entity_at(e->parent)->sched == pool_entity)
			grant_child(nr);
	}
	sub_region()->granted = grants;
	grant_end();
}

static __always_inline void sub_regrant(void)
{
	if (sub_region()->granted != pool_hdr()->grants)
		grant_anew();
}

#endif
