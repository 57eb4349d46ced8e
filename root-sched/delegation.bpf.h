/* SPDX-License-Identifier: GPL-2.0 */
/*
 * delegation.bpf.h: which entity gets this CPU next. Root's, and every sub's that has children.
 *
 * Capabilities are static: each child is granted its own on every cid once, when it attaches. What is decided anew
 * each time that a CPU looks for work is who is asked first. The competitors of one scheduler are its children, and its
 * own tasks as one more (pool_own_weight). Each has a virtual time: CPU time scaled by 100 / weight, charged by whoever runs
 * the tasks (entity_charge). The competitor with work and the smallest virtual time is asked (heap.bpf.h keeps the children
 * in order); if it brings nothing, the next. So weights are kept and nothing is wasted.
 *
 * A task that wakes up when no cid is idle need not wait for that: it may interrupt an entity that is ahead of its own
 * (entity_lead), whatever the level at which the two compete.
 *
 * Whose tasks may not run on a cid is passed over there, and whoever runs there instead has it to himself: all who were
 * passed over are moved on together (delegation_pass), so that they bank nothing against him, and keep what they have
 * against each other.
 *
 * A child that has used up its cpu.max (bandwidth.bpf.h) is no competitor until the next period: it is parked, out of the
 * heap. Whoever looks after that time puts it back.
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

#include "heap.bpf.h"
#include "bandwidth.bpf.h"

#define ENTITY_CREDIT_NS	10000000ull
#define ENTITY_OWN_LEAD_NS	100000000ull	/* more than the slices of 16 cids, which may all be charged at once */
#define ENTITY_MAX_TRIES	64	/* competitors asked in one dispatch before the CPU goes idle, or on with prev */
#define ENTITY_NONE		(~0u)
#define ENTITY_LEAD_MAX		(1ll << 62)	/* half of what fits: one may be taken from the other */
#define DELEGATION_ASK_NTH	16	/* in every so manyth dispatch of a cid, one that may be overlooked is looked at */
#define DELEGATION_ASK_SOME	4	/* or so many, while things are unsettled */
#define FOREIGN_PAUSE_NS	100000ull	/* CPU time that a foreign scheduler loses by having nothing when it is asked */
#define FOREIGN_QUIET_NS	50000000ull	/* one of which nothing was seen for so long is not asked in its turn */
#define DELEGATION_UNSETTLED_NS	10000000000ull	/* how long after a scheduler came or went they are */
#define FOREIGN_TURNS		4	/* a foreign scheduler's tasks that may wait, of which it tells nothing */

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
__noinline void entity_queued(u32 nr, s64 delta)
{
	entity_t *e = pool_entity_at(nr);
	u32 i;

	if (delta > 0 && e->nr_own <= 0)
		entity_wake(&e->own_vtime, e->vnow);
	__sync_fetch_and_add(&e->nr_own, delta);
	for (i = 0; i < ENTITY_MAX_LEVELS; i++) {
		u32 above = e->parent;
		s64 before;

		if (delta > 0 && e->nr_queued <= 0)
			entity_wake(&e->vtime, pool_entity_at(above)->vnow);
		before = __sync_fetch_and_add(&e->nr_queued, delta);
		if (!nr)
			break;
		/* by what the addition found: a count that was read before may be gone, and so the child from the heap */
		if (delta > 0 && before <= 0 && !e->exclusive)
			heap_announce(above, nr);
		nr = above;
		e = pool_entity_at(above);
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
 *
 * Some tasks run without having competed: kernel threads that are bound to a cid, those in the kernel's hands. The others of
 * the same scheduler are not starved for it: its own tasks are never further ahead than ENTITY_OWN_LEAD_NS.
 */
__noinline void entity_charge(u32 nr, u64 delta_ns)
{
	entity_t *e = pool_entity_at(nr);
	u32 i;

	if (!time_before64(e->vnow + ENTITY_OWN_LEAD_NS, e->own_vtime))
		entity_pace(e, __sync_fetch_and_add(&e->own_vtime, delta_ns * 100 / e->own_weight));
	for (i = 0; nr && i < ENTITY_MAX_LEVELS - 1; i++) {
		u64 vtime = __sync_fetch_and_add(&e->vtime, delta_ns * e->inv_weight >> 16);

		if (e->limited)
			__sync_fetch_and_add(&e->used_ns, delta_ns);
		nr = e->parent;
		e = pool_entity_at(nr);
		entity_pace(e, vtime);
	}
}

/* Which of me's competitors a running entity belongs to: me itself, one of its children, or nobody. */
__noinline u32 entity_competitor(u32 me, u32 running)
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
 * @owner: whose own the cid is, 0: nobody's
 *
 * Virtual ns, compared where the two compete: among the children of the nearest scheduler above both, which is one of the
 * two when that is above the other. 0 for an entity and itself. Without end for whoever runs on the cid of one who wants
 * it, and the other way round. (Not static: the verifier then walks it once, not at each call.)
 */
__noinline s64 entity_lead(u32 running, u32 wants, u32 owner)
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
	if (owner) {
		u32 branch = entity_competitor(r, owner);

		if (branch != r && branch == w_branch)
			return ENTITY_LEAD_MAX;
		if (branch != r && branch == r_branch)
			return -ENTITY_LEAD_MAX;
	}
	return entity_branch_vtime(r, r_branch) - entity_branch_vtime(w, w_branch);
}

static __always_inline bool entity_has_work(entity_t *e)
{
	return e->nr_queued > 0;
}

/* What one dispatch has asked so far. Begins as zeroes, and ends with delegation_over(). */
struct delegation_turn {
	u64 vtime;		/* of the competitor that is asked now */
	u32 last;		/* the child at the top of the heap that was asked last; 0: none */
	u32 aside;		/* the children that brought nothing, out of the heap: a list by heap_next */
	bool asked_own, asked_running;
};

/* Take a child out whose cpu.max is used up. */
static __always_inline void delegation_park(entity_t *e, u32 nr, u64 due)
{
	entity_t *c = pool_entity_at(nr);

	c->place = HEAP_PARKED;
	c->heap_next = e->parked;
	if (!e->parked || time_before64(due, e->parked_until))
		e->parked_until = due;
	e->parked = nr;
}

/* Put the parked children back that may run again, or all. What they did not use meanwhile is no credit. */
static __noinline void delegation_unpark(u32 me, u64 now, bool all)
{
	entity_t *e = pool_entity_at(me);
	u32 nr = e->parked, i;

	e->parked = 0;
	bpf_for(i, 0, POOL_MAX_ENTITIES) {
		u32 rest;
		u64 due;

		if (!nr)
			break;
		rest = pool_entity_at(nr)->heap_next;
		due = bandwidth_due(nr, now);
		if (due && !all) {
			delegation_park(e, nr, due);
		} else {
			entity_wake(&pool_entity_at(nr)->vtime, e->vnow);
			heap_push(e, nr);
		}
		nr = rest;
		barrier_var(nr);
	}
}

/*
 * Bring the top of the heap up to date: a child that has work and may run, with a key that is true. The last one stays
 * though it has none: it is not announced again with every task. Who gets work while we dismiss it has not been announced
 * either.
 */
static __noinline void delegation_settle(u32 me, u64 now)
{
	entity_t *e = pool_entity_at(me);
	u32 i;

	heap_take_news(me);
	if (e->parked && !time_before64(now, e->parked_until))
		delegation_unpark(me, now, false);
	bpf_for(i, 0, POOL_MAX_ENTITIES) {
		u32 top = e->heap_top;
		entity_t *c = pool_entity_at(top);
		bool has_work = entity_has_work(c);
		u64 due = has_work ? bandwidth_due(top, now) : 0;

		if (!top || (!due && (!c->heap_child || (has_work && c->heap_key == c->vtime))))
			break;
		heap_remove(me, top);
		if (due) {
			delegation_park(e, top, due);
			continue;
		}
		if (has_work) {
			heap_push(e, top);
			continue;
		}
		__sync_lock_test_and_set(&c->place, HEAP_OUT);
		if (entity_has_work(c))
			heap_announce(me, top);
	}
}

/* Set aside the child that brought nothing, unless another cid's dispatch was faster, and settle the heap. */
__noinline void delegation_look(u32 me, struct delegation_turn *turn)
{
	struct bpf_res_spin_lock *lock = heap_lock();
	u64 now = scx_bpf_now();

	if (!turn || !lock || bpf_res_spin_lock(lock))
		return;
	if (turn->last && pool_entity_at(turn->last)->place == HEAP_IN) {
		heap_remove(me, turn->last);
		pool_entity_at(turn->last)->place = HEAP_ASIDE;
		pool_entity_at(turn->last)->heap_next = turn->aside;
		turn->aside = turn->last;
	}
	delegation_settle(me, now);
	bpf_res_spin_unlock(lock);
}

/**
 * delegation_next - the competitor to ask next
 * @me: the scheduler whose dispatch runs
 * @running: the competitor whose task is on the cid now and may go on, or ENTITY_NONE
 * @turn: what has been asked
 *
 * Returns the competitor's entity number (me: its own tasks), ENTITY_NONE when all with work have been asked. A child that
 * is alone in its parent's heap, and has no cpu.max, costs no lock.
 */
__noinline u32 delegation_next(u32 me, u32 running, struct delegation_turn *turn)
{
	entity_t *e = pool_entity_at(me);
	u32 best = ENTITY_NONE, top;

	if (!turn)
		return ENTITY_NONE;
	top = e->heap_top;
	if (turn->last || e->news || pool_entity_at(top)->heap_child || pool_entity_at(top)->limited ||
	    (e->parked && !time_before64(scx_bpf_now(), e->parked_until)))
		delegation_look(me, turn);
	top = e->heap_top;
	if (top && entity_has_work(pool_entity_at(top))) {
		best = top;
		turn->vtime = pool_entity_at(top)->vtime;
	}
	if (running != me && running != ENTITY_NONE && !turn->asked_running && bandwidth_may_run(running) &&
	    (best == ENTITY_NONE || !time_before64(turn->vtime, pool_entity_at(running)->vtime))) {
		best = running;
		turn->vtime = pool_entity_at(running)->vtime;
	}
	if ((e->nr_own > 0 || running == me) && !turn->asked_own &&
	    (best == ENTITY_NONE || time_before64(e->own_vtime, turn->vtime))) {
		best = me;
		turn->vtime = e->own_vtime;
	}
	turn->last = best == top ? top : 0;
	if (best == running)
		turn->asked_running = true;
	if (best == me)
		turn->asked_own = true;
	return best;
}

/**
 * delegation_pass - how far those are to be moved on that this dispatch has asked in vain
 * @me: the scheduler whose dispatch runs
 * @found: the competitor that brought something, asked last
 * @turn: what has been asked
 * @passed: the virtual time of the one asked before it, which is the furthest of them
 *
 * Virtual ns, for delegation_over(); me's own tasks are moved here. The furthest is left half of ENTITY_CREDIT_NS: it may
 * have been asked in vain only because another cid just took its task.
 */
static __always_inline u64 delegation_pass(u32 me, u32 found, struct delegation_turn *turn, u64 passed)
{
	s64 behind = turn->vtime - ENTITY_CREDIT_NS / 2 - passed;

	if (behind <= 0)
		return 0;
	if (turn->asked_own && found != me)
		__sync_fetch_and_add(&pool_entity_at(me)->own_vtime, behind);
	return behind;
}

/**
 * delegation_over - the dispatch is over: who was set aside and has work is news again, unless it was detached meanwhile
 * @aside: the first one, see struct delegation_turn
 * @passed_ns: what delegation_pass() said; 0 when nobody brought anything
 *
 * Without the lock, which may not be to be had in time where a CPU of a virtual machine stands still: nobody may be lost
 * for that.
 */
__noinline void delegation_over(u32 me, u32 aside, u64 passed_ns)
{
	u32 i;

	bpf_for(i, 0, ENTITY_MAX_TRIES) {
		entity_t *c = pool_entity_at(aside);
		u32 rest = c->heap_next;
		u64 vtime;

		if (!aside)
			break;
		if (passed_ns) {
			vtime = __sync_fetch_and_add(&c->vtime, passed_ns);
			/* it has not run for that: see delegation_turn_due() */
			if (c->turn_vtime == (u32)vtime)
				c->turn_vtime = vtime + passed_ns;
		}
		/* who gets work from here on announces itself */
		if (__sync_val_compare_and_swap(&c->place, HEAP_ASIDE, HEAP_OUT) == HEAP_ASIDE && entity_has_work(c))
			heap_announce(me, aside);
		aside = rest;
		barrier_var(aside);
	}
}

/* Something came or went: see delegation_ask_overlooked(). */
static __always_inline void delegation_unsettle(void)
{
	pool_hdr()->unsettled = scx_bpf_now() + DELEGATION_UNSETTLED_NS;
}

static __always_inline bool delegation_unsettled(void)
{
	return time_before64(scx_bpf_now(), pool_hdr()->unsettled);
}

/*
 * Has a child's task waited until it is its turn? A share of CPU time can be so small that the kernel's watchdog would end
 * the scheduler first. Whether the child has run, or comes back from sleep, is told by its vtime, which nobody else need
 * write for that.
 */
static __always_inline bool delegation_turn_due(entity_t *c, u64 now)
{
	s64 waiting = c->foreign ? FOREIGN_TURNS : c->nr_queued;

	if (!entity_has_work(c))
		return false;
	if (c->turn_vtime != (u32)c->vtime) {
		c->turn_vtime = c->vtime;
		c->ran_at = now;
	}
	return waiting > 0 && now - c->ran_at > TURN_NS / (u64)waiting;
}

/* Should a child be asked though it is not its turn by virtual time? Not the one that runs on the cid: it is asked anyway. */
static __always_inline bool delegation_overlooked(u32 nr, u32 running, u64 now)
{
	entity_t *c = pool_entity_at(nr);

	return nr != running && (delegation_turn_due(c, now) || !entity_has_work(c)) && !bandwidth_due(nr, now);
}

/**
 * delegation_ask_overlooked - ask a child that counts no task or has waited too long: the next one, or all in order
 * @me: the scheduler whose dispatch runs
 * @running: the competitor whose task is on the cid, asked in its turn anyway
 * @all: until one brings something: the cid has nothing else to do
 *
 * The kernel may hold runnable tasks of a child that no nr_queued tells of, and gives them to a cid only when the child is
 * asked: those that were sent to a cid just as its CPU went away, and, while a scheduler comes or goes, its tasks, with
 * its parent. Most of that we are told of (delegation_unsettle); not that a scheduler begins to end. True when a child
 * brought something.
 */
__noinline bool delegation_ask_overlooked(u32 me, u32 running, bool all)
{
	entity_t *e = pool_entity_at(me);
	u32 most = all ? POOL_MAX_ENTITIES : delegation_unsettled() ? DELEGATION_ASK_SOME : 1;
	u32 nr = all ? e->first_child : e->ask_next ?: e->first_child, i;
	u64 now = scx_bpf_now();

	bpf_for(i, 0, most) {
		entity_t *c = pool_entity_at(nr);
		u32 asked = nr;

		if (!nr)
			break;
		nr = c->next_sibling;
		barrier_var(nr);
		if (!all)
			e->ask_next = nr;
		if (delegation_overlooked(asked, running, now) && scx_bpf_sub_dispatch(c->cgroup_id)) {
			c->ran_at = now;
			return true;
		}
	}
	return false;
}

/**
 * foreign_wants - a task of a foreign scheduler waits, or gets a CPU
 * @waits: it waits
 *
 * How many wait is not known: nr_queued is 1 from then on, until the scheduler is asked in vain and nothing has been seen
 * of it for a while.
 */
static __always_inline void foreign_wants(u32 nr, bool waits)
{
	entity_t *e = pool_entity_at(nr);

	e->seen = scx_bpf_now();
	if (waits && !e->wants && !__sync_val_compare_and_swap(&e->wants, 0, 1))
		entity_queued(nr, 1);
}

/**
 * delegation_in_vain - a child that was asked brought nothing
 * @me: the scheduler whose dispatch runs
 * @nr: the child
 * @running: the competitor whose task is on the cid
 *
 * A foreign one keeps no bank for it: its nr_queued is a hint, and it would save up all that its siblings run meanwhile.
 * True when the cid is to go on with its task: a foreign scheduler leaves that to the kernel.
 */
__noinline bool delegation_in_vain(u32 me, u32 nr, u32 running, s32 cid)
{
	entity_t *e = pool_entity_at(me), *c = pool_entity_at(nr);
	u64 pause = FOREIGN_PAUSE_NS * c->inv_weight >> 16;

	if (nr == running && pool_entity_at(pool_cid(cid)->entity)->foreign)
		return true;
	if (!c->foreign)
		return false;
	entity_wake(&c->vtime, e->vnow);
	/* bit by bit: its task may just be on its way from one cid to the other */
	if (time_before64(c->vtime, e->vnow + pause))
		__sync_fetch_and_add(&c->vtime, pause);
	if (scx_bpf_now() - c->seen > FOREIGN_QUIET_NS && __sync_val_compare_and_swap(&c->wants, 1, 0))
		entity_queued(nr, -1);
	return false;
}

/* Ask a child for a task for this cid. True when the cid has something to run. */
static __always_inline bool delegation_ask(u32 me, u32 nr, u32 running, s32 cid)
{
	return scx_bpf_sub_dispatch(pool_entity_at(nr)->cgroup_id) || delegation_in_vain(me, nr, running, cid);
}

/* The competition has come this far. */
static __always_inline void delegation_advance(u32 me, u64 vtime)
{
	entity_t *e = pool_entity_at(me);

	if (time_before64(e->vnow, vtime))
		e->vnow = vtime;
}

/*
 * What a child may do. One of this tree everything: it places tasks by the rules of sub.bpf.h. A foreign one may run a task
 * where that can run at once, and where it is asked for one; not queue it before others', interrupt them or set the
 * frequency at which they run.
 */
static __always_inline u64 delegation_caps(entity_t *c)
{
	return c->foreign ? SCX_CAP_ENQ_IMMED : SCX_CAP_ENQ_IMMED | SCX_CAP_ENQ | SCX_CAP_PREEMPT | SCX_CAP_PERF;
}

/* Our children, or their weights, are others: what our own tasks weigh among them. */
static __noinline void delegation_weigh_own(u32 me)
{
	u32 nr = pool_entity_at(me)->first_child, heaviest = 0, i;

	bpf_for(i, 0, POOL_MAX_ENTITIES) {
		entity_t *c = pool_entity_at(nr);

		if (!nr)
			break;
		if (!c->exclusive && c->weight > heaviest)
			heaviest = c->weight;
		nr = c->next_sibling;
		barrier_var(nr);
	}
	pool_entity_at(me)->own_weight = pool_own_weight(heaviest);
}

/**
 * delegation_attach - take a child in: find its entity, link it, grant it its capabilities on our cids
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
		ret = scx_bpf_sub_grant(cgroup_id, delegation_caps(c), pool_ptr(struct scx_cmask __arena, cids), NULL);
		if (ret)
			return ret;
		delegation_unsettle();
		bandwidth_attach(i, cgroup_id);
		c->vtime = e->vnow;
		c->next_sibling = e->first_child;
		c->state = ENTITY_ATTACHED;
		e->first_child = i;
		delegation_weigh_own(me);
		return 0;
	}
	return -ENOENT;
}

/* A child is no competitor any more. */
static __noinline void delegation_forget(u32 me, u32 nr)
{
	struct bpf_res_spin_lock *lock = heap_lock();

	if (!lock || bpf_res_spin_lock(lock))
		return;
	heap_take_news(me);
	if (pool_entity_at(nr)->place == HEAP_PARKED)
		delegation_unpark(me, 0, true);
	if (pool_entity_at(nr)->place == HEAP_IN)
		heap_remove(me, nr);
	pool_entity_at(nr)->place = HEAP_OUT;
	bpf_res_spin_unlock(lock);
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
	if (e->ask_next == nr)
		e->ask_next = 0;
	delegation_forget(me, nr);
	bandwidth_detach(nr);
	delegation_unsettle();
	entity_queued(nr, -pool_entity_at(nr)->nr_queued);
	pool_entity_at(nr)->wants = 0;
	__sync_fetch_and_add(&e->nr_captive, -pool_entity_at(nr)->nr_captive);
	pool_entity_at(nr)->state = ENTITY_RESERVED;
	delegation_weigh_own(me);
	return 0;
}

/* The child that is attached to a cgroup; 0: none. */
static __noinline u32 delegation_find(u32 me, u64 cgroup_id)
{
	u32 nr = pool_entity_at(me)->first_child, i;

	bpf_for(i, 0, POOL_MAX_ENTITIES) {
		if (!nr || pool_entity_at(nr)->cgroup_id == cgroup_id)
			return nr;
		nr = pool_entity_at(nr)->next_sibling;
		barrier_var(nr);
	}
	return 0;
}

/* A child's cpu.weight changed. From ops.cpuctl_set_weight(): the kernel tells the parent. */
static __noinline void delegation_set_weight(u32 me, u64 cgroup_id, u32 weight)
{
	u32 nr = delegation_find(me, cgroup_id);

	if (!nr)
		return;
	entity_set_weight(pool_entity_at(nr), weight);
	delegation_weigh_own(me);
}

/* A child's cpu.max changed. From ops.cpuctl_set_bandwidth(), so too. An idle cid is to see that the child may run. */
static __noinline void delegation_set_bandwidth(u32 me, u64 cgroup_id, u64 period_us, u64 quota_us, u64 burst_us)
{
	u32 nr = delegation_find(me, cgroup_id), nr_cids = pool_hdr()->nr_cids, cid;

	if (!nr)
		return;
	bandwidth_set(nr, period_us, quota_us, burst_us);
	pool_entity_at(me)->parked_until = 0;
	bpf_for(cid, 0, nr_cids)
		if (pool_has(pool_idle_mask(), cid))
			scx_bpf_kick_cid(cid, SCX_KICK_IDLE);
}

#endif
