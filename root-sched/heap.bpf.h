/* SPDX-License-Identifier: GPL-2.0 */
/*
 * heap.bpf.h: the children of one scheduler that have work, in the order of their virtual times.
 *
 * A pairing heap (Fredman, Sedgewick, Sleator, Tarjan: "The pairing heap", 1986) whose links lie in the entities, so it
 * needs no memory and knows no limit: push and look are a few instructions, removal is logarithmic, amortized. Its keys are
 * virtual times as they were when the child was pushed; time only grows, so a key is a lower bound, and whoever looks
 * brings the top up to date. So charging CPU time never touches the heap, and who has no work costs nobody anything.
 *
 * Into the heap comes who gets work: heap_announce() puts the child on its parent's list of news, without a lock, from
 * whatever scheduler saw it; the parent takes the news up when it looks. Out of it comes, at the top, who has none.
 *
 * A lock per scheduler, in a map of its own; only its dispatch, sub_attach and sub_detach take it. Nothing is locked inside.
 */
#ifndef SCX_TREE_HEAP_BPF_H
#define SCX_TREE_HEAP_BPF_H

#include "pool.bpf.h"

#define HEAP_TRIES	64	/* for a place on the list of news, when others are faster */

struct heap_lock {
	struct bpf_res_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct heap_lock);
} heap_locks SEC(".maps");

static __always_inline struct bpf_res_spin_lock *heap_lock(void)
{
	u32 key = 0;
	struct heap_lock *l = bpf_map_lookup_elem(&heap_locks, &key);

	return l ? &l->lock : NULL;
}

static __always_inline bool time_before64(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

/**
 * heap_announce - tell a scheduler that one of its children has work
 * @parent: entity number
 * @nr: the child's
 *
 * By anybody, without a lock. No news for a child that is in the heap.
 */
static __always_inline void heap_announce(u32 parent, u32 nr)
{
	entity_t *p = pool_entity_at(parent), *c = pool_entity_at(nr);
	u32 i, first;

	if (c->place != HEAP_OUT || __sync_val_compare_and_swap(&c->place, HEAP_OUT, HEAP_NEWS) != HEAP_OUT)
		return;
	bpf_for(i, 0, HEAP_TRIES) {
		first = p->news;
		c->next_news = first;
		if (__sync_val_compare_and_swap(&p->news, first, nr) == first)
			return;
	}
	c->place = HEAP_OUT;	/* found when it is asked uncounted, and at its next task */
}

/* Two heaps become one. */
static __always_inline u32 heap_merge(u32 a, u32 b)
{
	u32 top = a, below = b, first;

	if (!a || !b)
		return a ?: b;
	if (time_before64(pool_entity_at(b)->heap_key, pool_entity_at(a)->heap_key)) {
		top = b;
		below = a;
	}
	first = pool_entity_at(top)->heap_child;
	pool_entity_at(below)->heap_next = first;
	pool_entity_at(below)->heap_prev = top;
	if (first)
		pool_entity_at(first)->heap_prev = below;
	pool_entity_at(top)->heap_child = below;
	pool_entity_at(top)->heap_next = 0;
	pool_entity_at(top)->heap_prev = 0;
	return top;
}

/* Put a child in, with its virtual time of now. */
static __always_inline void heap_push(entity_t *e, u32 nr)
{
	entity_t *c = pool_entity_at(nr);

	c->place = HEAP_IN;
	c->heap_key = c->vtime;
	c->heap_child = 0;
	c->heap_next = 0;
	c->heap_prev = 0;
	e->heap_top = heap_merge(e->heap_top, nr);
}

/* The heap of what lies beneath a node: its children merged in pairs, left to right, and the pairs right to left. */
static __noinline u32 heap_merge_children(u32 nr)
{
	u32 a = pool_entity_at(nr)->heap_child, pairs = 0, top = 0, b, i;

	bpf_for(i, 0, POOL_MAX_ENTITIES) {
		u32 rest;

		if (!a)
			break;
		b = pool_entity_at(a)->heap_next;
		rest = b ? pool_entity_at(b)->heap_next : 0;
		a = heap_merge(a, b);
		pool_entity_at(a)->heap_next = pairs;
		pairs = a;
		a = rest;
		barrier_var(a);
		barrier_var(pairs);
	}
	bpf_for(i, 0, POOL_MAX_ENTITIES) {
		u32 rest;

		if (!pairs)
			break;
		rest = pool_entity_at(pairs)->heap_next;
		top = heap_merge(top, pairs);
		pairs = rest;
		barrier_var(top);
		barrier_var(pairs);
	}
	if (top) {
		pool_entity_at(top)->heap_next = 0;
		pool_entity_at(top)->heap_prev = 0;
	}
	return top;
}

/* Take a child out that is in the heap. */
static __noinline void heap_remove(u32 me, u32 nr)
{
	entity_t *e = pool_entity_at(me), *c = pool_entity_at(nr);
	u32 prev = c->heap_prev, next = c->heap_next, below = heap_merge_children(nr);

	c->heap_child = 0;
	if (nr == e->heap_top) {
		e->heap_top = below;
		return;
	}
	if (pool_entity_at(prev)->heap_child == nr)
		pool_entity_at(prev)->heap_child = next;
	else
		pool_entity_at(prev)->heap_next = next;
	if (next)
		pool_entity_at(next)->heap_prev = prev;
	e->heap_top = heap_merge(e->heap_top, below);
}

/* Take up the news: who got work since the last look. */
static __noinline void heap_take_news(u32 me)
{
	entity_t *e = pool_entity_at(me);
	u32 nr, i;

	if (!e->news)
		return;
	nr = __sync_lock_test_and_set(&e->news, 0);
	bpf_for(i, 0, POOL_MAX_ENTITIES) {
		u32 rest;

		if (!nr)
			break;
		rest = pool_entity_at(nr)->next_news;
		heap_push(e, nr);
		nr = rest;
		barrier_var(nr);
	}
}

#endif
