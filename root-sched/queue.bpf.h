/* SPDX-License-Identifier: GPL-2.0 */
/*
 * queue.bpf.h: one competition: who of those that wait in a queue is next. The same for tasks and for groups, at every level.
 *
 * Each competitor, a struct rival, has a virtual time: CPU time scaled by 1024 / weight. The one with the smallest is next. What
 * runs is compared with those that wait in the same way: it is in no heap, or, where it is a group of which others wait,
 * in its place. The queue's clock moves with the service that is given, as that of a fluid would which served all who wait or
 * run by their weights at once (Stoica, Abdel-Wahab: "Earliest Eligible Virtual Deadline First", 1995): CPU time over the sum of
 * these weights. Who comes anew begins there, and who comes back from sleep no more than QUEUE_CREDIT_NS behind it: nobody keeps
 * a bank of unused time, and nobody gains by being new.
 *
 * A queue is a pairing heap (Fredman, Sedgewick, Sleator, Tarjan: "The pairing heap", 1986) whose links lie in the nodes, so it
 * needs no memory and knows no limit: push and look are a few instructions, removal is logarithmic, amortized. The key of a
 * place is its virtual time as it was when it was put in. Time only grows, so a key is a lower bound, and whoever looks brings
 * the top up to date: charging CPU time never touches a heap. A place that has no work leaves only when it comes to the top.
 *
 * `nr` counts who has work, all the way up, but only where it changes between none and some (queue_count): what happens in a
 * busy group stays there.
 *
 * Locks: one for a queue, from a table by the hash of its place's address. None is taken inside another. They lie in a map of
 * the whole tree, as a bpf_res_spin_lock may not live in the arena: a sub puts its place into its parent's queue itself.
 */
#ifndef SCX_TREE_QUEUE_BPF_H
#define SCX_TREE_QUEUE_BPF_H

#include "pool.bpf.h"

#define QUEUE_LOCKS		1024		/* a power of two */
#define QUEUE_TRIES		16		/* to get a lock: each ends after a quarter of a second */
#define QUEUE_CREDIT_NS		5000000ull	/* of a place, virtual: more than the lag, or who is behind by that would lose the rest */
#define QUEUE_LAG_NS		4000000ull	/* so far a clock may be ahead of the place that is behind most: who runs is a guess */
#define QUEUE_TASK_LAG_NS	8000000ull	/* and of the task */

struct place_lock {
	struct bpf_res_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, QUEUE_LOCKS);
	__type(key, u32);
	__type(value, struct place_lock);
} place_locks SEC(".maps");

/* The lock of a place's queue. That of address 0 guards the table of places. */
static __always_inline struct bpf_res_spin_lock *queue_lock(u64 place)
{
	u32 key = ((place >> 6) * 0x9e3779b1ull >> 16) & (QUEUE_LOCKS - 1);
	struct place_lock *l = bpf_map_lookup_elem(&place_locks, &key);

	return l ? &l->lock : NULL;
}

static __always_inline rival_t *rival_at(u64 addr)
{
	return pool_ptr(rival_t, addr);
}

static __always_inline place_t *place_at(u64 addr)
{
	return pool_ptr(place_t, addr);
}

/* Whose place it is. */
static __always_inline entity_t *place_entity(place_t *place)
{
	return pool_entity_at(place->entity);
}

/* CPU time in a rival's virtual time. */
static __always_inline u64 rival_scaled(rival_t *n, u64 ns)
{
	u32 weight = n->weight;

	return weight == 1024 ? ns : ns * 1024 / (weight ?: 1);
}

/* Two heaps become one. */
static __always_inline u64 heap_merge(u64 a, u64 b)
{
	u64 top = a, below = b, first;

	if (!a || !b)
		return a ?: b;
	if (time_before64(rival_at(b)->key, rival_at(a)->key)) {
		top = b;
		below = a;
	}
	first = rival_at(top)->child;
	rival_at(below)->next = first;
	rival_at(below)->prev = top;
	if (first)
		rival_at(first)->prev = below;
	rival_at(top)->child = below;
	rival_at(top)->next = 0;
	rival_at(top)->prev = 0;
	return top;
}

/* The heap of what lies beneath a rival: its children merged in pairs, left to right, and the pairs right to left. */
static __noinline u64 heap_merge_children(u64 addr)
{
	u64 a = rival_at(addr)->child, pairs = 0, top = 0, b, rest;

	while (a && can_loop) {
		b = rival_at(a)->next;
		rest = b ? rival_at(b)->next : 0;
		a = heap_merge(a, b);
		rival_at(a)->next = pairs;
		pairs = a;
		a = rest;
	}
	while (pairs && can_loop) {
		rest = rival_at(pairs)->next;
		top = heap_merge(top, pairs);
		pairs = rest;
	}
	if (top) {
		rival_at(top)->next = 0;
		rival_at(top)->prev = 0;
	}
	return top;
}

/* Put a rival in, with its virtual time of now. The queue's lock is held. */
static __always_inline void heap_push(queue_t *q, u64 addr)
{
	rival_t *n = rival_at(addr);

	n->state = RIVAL_IN;
	n->key = n->vtime;
	n->child = 0;
	n->next = 0;
	n->prev = 0;
	q->load += n->weight;
	q->top = heap_merge(q->top, addr);
}

/* Take a rival out that is in the heap. The queue's lock is held. */
static __noinline void heap_remove(queue_t *q, u64 addr)
{
	rival_t *n = rival_at(addr);
	u64 prev = n->prev, next = n->next, below;

	q->load -= n->weight;
	below = n->child ? heap_merge_children(addr) : 0;
	n->child = 0;
	n->state = RIVAL_OUT;
	if (addr == q->top) {
		q->top = below;
		return;
	}
	if (rival_at(prev)->child == addr)
		rival_at(prev)->child = next;
	else
		rival_at(prev)->next = next;
	if (next)
		rival_at(next)->prev = prev;
	q->top = heap_merge(q->top, below);
}

/* The weights of all that wait in a place's queue, or run from it. */
static __always_inline u32 queue_sum(place_t *place)
{
	s32 running = place->rival.running;	/* less than none where a cid still counts for a place that was freed */

	return place->queue.load + (running > 0 ? running : 0);
}

/* Does something run from a place, or from one below it? Less than none: a cid counted for a place that was freed. */
static __always_inline bool place_is_running(u64 place)
{
	return (s32)place_at(place)->rival.running > 0 || place_at(place)->runs > 0;
}

/**
 * queue_reach - let a queue's clock go on
 * @clock: to there, but to where whoever competes has come, if that is more, and no further than @lag ahead of who is behind most
 * @vtime: of one who competes: he runs, or waits
 * @lag: virtual ns: QUEUE_LAG_NS, or that of tasks
 *
 * While nobody waits, whoever runs sets the time: who comes later does not find it behind by all that it ran alone. Nor does it wait
 * for a place that lies in the heap without work, see dispatch_settle().
 */
static __always_inline void queue_reach(queue_t *q, u64 clock, u64 vtime, u64 lag)
{
	u64 top = q->top, first = vtime;

	if (top) {
		if (rival_at(top)->kind == RIVAL_TASK || place_at(top)->queue.nr > 0)
			first = rival_at(top)->key;
		else if (place_is_running(top))
			first = rival_at(top)->child ? rival_at(top)->key : rival_at(top)->vtime;
		else if (rival_at(top)->child)
			return; /* who waits below it is known when a dispatch has taken it out */
	}
	if (time_before64(first, vtime))
		vtime = first;
	if (time_before64(clock, vtime))
		clock = vtime;
	if (time_before64(vtime + lag, clock))
		clock = vtime + lag;
	if (time_before64(q->clock, clock))
		q->clock = clock;
}

/**
 * queue_advance - move the clock of a place's queue by CPU time that one of its rivals has had
 * @sum: queue_sum() while it had that
 * @weight: of that rival
 * @vtime: its virtual time now
 * @lag: see queue_reach()
 */
static __always_inline void queue_advance(place_t *place, u64 ns, u32 sum, u32 weight, u64 vtime, u64 lag)
{
	queue_reach(&place->queue, place->queue.clock + ns * 1024 / (sum > weight ? sum : weight ?: 1), vtime, lag);
}

/* The place from which the task runs that was sent to a cid last; 0: the cid has gone idle since. */
static __always_inline u64 place_of_cid(cid_state_t *c)
{
	u64 run = c->run;

	return run ? POOL_BASE + (run >> 32) : 0;
}

/*
 * The first task of a place, or of one below it, runs now, or the last one no more (@delta 1, -1): so does the place itself, for the one
 * above, and so on upwards. One that had no work until now, and whose task runs at once, has saved up no more than one whose task
 * has to wait.
 */
__noinline void place_count_runs(u64 place, s32 delta)
{
	u32 i;

	bpf_for(i, 0, POOL_MAX_LEVELS) {
		place_t *p = place_at(place);
		u64 up = p->up, floor;

		if (!up)
			break;
		floor = place_at(up)->queue.clock - QUEUE_CREDIT_NS;
		if (delta > 0 && p->queue.nr <= 0 && time_before64(p->rival.vtime, floor))
			p->rival.vtime = floor;
		if (__sync_fetch_and_add(&place_at(up)->runs, delta) != (delta > 0 ? 0 : 1))
			break;
		place = up;
		barrier_var(place);
	}
}

/**
 * place_runs - a task of a place is sent to a cid
 * @place: arena address; 0: the cid goes idle
 * @weight: the task's
 *
 * Both in one word, so that whoever is faster takes away exactly what another put there.
 */
static __always_inline void place_runs(cid_state_t *c, u64 place, u32 weight)
{
	u64 run = place ? (place - POOL_BASE) << 32 | weight : 0, was = c->run, left;

	if (was == run)
		return;
	was = __sync_lock_test_and_set(&c->run, run);
	left = was ? POOL_BASE + (was >> 32) : 0;
	if (place && !__sync_fetch_and_add(&place_at(place)->rival.running, weight))
		place_count_runs(place, 1);
	if (left && __sync_fetch_and_add(&place_at(left)->rival.running, -(u32)was) == (u32)was)
		place_count_runs(left, -1);
}

/* Has a place saved up more than it may keep? Not one from which something runs: it waits only now for what it is behind. */
static __always_inline bool queue_has_saved(u64 addr, u64 floor)
{
	return time_before64(rival_at(addr)->vtime, floor) && !place_is_running(addr);
}

/*
 * A place gets work, or comes back: no more than a small credit behind those that went on without it. Then it is put in; it may have
 * stayed in all the time without work.
 */
static __noinline void queue_enter(u64 place, u64 addr)
{
	struct bpf_res_spin_lock *lock = queue_lock(place);
	queue_t *q = &place_at(place)->queue;
	rival_t *n = rival_at(addr);
	u64 floor = q->clock - QUEUE_CREDIT_NS;
	u32 i;

	if (!lock || (n->state != RIVAL_OUT && (n->state != RIVAL_IN || !queue_has_saved(addr, floor))))
		return;
	/* nobody may be lost because a CPU of a virtual machine stands still with the lock */
	bpf_for(i, 0, QUEUE_TRIES) {
		if (!bpf_res_spin_lock(lock))
			goto locked;
	}
	return;
locked:
	if (n->state == RIVAL_IN && queue_has_saved(addr, floor))
		heap_remove(q, addr);
	if (n->state == RIVAL_OUT) {
		if (queue_has_saved(addr, floor))
			n->vtime = floor;
		heap_push(q, addr);
	}
	bpf_res_spin_unlock(lock);
}

/**
 * queue_count - count a task in or out of those that wait in a place's queue
 * @place: arena address
 * @delta: 1 or -1
 *
 * When it is the first, the place has work now, and so on upwards. (Not static, as others: the verifier then walks it once,
 * not at each call.)
 */
__noinline void queue_count(u64 place, s32 delta)
{
	u32 i;

	bpf_for(i, 0, POOL_MAX_LEVELS) {
		place_t *p = place_at(place);
		s32 before = __sync_fetch_and_add(&p->queue.nr, delta);
		u64 up = p->up;

		/* by what the addition found: two that add and take away at once leave what is above alone */
		if (before != (delta > 0 ? 0 : 1) || !up)
			break;
		if (delta > 0)
			queue_enter(up, place);
		place = up;
		barrier_var(place);
	}
}

#endif
