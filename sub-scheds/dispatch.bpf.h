/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dispatch.bpf.h: a CPU looks for work: who gets it. Root's, and every sub's that is asked by the one above it.
 *
 * From the scheduler's own group down, in each queue the one with the smallest virtual time is taken (queue.bpf.h): a task is
 * sent; a plain group's queue is looked into; a child that has a scheduler is asked (scx_bpf_sub_dispatch). What runs on the cid
 * is compared at each level, and goes on when it is first. A child that brings nothing is set aside until the dispatch is over.
 * So weights are kept at every level and nothing is wasted.
 *
 * A cid has two such trees: of what may run on any cid, and of what is bound to this one. Which side gets it, root decides
 * (root_side): the bound one when the group that would run there is behind on the machine as well; and in any case so
 * often that it has its share of this cid, by the weights of all groups that want it. Within that side the cid's own virtual
 * times count: whoever is bound to it shares it by weight, whatever his group has elsewhere.
 *
 * A place whose cpu.max is used up (bandwidth.bpf.h), or which is that of a node with cids of its own, is parked: out of the heap
 * until it is time to look again.
 *
 * A parent sees of a child's tasks only what the child publishes in the pool; prev, the task that ran, is NULL when it is another
 * scheduler's. So who runs where is what was sent there last (cid_state).
 */
#ifndef SCX_TREE_DISPATCH_BPF_H
#define SCX_TREE_DISPATCH_BPF_H

#include "wake.bpf.h"
#include "grant.bpf.h"

#define DISPATCH_TRIES		16		/* looks from the top in one dispatch before the CPU goes idle, or on with prev */
#define PARK_NS			100000000ull	/* after so long it is looked whether a node still has cids of its own */
#define FOREIGN_PAUSE_NS	100000ull	/* CPU time that a foreign scheduler loses by having nothing when it is asked */
#define FOREIGN_QUIET_NS	50000000ull	/* one of which nothing was seen for so long is not asked in its turn */

#define OVERLOOKED_NTH		16		/* in every so manyth dispatch of a cid, a child without work is asked */
#define OVERLOOKED_LOOKS	16		/* nodes looked at to find it */
#define UNSETTLED_S		10		/* how long after something came or went all are, before a cid goes idle */

#define FROM_MACHINE		-1
#define FROM_ANY		-2		/* of an owner: what it has, wherever */

/* What one dispatch has found out. */
struct hunt {
	s32 cid;
	u64 running;		/* the place where the task competes that runs here and may go on; 0: there is none */
	u64 prev;		/* that task's context, when it is ours */
	u64 aside;		/* the places that brought nothing: a list by next */
};

/* Take a place out of the heap until then. The queue's lock is held. */
static __always_inline void dispatch_park(queue_t *q, u64 addr, u64 now, u64 until)
{
	rival_t *n = rival_at(addr);

	heap_remove(q, addr);
	n->state = RIVAL_PARKED;
	n->next = q->parked;
	if (!q->parked || time_before64(until, q->parked_until))
		q->parked_until = until;
	q->parked = addr;
	bandwidth_parked(place_entity(place_at(addr)), now);
}

/* Until when a place may not compete; 0: it may. */
static __always_inline u64 dispatch_parks(u64 addr, u64 now)
{
	place_t *p = place_at(addr);
	u64 due = bandwidth_due(p->entity, now);

	return due ?: p->cid < 0 && place_entity(p)->exclusive ? now + PARK_NS : 0;
}

/* Put the parked places back that may run again. What they did not use meanwhile is no credit. The queue's lock is held. */
static __noinline void dispatch_unpark(queue_t *q, u64 now)
{
	u64 addr = q->parked, rest, until;

	q->parked = 0;
	while (addr && can_loop) {
		rival_t *n = rival_at(addr);

		rest = n->next;
		until = dispatch_parks(addr, now);
		if (until) {
			n->next = q->parked;
			if (!q->parked || time_before64(until, q->parked_until))
				q->parked_until = until;
			q->parked = addr;
		} else {
			bandwidth_unparked(place_entity(place_at(addr)), now);
			if (time_before64(n->vtime, q->clock - QUEUE_CREDIT_NS))
				n->vtime = q->clock - QUEUE_CREDIT_NS;
			heap_push(q, addr);
		}
		addr = rest;
	}
}

/*
 * Bring the top of a queue up to date: a task, or a place that has work and may run, with a key that is true. A place that is
 * alone stays though it has no work: it need not be put in again with every task. The queue's lock is held.
 */
static __noinline u64 dispatch_settle(queue_t *q, u64 now)
{
	u64 top = q->top, until;

	while (top && can_loop) {
		rival_t *n = rival_at(top);
		place_t *p = place_at(top);

		if (n->kind == RIVAL_TASK)
			return top;
		if (p->queue.nr <= 0) {
			if (!n->child)
				return 0;
			heap_remove(q, top);
			/*
			 * Who gets work from here on puts it in again; who got some before may have found it in. (The exchange
			 * for its full barrier.)
			 */
			__sync_lock_test_and_set(&n->state, RIVAL_OUT);
			if (p->queue.nr > 0)
				heap_push(q, top);
			top = q->top;
			continue;
		}
		until = dispatch_parks(top, now);
		if (until) {
			dispatch_park(q, top, now, until);
		} else if (n->key != n->vtime) {
			heap_remove(q, top);
			heap_push(q, top);
		} else {
			return top;
		}
		top = q->top;
	}
	return 0;
}

/* May what runs here go on before what is next? Both are rivals in one queue. */
static __always_inline bool dispatch_goes_on(u64 run, u64 top)
{
	return run && (!top || !time_before64(rival_at(top)->vtime, rival_at(run)->vtime));
}

/*
 * Is a task at the top of a queue to be taken out of it? Where it waits for this cid, or for any, it is: it may run here, or its
 * scheduler can use other cids since it was queued, and dispatch_send() has it queued anew. Where it is taken from another
 * cid only one that may run here.
 */
static __always_inline bool dispatch_takes(u64 here, u64 addr, s32 cid)
{
	s32 for_cid = place_at(here)->cid;

	return for_cid < 0 || for_cid == cid || sub_may_run(sub_task_at(addr), cid);
}

/**
 * dispatch_pick - who is next in the queue of a place of ours
 * @run: of those that compete in it what runs on the cid and may go on; 0: nobody
 *
 * Returns the rival: @run, a place, or a task, which is for dispatch_send() then; 0: there is nobody. A place that is alone in the
 * queue, and has no cpu.max, costs no lock.
 */
__noinline u64 dispatch_pick(u64 here, u64 run, s32 cid)
{
	queue_t *q = &place_at(here)->queue;
	u64 top = q->top, now;
	struct bpf_res_spin_lock *lock;

	if (run && rival_at(run)->kind == RIVAL_PLACE && place_entity(place_at(run))->limited &&
	    dispatch_parks(run, scx_bpf_now()))
		run = 0;
	if (!top && !q->parked)
		return run;
	if (top && !q->parked && rival_at(top)->kind == RIVAL_PLACE && !rival_at(top)->child) {
		entity_t *e = place_entity(place_at(top));

		if (!e->limited && !e->exclusive) {
			if (place_at(top)->queue.nr <= 0)
				return run;
			return dispatch_goes_on(run, top) ? run : top;
		}
	}
	now = scx_bpf_now();
	lock = queue_lock(here);
	if (!lock || bpf_res_spin_lock(lock))
		return run;
	if (q->parked && !time_before64(now, q->parked_until))
		dispatch_unpark(q, now);
	top = dispatch_settle(q, now);
	if (dispatch_goes_on(run, top)) {
		top = run;
	} else if (top && rival_at(top)->kind == RIVAL_TASK) {
		if (dispatch_takes(here, top, cid))
			heap_remove(q, top);
		else
			top = 0;
	}
	bpf_res_spin_unlock(lock);
	if (q->parked)
		bandwidth_wait(cid, q->parked_until);
	return top;
}

/*
 * Take a place out of the heap until the dispatch is over. It brought nothing, as all beneath it is parked, or runs already: the
 * clock goes on to where the others are, or it would wait for this one, which then had saved up all that they ran meanwhile.
 */
static __noinline void dispatch_set_aside(struct hunt *h, u64 addr)
{
	u64 up = place_at(addr)->up, run;
	struct bpf_res_spin_lock *lock = queue_lock(up);
	queue_t *q = &place_at(up)->queue;

	if (!h || !up || !lock)
		return;
	run = h->running ? place_branch(up, h->running) : 0;
	if (bpf_res_spin_lock(lock))
		return;
	if (rival_at(addr)->state == RIVAL_IN) {
		heap_remove(q, addr);
		if (!run || run == addr)
			run = q->top;
		if (run)
			queue_reach(q, q->clock, rival_at(run)->vtime, QUEUE_LAG_NS);
		rival_at(addr)->state = RIVAL_ASIDE;
		rival_at(addr)->next = h->aside;
		h->aside = addr;
	}
	bpf_res_spin_unlock(lock);
}

/* The dispatch is over: what was set aside competes again. */
__noinline void dispatch_over(u64 addr)
{
	while (addr && can_loop) {
		u64 rest = rival_at(addr)->next;

		if (__sync_val_compare_and_swap(&rival_at(addr)->state, RIVAL_ASIDE, RIVAL_OUT) == RIVAL_ASIDE &&
		    place_at(addr)->queue.nr > 0)
			queue_enter(place_at(addr)->up, addr);
		addr = rest;
	}
}

/**
 * dispatch_send - send a task that was taken out of its queue's heap to this cid
 * @prev: context of the task of ours that runs there and goes back to its queue; 0: there is none
 *
 * It is counted as one that waits until it is counted as one that runs: in between its place seems to have had no work.
 *
 * False when the task is gone, or may not run here any more: it goes to the cid where it was, from which the kernel gives it back
 * to be queued.
 */
__noinline bool dispatch_send(u64 addr, s32 cid, u64 prev)
{
	sub_task_t *t = sub_task_at(addr);
	struct task_struct *p = scx_bpf_tid_to_task(t->tid);
	bool here = p && sub_may_run(t, cid);
	s32 home;

	if (here) {
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | cid, slice_ns(), SCX_ENQ_IMMED);
		sub_placed(cid, t);
		if (prev && sub_task_at(prev)->place == t->place)
			t->sum += sub_task_at(prev)->rival.weight;
		sub_here()->nr_dispatched++;
	} else if (p) {
		home = scx_bpf_task_cid(p);
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | home, slice_ns(),
				   sub_may_run(t, home) ? SCX_ENQ_IMMED : SCX_ENQ_RESCUE);
	} else {
		__sync_fetch_and_add(&sub_region()->nr_orphans, 1);
	}
	task_popped(t);
	return here;
}

/* Send a task from the PLAIN DSQ. */
static __always_inline bool dispatch_plain(s32 cid)
{
	cid_state_t *c = pool_cid(cid);

	if (sub_region()->nr_plain <= 0 || !scx_bpf_dsq_move_to_local(PLAIN_DSQ, SCX_ENQ_IMMED))
		return false;
	c->entity = pool_entity ?: ENTITY_OWN;
	place_runs(c, (u64)&pool_entity_at(c->entity)->machine, 1024);
	sub_here()->nr_dispatched++;
	return true;
}

/* Count a foreign scheduler as one that has work. */
static __always_inline void foreign_count(u32 nr)
{
	entity_t *e = pool_entity_at(nr);

	if (!e->wants && !__sync_val_compare_and_swap(&e->wants, 0, 1))
		queue_count((u64)&e->machine, 1);
}

/**
 * foreign_wants - a task of a foreign scheduler waits, or gets a CPU
 * @waits: it waits
 *
 * How many wait is not known: one is counted from then on, until the scheduler is asked in vain and nothing has been seen of
 * it for a while.
 */
static __always_inline void foreign_wants(u32 nr, bool waits)
{
	pool_entity_at(nr)->seen = scx_bpf_now();
	if (waits)
		foreign_count(nr);
}

/*
 * A foreign child that was asked brought nothing. It keeps no bank for it: that it has work is a hint, and it would save up
 * all that its siblings run meanwhile. True when the cid is to go on with its task: it leaves that to the kernel.
 */
__noinline bool foreign_in_vain(u32 nr, bool runs)
{
	entity_t *e = pool_entity_at(nr);
	u64 clock = place_at(e->machine.up)->queue.clock, pause = rival_scaled(&e->machine.rival, FOREIGN_PAUSE_NS);

	if (!e->foreign)
		return false;
	if (runs)
		return true;
	if (time_before64(e->machine.rival.vtime, clock - QUEUE_CREDIT_NS))
		e->machine.rival.vtime = clock - QUEUE_CREDIT_NS;
	/* bit by bit: its task may just be on its way from one cid to the other */
	if (time_before64(e->machine.rival.vtime, clock + pause))
		__sync_fetch_and_add(&e->machine.rival.vtime, pause);
	if (scx_bpf_now() - e->seen > FOREIGN_QUIET_NS && __sync_val_compare_and_swap(&e->wants, 1, 0))
		queue_count((u64)&e->machine, -1);
	return false;
}

/* Ask a child's scheduler for a task for this cid; can it run one here at all? */
static __always_inline bool dispatch_ask(struct hunt *h, u32 nr)
{
	entity_t *e = pool_entity_at(nr);
	region_t *r = pool_ptr(region_t, e->region);

	if (!e->foreign && !pool_has(pool_ptr(struct scx_cmask __arena, r->usable), h->cid))
		return false;
	return scx_bpf_sub_dispatch(e->cgroup_id) ||
	       foreign_in_vain(nr, h->running && place_at(h->running)->entity == nr);
}

enum look {
	LOOK_NOTHING,
	LOOK_AGAIN,	/* what was found was not to be had */
	LOOK_GOES_ON,	/* prev, our task that runs, is first */
	LOOK_FOUND,
};

/* The task that runs goes on. */
static __always_inline void dispatch_keep(s32 cid, struct task_struct *prev)
{
	struct sub_storage *stor = sub_storage(prev);
	sub_task_t *t = sub_task(stor);

	scx_bpf_task_set_slice(prev, slice_ns());
	sub_here()->nr_kept++;
	if (t)
		sub_placed(cid, t);
}

/* Look once, from a place of ours down to a task or a child's scheduler. */
static __noinline enum look dispatch_look(struct hunt *h, u64 here)
{
	u32 i;

	if (!h)
		return LOOK_NOTHING;
	bpf_for(i, 0, POOL_MAX_LEVELS) {
		u64 run = h->running == here ? h->prev : h->running ? place_branch(here, h->running) : 0;
		u64 got = dispatch_pick(here, run, h->cid);
		entity_t *e;

		if (!got) {
			if (dispatch_plain(h->cid))
				return LOOK_FOUND;
			if (!i)
				return LOOK_NOTHING;
			dispatch_set_aside(h, here);
			return LOOK_AGAIN;
		}
		if (rival_at(got)->kind == RIVAL_TASK) {
			if (got == run)
				return LOOK_GOES_ON;
			return dispatch_send(got, h->cid, h->prev) ? LOOK_FOUND : LOOK_AGAIN;
		}
		e = place_entity(place_at(got));
		if (e->sched != pool_entity) {
			if (dispatch_ask(h, place_at(got)->entity))
				return LOOK_FOUND;
			if (got == run)
				h->running = 0;
			dispatch_set_aside(h, got);
			return LOOK_AGAIN;
		}
		here = got;
		barrier_var(here);
	}
	return LOOK_NOTHING;
}

/**
 * dispatch_from - a task for this cid from one side
 * @top: arena address of our place there, 0: we have none
 *
 * True when the cid has something to run.
 */
__noinline bool dispatch_from(u64 top, s32 cid, struct task_struct *prev __arg_trusted __arg_nullable)
{
	struct task_struct *curr = bpf_get_current_task_btf();
	struct hunt h = { .cid = cid };
	struct sub_storage *stor;
	enum look look = LOOK_AGAIN;
	u32 i;

	if (!top)
		return false;
	if (prev && (prev->scx.flags & SCX_TASK_QUEUED)) {
		stor = sub_storage(prev);
		if (stor && stor->ctx) {
			h.prev = stor->ctx;
			h.running = sub_task_at(h.prev)->place;
		}
	} else if (!prev && (curr->scx.flags & SCX_TASK_QUEUED)) {
		h.running = place_of_cid(pool_cid(cid));
	}
	bpf_for(i, 0, DISPATCH_TRIES) {
		look = dispatch_look(&h, top);
		if (look != LOOK_AGAIN)
			break;
	}
	if (h.aside)
		dispatch_over(h.aside);
	if (look == LOOK_GOES_ON && prev)
		dispatch_keep(cid, prev);
	return look >= LOOK_GOES_ON;
}

/* The direct child of ours in whose subtree an entity lies; 0: it is one of our own groups. */
__noinline u32 dispatch_child(u32 nr)
{
	u32 child = 0, i;

	bpf_for(i, 0, POOL_MAX_LEVELS) {
		u32 sched = pool_entity_at(nr)->sched;

		if (sched == pool_entity || !sched)
			break;
		child = sched;
		nr = pool_entity_at(sched)->parent;
		barrier_var(nr);
	}
	return child;
}

/*
 * Charge the task that ran on this cid, whichever scheduler beneath us has it, though it is not asked for another.
 */
__noinline void sub_settle(s32 cid)
{
	struct task_struct *curr = bpf_get_current_task_btf();
	u32 child = dispatch_child(pool_cid(cid)->entity);
	struct sub_storage *stor;
	sub_task_t *t;

	if (child) {
		if (!pool_entity_at(child)->foreign)
			scx_bpf_sub_dispatch(pool_entity_at(child)->cgroup_id);
		return;
	}
	stor = sub_storage(curr);
	t = sub_task(stor);
	if (t) /* else it has left us */
		sub_charge(curr, stor, t, sub_here());
}

/* Our place on a side of this cid; 0: none. */
static __always_inline u64 dispatch_top(s32 from)
{
	return from < 0 ? (u64)&pool_entity_at(pool_entity)->machine : place_find(pool_entity, from);
}

/* Ask one side, here and in those beneath us. */
static __always_inline bool dispatch_ask_side(s32 from, s32 cid, struct task_struct *prev)
{
	pool_cid(cid)->from = from;
	return dispatch_from(dispatch_top(from), cid, prev);
}

/* The owner of a cid is first there: ask it, or look into its queues, when it has no scheduler. */
static __noinline bool dispatch_owner(s32 cid, struct task_struct *prev __arg_trusted __arg_nullable)
{
	u32 owner = pool_cid(cid)->owner, child = dispatch_child(owner);
	struct task_struct *curr = bpf_get_current_task_btf();
	entity_t *e = pool_entity_at(child);

	if (!child)
		return dispatch_from(place_find(owner, cid), cid, prev) ||
		       dispatch_from((u64)&pool_entity_at(owner)->machine, cid, prev);
	if (e->machine.queue.nr <= 0 && !place_find(child, cid) && !(curr->scx.flags & SCX_TASK_QUEUED))
		return false;
	if (bandwidth_due(child, scx_bpf_now())) {
		bandwidth_wait(cid, e->period_end);
		return false;
	}
	pool_cid(cid)->from = FROM_ANY;
	return scx_bpf_sub_dispatch(e->cgroup_id);
}

/* All that wait for this cid, in order. */
static __noinline bool dispatch_all(s32 cid, s32 from, struct task_struct *prev __arg_trusted __arg_nullable)
{
	cid_state_t *c = pool_cid(cid);
	u32 owner = c->owner;

	if (owner && owner != pool_entity && group_is_in(owner, pool_entity)) {
		if (!pool_entity && exclusive_lends(c) && dispatch_ask_side(cid, cid, prev))
			return true;
		if (dispatch_owner(cid, prev))
			return true;
	}
	if (from != FROM_ANY)
		return dispatch_ask_side(from, cid, prev);
	/* of an owner's two sides none is to starve */
	from = c->nr_dispatch & 1 ? cid : FROM_MACHINE;
	return dispatch_ask_side(from, cid, prev) || dispatch_ask_side(from < 0 ? cid : FROM_MACHINE, cid, prev);
}

/* Something came or went: see dispatch_overlooked(). */
static __always_inline void dispatch_unsettle(void)
{
	pool_hdr()->unsettled = scx_bpf_now() / 1000000000 + UNSETTLED_S;
}

static __always_inline bool dispatch_unsettled(void)
{
	return (s32)(pool_hdr()->unsettled - (u32)(scx_bpf_now() / 1000000000)) > 0;
}

/**
 * dispatch_overlooked - ask a child that has no work as far as is known: the next one, or all in order
 * @all: until one brings something: the cid has nothing else to do
 *
 * The kernel may hold runnable tasks of a child that no queue tells of, and gives them to a cid only when the child is asked:
 * those that were sent to a cid just as its CPU went away, and, while a scheduler comes or goes, its tasks, with its parent.
 * Most of that we are told of (dispatch_unsettle); not that a scheduler begins to end.
 */
__noinline bool dispatch_overlooked(s32 cid, bool all)
{
	u32 nr = all ? pool_hdr()->first_node : sub_region()->ask_next ?: pool_hdr()->first_node, i;
	u32 most = all ? POOL_MAX_ENTITIES : OVERLOOKED_LOOKS;

	bpf_for(i, 0, most) {
		entity_t *e = pool_entity_at(nr);

		if (!nr)
			break;
		nr = e->next_node;
		barrier_var(nr);
		if (!all)
			sub_region()->ask_next = nr;
		if (e->state != ENTITY_ATTACHED || pool_entity_at(e->parent)->sched != pool_entity ||
		    e->machine.queue.nr > 0)
			continue;
		pool_cid(cid)->from = FROM_MACHINE;
		if (scx_bpf_sub_dispatch(e->cgroup_id))
			return true;
		if (!all)
			break;
	}
	return false;
}

/* The one task that is wanted, of ours or beneath us: see turns.bpf.h. True when it was sent. */
static __noinline bool dispatch_turn(s32 cid, u64 addr)
{
	u32 sched = sub_task_at(addr)->sched, child;

	if (sched == pool_entity)
		return task_take(addr) && dispatch_send(addr, cid, 0);
	child = dispatch_child(sched);
	return child && scx_bpf_sub_dispatch(pool_entity_at(child)->cgroup_id);
}

/**
 * sub_dispatch - ops.dispatch of a sub
 *
 * The one above has said on the cid what it wants: one task, what ran charged, or what is next on one side.
 */
static __always_inline void sub_dispatch(s32 cid, struct task_struct *prev)
{
	cid_state_t *c = pool_cid(cid);
	u64 turn = c->turn;

	sub_regrant();
	if (c->settling) {
		sub_settle(cid);
		return;
	}
	if (prev)
		sub_charge_task(prev);
	if (turn) {
		dispatch_turn(cid, turn);
		return;
	}
	if (dispatch_all(cid, c->from, prev) || !sub_region()->nr_children)
		return;
	if (dispatch_unsettled())
		dispatch_overlooked(cid, true);
}

#endif
