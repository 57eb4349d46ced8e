/* SPDX-License-Identifier: GPL-2.0 */
/*
 * delegation.bpf.h: which entity gets this CPU next. Root's, and every sub's that has children.
 *
 * Capabilities are static: each child is granted everything on every cid once, when it attaches. What is decided anew
 * each time that a CPU looks for work is who is asked first. The competitors of one scheduler are its children, and its
 * own tasks as one more, of weight 100. Each has a virtual time: CPU time scaled by 100 / weight, charged by whoever runs
 * the tasks (entity_charge). The competitor with work and the smallest virtual time is asked; if it brings nothing, the
 * next. So weights are kept and nothing is wasted. A task that wakes up when no cid is idle need not wait for that: it may
 * interrupt an entity that is ahead of its own (entity_lead), whatever the level at which the two compete.
 *
 * Who has work is told by nr_queued: a sub counts a task up when it queues it and down when the task leaves its custody
 * (ops.dequeue), in its own entity and in all above it. vnow is the virtual time that the competition has reached: one
 * that comes back from sleep starts at most ENTITY_CREDIT_NS behind it, and so keeps no bank of unused time.
 *
 * Writers: entity numbers and lists by sub_attach/sub_detach, which the kernel serialises; the rest with atomic
 * additions by everybody. A list is read without a lock: an entry is complete before it is linked.
 */
#ifndef SCX_TREE_DELEGATION_BPF_H
#define SCX_TREE_DELEGATION_BPF_H

#include "pool.bpf.h"

#define ENTITY_CREDIT_NS	10000000ull
#define ENTITY_MAX_LEVELS	4	/* SCX_SUB_MAX_DEPTH: root and three below */
#define ENTITY_MAX_TRIES	64	/* competitors asked in one dispatch before the CPU goes idle, or on with prev */
#define ENTITY_NONE		(~0u)
#define DELEGATION_ASK_NTH	16	/* in every so manyth dispatch of a cid, children that count no task are asked too */

static __always_inline bool time_before64(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

/* A competitor that comes back: no more than a small credit behind those that went on without it. */
static __always_inline void entity_wake(u64 __arena *vtime, u64 vnow)
{
	u64 floor = vnow - ENTITY_CREDIT_NS;

	if (time_before64(*vtime, floor))
		*vtime = floor;
}

/**
 * entity_queued - count a task in or out of an entity's queue
 * @nr: entity number of the scheduler that has the task
 * @delta: 1 when it queues the task, -1 when the task leaves its custody
 */
static __always_inline void entity_queued(u32 nr, s64 delta)
{
	entity_t *e = pool_entity_at(nr);
	u32 i;

	if (delta > 0 && e->nr_own <= 0)
		entity_wake(&e->own_vtime, e->vnow);
	__sync_fetch_and_add(&e->nr_own, delta);
	for (i = 0; i < ENTITY_MAX_LEVELS; i++) {
		entity_t *parent = pool_entity_at(e->parent);

		if (delta > 0 && e->nr_queued <= 0)
			entity_wake(&e->vtime, parent->vnow);
		__sync_fetch_and_add(&e->nr_queued, delta);
		if (!nr)
			break;
		nr = e->parent;
		e = parent;
	}
}

/*
 * While nobody waits beneath a scheduler, whoever runs there sets the time: who comes later does not find it behind by
 * all that it ran alone, and then the CPU to himself until the other has been starved for as long.
 */
static __always_inline void entity_pace(entity_t *e, u64 vtime)
{
	if (e->nr_queued <= 0 && time_before64(e->vnow, vtime))
		e->vnow = vtime;
}

/**
 * entity_charge - charge CPU time to an entity and to all above it
 * @nr: entity number of the scheduler whose task ran
 * @delta_ns: CPU time since the last charge
 */
static __always_inline void entity_charge(u32 nr, u64 delta_ns)
{
	entity_t *e = pool_entity_at(nr);
	u32 i;

	entity_pace(e, __sync_fetch_and_add(&e->own_vtime, delta_ns));
	for (i = 0; nr && i < ENTITY_MAX_LEVELS - 1; i++) {
		u64 vtime = __sync_fetch_and_add(&e->vtime, delta_ns * e->inv_weight >> 16);

		nr = e->parent;
		e = pool_entity_at(nr);
		entity_pace(e, vtime);
	}
}

/* Which of me's competitors a running entity belongs to: me itself, one of its children, or nobody. */
static __always_inline u32 entity_competitor(u32 me, u32 running)
{
	u32 i;

	for (i = 0; i < ENTITY_MAX_LEVELS; i++) {
		u32 parent;

		if (running == me)
			return me;
		parent = pool_entity_at(running)->parent;
		if (parent == me && running)
			return running;
		if (!running)
			break;
		running = parent;
	}
	return ENTITY_NONE;
}

/* The time with which a branch of `top` competes: a child's, or that of top's own tasks. */
static __always_inline u64 entity_branch_vtime(u32 top, u32 branch)
{
	return branch == top ? pool_entity_at(top)->own_vtime : pool_entity_at(branch)->vtime;
}

/**
 * entity_lead - how far a running entity is ahead of one that wants its cid
 *
 * Virtual ns, compared where the two compete: among the children of the nearest scheduler above both, which is one of the
 * two when that is above the other. 0 for an entity and itself. (Not static: the verifier then walks it once, not at
 * each call.)
 */
__noinline s64 entity_lead(u32 running, u32 wants)
{
	u32 r = running, w = wants, r_branch = running, w_branch = wants, i;

	bpf_for(i, 0, ENTITY_MAX_LEVELS * 2) {
		entity_t *er = pool_entity_at(r), *ew = pool_entity_at(w);
		u32 r_depth = er->depth, w_depth = ew->depth;

		if (r == w)
			break;
		if (r_depth >= w_depth) {
			r_branch = r;
			r = er->parent;
		}
		if (w_depth >= r_depth) {
			w_branch = w;
			w = ew->parent;
		}
	}
	return entity_branch_vtime(r, r_branch) - entity_branch_vtime(w, w_branch);
}

/* Where a scan of the competitors stands: the last one asked. Competitors are ordered by (vtime, number). */
struct delegation_scan {
	u64 vtime;
	u32 nr;		/* ENTITY_NONE: nobody has been asked yet */
};

static __always_inline bool delegation_after(u64 v1, u32 n1, u64 v2, u32 n2)
{
	return v1 == v2 ? n1 > n2 : time_before64(v2, v1);
}

/**
 * delegation_next - the competitor to ask next
 * @me: the scheduler whose dispatch runs
 * @running: the competitor whose task is on the cid now and may go on, or ENTITY_NONE
 * @scan: the last one asked; answers the new one
 *
 * Returns the competitor's entity number (me: its own tasks), ENTITY_NONE when all with work have been asked.
 */
static __noinline u32 delegation_next(u32 me, u32 running, struct delegation_scan *scan)
{
	entity_t *e = pool_entity_at(me);
	u64 best_v = 0, v;
	u32 best = ENTITY_NONE, nr, i;

	if (!scan)
		return ENTITY_NONE;
	v = e->own_vtime;
	if ((e->nr_own > 0 || running == me) &&
	    (scan->nr == ENTITY_NONE || delegation_after(v, me, scan->vtime, scan->nr))) {
		best = me;
		best_v = v;
	}
	nr = e->first_child;
	bpf_for(i, 0, POOL_MAX_ENTITIES) {
		entity_t *c = pool_entity_at(nr);

		if (!nr)
			break;
		v = c->vtime;
		if ((c->nr_queued > 0 || running == nr) && c->parent == me &&
		    (scan->nr == ENTITY_NONE || delegation_after(v, nr, scan->vtime, scan->nr)) &&
		    (best == ENTITY_NONE || delegation_after(best_v, best, v, nr))) {
			best = nr;
			best_v = v;
		}
		barrier_var(best);
		nr = c->next_sibling;
	}
	scan->vtime = best_v;
	scan->nr = best;
	return best;
}

/**
 * delegation_ask_uncounted - ask the children that count no task
 * @me: the scheduler whose dispatch runs
 * @running: the competitor whose task is on the cid, asked in its turn anyway
 * @parents: only those that have children themselves
 *
 * The kernel may hold runnable tasks of a child that no nr_queued tells of, and gives them to a cid only when the child is
 * asked: those that were sent to a cid just as its CPU went away, and, while a scheduler comes or goes, its tasks, with
 * its parent. True when one of the children brought something.
 */
static __noinline bool delegation_ask_uncounted(u32 me, u32 running, bool parents)
{
	u32 nr = pool_entity_at(me)->first_child, i;

	bpf_for(i, 0, POOL_MAX_ENTITIES) {
		entity_t *c = pool_entity_at(nr);

		if (!nr)
			break;
		if (c->nr_queued <= 0 && nr != running && (c->first_child || !parents) &&
		    scx_bpf_sub_dispatch(c->cgroup_id))
			return true;
		nr = c->next_sibling;
	}
	return false;
}

/* The competition has come this far. */
static __always_inline void delegation_advance(u32 me, u64 vtime)
{
	entity_t *e = pool_entity_at(me);

	if (time_before64(e->vnow, vtime))
		e->vnow = vtime;
}

/**
 * delegation_attach - take a child in: find its entity, link it, grant it every capability on our cids
 * @me: the parent's entity number
 * @cgroup_id: the child's
 * @cids: arena address of a cmask: the cids to grant, all of which the parent holds
 *
 * From ops.sub_attach() only. -ENOENT when the loader has made no entity for the cgroup beneath this parent: a scheduler
 * that is not of the tree. Else what scx_bpf_sub_grant() answers.
 */
static __noinline s32 delegation_attach(u32 me, u64 cgroup_id, u64 cids)
{
	entity_t *e = pool_entity_at(me);
	u32 i;
	s32 ret;

	bpf_for(i, 1, POOL_MAX_ENTITIES) {
		entity_t *c = pool_entity_at(i);

		if (c->state != ENTITY_RESERVED || c->cgroup_id != cgroup_id || c->parent != me)
			continue;
		ret = scx_bpf_sub_grant(cgroup_id, SCX_CAP_ENQ_IMMED | SCX_CAP_ENQ | SCX_CAP_PREEMPT | SCX_CAP_PERF,
					pool_ptr(struct scx_cmask __arena, cids), NULL);
		if (ret)
			return ret;
		c->vtime = e->vnow;
		c->next_sibling = e->first_child;
		c->state = ENTITY_ATTACHED;
		e->first_child = i;
		return 0;
	}
	return -ENOENT;
}

/**
 * delegation_detach - let a child go: unlink it, take what it still counts out of everybody above it
 *
 * From ops.sub_detach() only: the child's tasks are the parent's by then.
 */
static __noinline s32 delegation_detach(u32 me, u64 cgroup_id)
{
	entity_t *e = pool_entity_at(me);
	u32 prev = 0, nr = e->first_child, i;

	bpf_for(i, 0, POOL_MAX_ENTITIES) {
		entity_t *c = pool_entity_at(nr);

		if (!nr)
			return -ENOENT;
		if (c->cgroup_id == cgroup_id)
			break;
		prev = nr;
		nr = c->next_sibling;
	}
	if (prev)
		pool_entity_at(prev)->next_sibling = pool_entity_at(nr)->next_sibling;
	else
		e->first_child = pool_entity_at(nr)->next_sibling;
	entity_queued(nr, -pool_entity_at(nr)->nr_queued);
	pool_entity_at(nr)->state = ENTITY_RESERVED;
	return 0;
}

/* A child's cpu.weight changed. From ops.cpuctl_set_weight(): the kernel tells the parent. */
static __noinline void delegation_set_weight(u32 me, u64 cgroup_id, u32 weight)
{
	u32 nr = pool_entity_at(me)->first_child, i;

	bpf_for(i, 0, POOL_MAX_ENTITIES) {
		entity_t *c = pool_entity_at(nr);

		if (!nr)
			return;
		if (c->cgroup_id == cgroup_id) {
			entity_set_weight(c, weight);
			return;
		}
		nr = c->next_sibling;
	}
}

#endif
