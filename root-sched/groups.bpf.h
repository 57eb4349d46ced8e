/* SPDX-License-Identifier: GPL-2.0 */
/*
 * groups.bpf.h: the tree of cgroups, as the kernel tells it: an entity for each cgroup with the cpu controller, node or not,
 * with its weight, its cpu.idle and its cpu.max, and its places.
 *
 * Of each cgroup the kernel tells one scheduler: that of the nearest node at or above it (cpuctl_init, cpuctl_exit). When a sub
 * attaches, its cgroup and all below are told to it, and only then taken from the one above; when it ends, the other way round.
 * So the entity stays, with all that it was promised and has had, and `sched` says whose scheduler queues its tasks. Knobs of a
 * node's own cgroup are written by its parent's scheduler.
 *
 * A cgroup that gets no entity (the table is full, or it lies too deep) competes as part of the one above: `groups` leads there.
 *
 * What a task runs is charged to its group and to all above (group_charge), gathered in batches by who calls it.
 *
 * Writers: the kernel serialises the cpuctl callbacks, of all schedulers, by the cgroup lock; slots are taken with
 * compare-and-exchange, as the loader's programs take some, too.
 */
#ifndef SCX_TREE_GROUPS_BPF_H
#define SCX_TREE_GROUPS_BPF_H

#include "queue.bpf.h"
#include "bandwidth.bpf.h"

#define PLACE_BYTES		sizeof(struct place)
#define GROUP_KERNEL_WEIGHT	10000	/* of the kernel's threads together: what others wait for is ahead of everybody */

/**
 * group_of - the entity of a cgroup
 *
 * Returns 0 when there is none, as that is root's, to which no task belongs.
 */
static __always_inline u32 group_of(u64 cgroup_id)
{
	u32 *nr = bpf_map_lookup_elem(&groups, &cgroup_id);

	return nr ? *nr : 0;
}

static __always_inline u64 group_cgroup_id(struct cgroup *cgrp)
{
	return BPF_CORE_READ(cgrp, kn, id);
}

static __always_inline void place_init(place_t *p, u64 up, u32 entity, s32 cid, u32 weight, u64 vtime)
{
	p->rival.key = 0;
	p->rival.vtime = vtime;
	p->rival.child = 0;
	p->rival.next = 0;
	p->rival.prev = 0;
	p->rival.weight = weight;
	p->rival.kind = RIVAL_PLACE;
	p->rival.running = 0;
	p->rival.state = RIVAL_OUT;
	p->queue.top = 0;
	p->queue.clock = 0;
	p->queue.load = 0;
	p->queue.nr = 0;
	p->queue.parked = 0;
	p->queue.parked_until = 0;
	p->up = up;
	p->sibling = 0;
	p->entity = entity;
	p->cid = cid;
	p->last = 0;
}

/* A place goes: take it out of the queue above, wherever it is there. */
static __noinline void place_leave(u64 addr)
{
	place_t *p = place_at(addr);
	struct bpf_res_spin_lock *lock = queue_lock(p->up);
	queue_t *q = &place_at(p->up)->queue;
	u64 prev = 0, at;

	if (!p->up || p->rival.state == RIVAL_OUT || !lock || bpf_res_spin_lock(lock))
		return;
	if (p->rival.state == RIVAL_IN) {
		heap_remove(q, addr);
	} else if (p->rival.state == RIVAL_PARKED) {
		at = q->parked;
		while (at && at != addr && can_loop) {
			prev = at;
			at = rival_at(at)->next;
		}
		if (at && prev)
			rival_at(prev)->next = p->rival.next;
		else if (at)
			q->parked = p->rival.next;
	}
	p->rival.state = RIVAL_OUT;
	bpf_res_spin_unlock(lock);
}

/* An entity's place on a cid; 0: it has none. */
static __always_inline u64 place_find(u32 nr, s32 cid)
{
	u64 addr = nr ? pool_entity_at(nr)->places : (u64)&pool_cid(cid)->bound;

	while (nr && addr && place_at(addr)->cid != cid && can_loop)
		addr = place_at(addr)->sibling;
	return addr;
}

/* A free slot of the table of places; 0: it is full. The lock of place 0 is held. */
static __always_inline u64 place_take(void)
{
	pool_hdr_t *hdr = pool_hdr();
	u64 addr = hdr->free_places;

	if (addr) {
		hdr->free_places = place_at(addr)->sibling;
	} else if (hdr->nr_places < hdr->nr_entities) {
		addr = hdr->places + hdr->nr_places * PLACE_BYTES;
		hdr->nr_places++;
	}
	return addr;
}

/**
 * place_bound - an entity's place on a cid; it is made, and those of all above it, when there is none
 *
 * Returns its arena address; when no more can be made, that of the nearest one above, in the end root's.
 */
__noinline u64 place_bound(u32 nr, s32 cid)
{
	struct bpf_res_spin_lock *lock = queue_lock(0);
	u64 addr = place_find(nr, cid), first = 0, below = 0;
	u32 i;

	if (addr)
		return addr;
	if (!lock || bpf_res_spin_lock(lock))
		return (u64)&pool_cid(cid)->bound;
	bpf_for(i, 0, POOL_MAX_LEVELS) {
		entity_t *e = pool_entity_at(nr);
		u32 at = nr;

		addr = place_find(nr, cid);
		if (addr)
			break;
		nr = e->parent;
		barrier_var(nr);
		addr = place_take();
		if (!addr)
			continue;
		place_init(place_at(addr), 0, at, cid, e->machine.rival.weight, 0);
		place_at(addr)->sibling = e->places;
		e->places = addr;
		if (below)
			place_at(below)->up = addr;
		else
			first = addr;
		below = addr;
		addr = 0;
	}
	if (!addr)
		addr = (u64)&pool_cid(cid)->bound;
	if (below)
		place_at(below)->up = addr;
	bpf_res_spin_unlock(lock);
	return first ?: addr;
}

/* Give an entity's places on cids back. */
static __noinline void place_free_all(entity_t *e)
{
	struct bpf_res_spin_lock *lock = queue_lock(0);
	u64 addr = e->places, rest;

	while (addr && can_loop) {
		place_leave(addr);
		addr = place_at(addr)->sibling;
	}
	if (!lock || bpf_res_spin_lock(lock))
		return;
	addr = e->places;
	e->places = 0;
	while (addr && can_loop) {
		rest = place_at(addr)->sibling;
		place_at(addr)->sibling = pool_hdr()->free_places;
		pool_hdr()->free_places = addr;
		addr = rest;
	}
	bpf_res_spin_unlock(lock);
}

/*
 * Another weight for a place: what it is ahead of the others, or behind, is CPU time, and another virtual time then. (As fair.c
 * does it.)
 */
static __noinline void place_weigh(u64 addr, u32 weight)
{
	place_t *p = place_at(addr);
	struct bpf_res_spin_lock *lock = queue_lock(p->up);
	queue_t *q = &place_at(p->up)->queue;
	u32 was = p->rival.weight;
	bool in;
	s64 lag;

	if (!p->up || was == weight || !lock || bpf_res_spin_lock(lock))
		return;
	in = p->rival.state == RIVAL_IN;
	if (in)
		heap_remove(q, addr);
	lag = p->rival.vtime - q->clock;
	p->rival.weight = weight;
	p->rival.vtime = q->clock + (lag < 0 ? -(u64)(-lag * was / weight) : lag * was / weight);
	if (in)
		heap_push(q, addr);
	bpf_res_spin_unlock(lock);
}

/* An entity's weight, in all its places. */
static __noinline void group_weigh(u32 nr)
{
	entity_t *e = pool_entity_at(nr);
	u32 weight = pool_load_weight(e->weight, e->idle) ?: 1;
	u64 addr = e->places;

	place_weigh((u64)&e->machine, weight);
	while (addr && can_loop) {
		place_weigh(addr, weight);
		addr = place_at(addr)->sibling;
	}
}

/* What the root cgroup's own tasks weigh among root's groups, whose weights are others now. */
static __noinline void group_weigh_own(void)
{
	u32 nr = pool_hdr()->first_node, heaviest = 0;

	while (nr && can_loop) {
		entity_t *e = pool_entity_at(nr);

		if (!e->parent && !e->exclusive && e->weight > heaviest)
			heaviest = e->weight;
		nr = e->next_node;
	}
	pool_entity_at(ENTITY_OWN)->weight = pool_own_weight(heaviest);
	group_weigh(ENTITY_OWN);
}

/* Make a slot, which is ours, the entity of a cgroup, or of none (0). */
static __noinline void group_make(u32 nr, u64 cgroup_id, u32 parent, u32 weight)
{
	entity_t *e = pool_entity_at(nr), *above = pool_entity_at(parent);
	pool_hdr_t *hdr = pool_hdr();

	e->cgroup_id = cgroup_id;
	e->region = 0;
	e->generation = __sync_fetch_and_add(&hdr->generation, 1) + 1;
	e->parent = parent;
	e->sched = above->sched;
	e->weight = weight ?: 100;
	e->depth = nr ? above->depth + 1 : 0;
	e->known = 0;
	e->idle = 0;
	e->exclusive = 0;
	e->owns = 0;
	e->barred = 0;
	e->foreign = 0;
	e->limited = 0;
	e->limits = nr ? above->limits : 0;
	e->places = 0;
	e->seen = 0;
	e->wants = 0;
	e->nr_throttled = 0;
	e->nr_periods = 0;
	e->throttled_ns = 0;
	e->used_ns = 0;
	e->reserved_ns = 0;
	place_init(&e->machine, nr ? (u64)&above->machine : 0, nr, -1, pool_load_weight(e->weight, 0),
		   nr ? above->machine.queue.clock : 0);
}

/* A free slot, which is then ENTITY_PLAIN; 0: there is none. The search goes on where the last one ended. */
static __noinline u32 group_take_slot(void)
{
	pool_hdr_t *hdr = pool_hdr();
	u32 nr_entities = hdr->nr_entities, i, nr;

	bpf_for(i, 0, nr_entities) {
		nr = hdr->next_slot;
		if (nr < ENTITY_FIRST || nr >= nr_entities)
			nr = ENTITY_FIRST;
		hdr->next_slot = nr + 1;
		if (pool_entity_at(nr)->state == ENTITY_FREE &&
		    __sync_val_compare_and_swap(&pool_entity_at(nr)->state, ENTITY_FREE, ENTITY_PLAIN) == ENTITY_FREE)
			return nr;
	}
	return 0;
}

/* An entity of which neither the kernel nor the loader knows any more. */
static __noinline void group_drop(u32 nr)
{
	entity_t *e = pool_entity_at(nr);
	u64 id = e->cgroup_id;

	if (e->known || e->region)
		return;
	bpf_map_delete_elem(&groups, &id);
	bandwidth_set(nr, 0, BANDWIDTH_NO_QUOTA, 0);
	bandwidth_forget(nr);
	place_leave((u64)&e->machine);
	place_free_all(e);
	__sync_fetch_and_add(&pool_hdr()->nr_groups, -1);
	e->cgroup_id = 0;
	e->state = ENTITY_FREE;
}

/**
 * group_new - the entity of a cgroup, made when there is none
 * @parent: entity number
 *
 * Returns its number; the parent's when there is no room.
 */
static __noinline u32 group_new(u64 cgroup_id, u32 parent, u32 weight)
{
	u32 nr = group_of(cgroup_id);

	if (nr && pool_entity_at(nr)->cgroup_id == cgroup_id)
		return nr;
	nr = pool_entity_at(parent)->depth + 1 < POOL_MAX_LEVELS ? group_take_slot() : 0;
	if (nr) {
		group_make(nr, cgroup_id, parent, weight);
		__sync_fetch_and_add(&pool_hdr()->nr_groups, 1);
	} else {
		nr = parent;
		__sync_fetch_and_add(&pool_hdr()->nr_left_out, 1);
	}
	bpf_map_update_elem(&groups, &cgroup_id, &nr, BPF_ANY);
	return nr;
}

/**
 * group_init - ops.cpuctl_init: a cgroup is ours from now on
 * @me: the node whose scheduler is told
 *
 * Returns the entity, which may be that of a cgroup above. Never fails: a cgroup that can't be made is somebody's service that
 * does not start.
 */
static __always_inline u32 group_init(u32 me, struct cgroup *cgrp, struct scx_cgroup_init_args *args)
{
	u64 id = group_cgroup_id(cgrp);
	entity_t *e;
	u32 nr;

	if (!BPF_CORE_READ(cgrp, level)) {
		bpf_map_update_elem(&groups, &id, &me, BPF_ANY);
		return ENTITY_ROOT;
	}
	nr = group_new(id, group_of(BPF_CORE_READ(cgrp, self.parent, cgroup, kn, id)), args->weight);
	e = pool_entity_at(nr);
	if (e->cgroup_id != id)
		return nr;
	e->known = 1;
	e->sched = me;
	e->weight = args->weight ?: 100;
	e->idle = args->sched_idle;
	group_weigh(nr);
	bandwidth_set(nr, args->bw_period_us, args->bw_quota_us, args->bw_burst_us);
	return nr;
}

/*
 * Is a cgroup's cpu controller going for good, and not the cgroup only from one scheduler to the other?
 */
static __always_inline bool group_is_dying(struct cgroup *cgrp)
{
	struct cgroup_subsys_state *css;

	css = BPF_CORE_READ(cgrp, subsys[bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id)]);
	return !css || (BPF_CORE_READ(css, flags) & CSS_DYING);
}

/* ops.cpuctl_exit: a cgroup is ours no more. */
static __always_inline void group_exit(u32 me, struct cgroup *cgrp)
{
	u64 id = group_cgroup_id(cgrp);
	u32 nr = group_of(id);
	entity_t *e = pool_entity_at(nr);

	if (!nr || e->cgroup_id != id) {
		if (nr && group_is_dying(cgrp))
			bpf_map_delete_elem(&groups, &id);
		return;
	}
	if (e->sched != me || !group_is_dying(cgrp))
		return;
	e->known = 0;
	group_drop(nr);
}

static __always_inline void group_set_weight(struct cgroup *cgrp, u32 weight)
{
	u32 nr = group_of(group_cgroup_id(cgrp));

	if (!nr || pool_entity_at(nr)->cgroup_id != group_cgroup_id(cgrp))
		return;
	pool_entity_at(nr)->weight = weight ?: 100;
	group_weigh(nr);
	if (pool_entity_at(nr)->region)
		group_weigh_own();
}

static __always_inline void group_set_idle(struct cgroup *cgrp, bool idle)
{
	u32 nr = group_of(group_cgroup_id(cgrp));

	if (!nr || pool_entity_at(nr)->cgroup_id != group_cgroup_id(cgrp))
		return;
	pool_entity_at(nr)->idle = idle;
	group_weigh(nr);
}

/* Charge CPU time to a place and to all above it. */
static __always_inline void place_charge(u64 place, u64 ns)
{
	u32 i;

	bpf_for(i, 0, POOL_MAX_LEVELS) {
		place_t *p = place_at(place);
		entity_t *e = place_entity(p);
		u64 up = p->up, scaled;

		if (!up)
			break;
		if (!e->exclusive || p->cid >= 0) {
			scaled = rival_scaled(&p->rival, ns);
			queue_advance(place_at(up), ns, queue_sum(place_at(up)), p->rival.weight,
				      __sync_fetch_and_add(&p->rival.vtime, scaled) + scaled);
		}
		if (e->limited && p->cid < 0)
			__sync_fetch_and_add(&e->used_ns, ns);
		place = up;
		barrier_var(place);
	}
}

/**
 * group_charge - charge CPU time to whoever a task belongs to
 * @place: arena address of the place where it competes
 *
 * What tasks that are bound to a cid have had counts there, against others that are bound to it, and on the machine, as
 * everything does.
 */
__noinline void group_charge(u64 place, u64 ns)
{
	place_t *p = place_at(place);

	if (!place)
		return;
	if (p->cid >= 0) {
		place_charge(place, ns);
		place = (u64)&place_entity(p)->machine;
	}
	place_charge(place, ns);
}

/* The place beneath @top that a place lies in, or is; 0 when it lies elsewhere. */
__noinline u64 place_branch(u64 top, u64 place)
{
	u32 i;

	bpf_for(i, 0, POOL_MAX_LEVELS) {
		u64 up;

		if (!place)
			break;
		up = place_at(place)->up;
		if (up == top)
			return place;
		place = up;
		barrier_var(place);
	}
	return 0;
}

/* Does an entity lie beneath another, or is it that one? */
__noinline bool group_is_in(u32 nr, u32 top)
{
	u32 i;

	bpf_for(i, 0, POOL_MAX_LEVELS) {
		if (nr == top)
			return true;
		if (!nr)
			break;
		nr = pool_entity_at(nr)->parent;
		barrier_var(nr);
	}
	return false;
}

/*
 * ops.cpuctl_set_bandwidth. An idle cid is to see that the group may run, and one that runs a task of the group's that it has no
 * chunk for yet.
 */
static __always_inline void group_set_bandwidth(struct cgroup *cgrp, u64 period_us, u64 quota_us, u64 burst_us)
{
	u32 nr = group_of(group_cgroup_id(cgrp)), nr_cids = pool_hdr()->nr_cids, cid;

	if (!nr || pool_entity_at(nr)->cgroup_id != group_cgroup_id(cgrp))
		return;
	bandwidth_set(nr, period_us, quota_us, burst_us);
	place_at(pool_entity_at(nr)->machine.up)->queue.parked_until = 0;
	bpf_for(cid, 0, nr_cids) {
		if (pool_has(pool_idle_mask(), cid))
			scx_bpf_kick_cid(cid, SCX_KICK_IDLE);
		else if (pool_cid(cid)->online && group_is_in(pool_cid(cid)->entity, nr))
			scx_bpf_kick_cid(cid, SCX_KICK_PREEMPT);
	}
}

/**
 * group_lead - how far a running group is ahead of one that wants its cid
 * @owner: whose own the cid is, 0: nobody's
 *
 * Virtual ns, compared where the two compete: among the children of the nearest group above both. 0 for a group and itself,
 * or one above. Without end for whoever runs on the cid of one who wants it, and the other way round.
 */
__noinline s64 group_lead(u32 running, u32 wants, u32 owner)
{
	u32 r = running, w = wants, r_branch = 0, w_branch = 0, i;

	if (owner) {
		bool ours = group_is_in(wants, owner);

		if (ours != group_is_in(running, owner))
			return ours ? 1ll << 62 : -(1ll << 62);
	}
	bpf_for(i, 0, POOL_MAX_LEVELS * 2) {
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
	if (!r_branch || !w_branch)
		return 0;
	return pool_entity_at(r_branch)->machine.rival.vtime - pool_entity_at(w_branch)->machine.rival.vtime;
}

#endif
