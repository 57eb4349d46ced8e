/* SPDX-License-Identifier: GPL-2.0 */
/*
 * turns.bpf.h: the bound on waiting. Root's.
 *
 * A share can be so small, and a crowd so large, that a task's turn comes later than the kernel's watchdog, which would end its
 * scheduler. So whoever has waited for TURN_AFTER_NS, whatever his weight, his limit and how many wait beside him, is given a
 * cid for a moment, TURN_NS, ahead of everybody. It is charged as any other CPU time is, so what is given ahead of a share is
 * paid back out of it. All such moments together take TURN_PERCENT of a cid at the most: so 1,200 tasks a second have one on
 * each cid, and ten thousand on one cid before the watchdog comes.
 *
 * Nothing is kept for this where tasks wait. Each cid, when it looks for work, goes on looking through the regions, a few task
 * contexts at a time, for one that has waited for too long and may run on it. A foreign scheduler has no contexts: it is asked
 * in its turn again, though nothing was seen of it.
 */
#ifndef SCX_TREE_TURNS_BPF_H
#define SCX_TREE_TURNS_BPF_H

#include "../sub-scheds/sub.bpf.h"

#define TURN_AFTER_NS	4000000000ull
#define TURN_NS		15000ull	/* how long such a task runs */
#define TURN_COST_NS	25000ull	/* what that takes of the credit, the switch included */
#define TURN_PERCENT	3
#define TURN_CREDIT_NS	4000000ull	/* the most credit that a cid saves up */
#define TURN_EVERY_NS	3000000ull	/* how often a cid looks */
#define TURN_LOOKS	256		/* at how many nodes and contexts */

/* Has a task waited for too long that may run on this cid? */
static __always_inline bool turn_is_due(region_t *r, sub_task_t *t, s32 cid, u64 now)
{
	u64 since = t->queued_at;

	return since && (s64)(now - since) > (s64)TURN_AFTER_NS &&
	       pool_has(pool_ptr(struct scx_cmask __arena, (u64)t + r->ctx_bytes), cid) &&
	       pool_has(pool_ptr(struct scx_cmask __arena, r->usable), cid);
}

/* The next such task from where the cid's last look ended; 0: none among those looked at. */
static __noinline u64 turn_find(s32 cid, u64 now)
{
	cid_state_t *c = pool_cid(cid);
	u32 nr = c->look_entity, i;
	u64 task = c->look_task, found = 0;

	bpf_for(i, 0, TURN_LOOKS) {
		region_t *r = pool_ptr(region_t, pool_entity_at(nr)->region);
		sub_task_t *t;

		if (!(u64)r || task >= r->slab_next) {
			if (pool_entity_at(nr)->foreign)
				foreign_count(nr);
			task = 0;
			nr = !nr ? pool_hdr()->first_node : (u64)r ? pool_entity_at(nr)->next_node : 0;
			barrier_var(nr);
			continue;
		}
		t = sub_task_at(r->slab + task * r->slab_stride);
		task++;
		barrier_var(task);
		if (turn_is_due(r, t, cid, now)) {
			found = (u64)t;
			break;
		}
	}
	c->look_entity = nr;
	c->look_task = task;
	return found;
}

/**
 * turn_next - is it a waiting task's turn on this cid?
 *
 * From root's dispatch. Returns its context's arena address, 0: no.
 */
static __noinline u64 turn_next(s32 cid, u64 now)
{
	cid_state_t *c = pool_cid(cid);
	s64 since = now - c->looked_at;
	u64 found;

	if (since < (s64)TURN_EVERY_NS && c->credit_ns < TURN_COST_NS)
		return 0;
	if (since >= (s64)TURN_EVERY_NS) {
		c->looked_at = now;
		c->credit_ns += since > 1000000000 ? TURN_CREDIT_NS : since * TURN_PERCENT / 100;
		if (c->credit_ns > TURN_CREDIT_NS)
			c->credit_ns = TURN_CREDIT_NS;
	} else if (!c->turn_again) {
		return 0;
	}
	c->turn_again = 0;
	if (c->credit_ns < TURN_COST_NS)
		return 0;
	found = turn_find(cid, now);
	if (!found)
		return 0;
	c->credit_ns -= TURN_COST_NS;
	c->turn_again = 1;
	return found;
}

#endif
