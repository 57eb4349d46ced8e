/* SPDX-License-Identifier: GPL-2.0 */
/*
 * task.bpf.h: the tasks of one scheduler: their contexts in its region, what they have run, in which place each competes, and how
 * it waits there.
 *
 * A task competes in the place of its group: the one for the machine, or, when it may not run on every cid that its scheduler
 * can use, the one for a cid on which it may (task_place). So what is in a queue may run wherever that queue is asked, and
 * nobody searches. Of several cids it waits for one; others take it from there before they go idle (dispatch.bpf.h).
 *
 * A task that waits lies in its place's queue, by its context, until a cid's dispatch takes it out and finds the task by its tid,
 * which survives exec and exit; or until it leaves our custody otherwise (ops.dequeue). One that has no context (the slab is
 * full), or whose queue's lock was not to be had in time, waits in a FIFO of the kernel's instead, the PLAIN DSQ.
 */
#ifndef SCX_TREE_TASK_BPF_H
#define SCX_TREE_TASK_BPF_H

#include "../root-sched/groups.bpf.h"
#include "../root-sched/exclusive.bpf.h"
#include "slab.bpf.h"
#include "tunable.bpf.h"

/* The loader's: which region and which entity are this object's. */
const volatile u64 pool_region;
const volatile u32 pool_entity;

/* The kernel ends a slice at a tick: with 250 of them a second 4 ms, begun at one, would be 8. */
TUNABLE_LIVE(u64, slice_us, 3000, "us", "100..1000000", "how long a task runs before others get their turn");

enum { ON_FULL_DEGRADE, ON_FULL_REFUSE, ON_FULL_ABORT };
TUNABLE_LIVE(u32, on_full, ON_FULL_DEGRADE, "degrade|refuse|abort", "",
	     "no task context left: run the task from a plain queue, refuse it with ENOMEM, or end this scheduler");

#define slice_ns()	(slice_us * 1000)

#define SCHED_IDLE	5	/* the kernel's, which its BTF does not tell */
#define PLAIN_DSQ	0	/* DSQ numbers are each scheduler's own */
#define CHARGE_NS	100000	/* so little CPU time may be uncharged on each cid */
#define TASK_CREDIT_NS	5000000ull	/* how far behind the clock a task may begin that comes back from sleep */
#define TASK_LEAD_SLICES 2	/* and how far ahead one may begin that ran while nobody else wanted the cid */
#define BOUND_TRIES	8		/* cids looked at for a task that may run on some */
#define BOUND_LAG_NS	50000000ull	/* how far the clocks of a cid's bound tasks and of the others may be apart */

/* The head of every task context. */
struct sub_task {
	struct rival rival;	/* in its place's queue; while the context is free, the slab's link lies over it */
	u64 tid;		/* p->scx.tid: survives exec and exit, unlike a pid */
	u64 place;		/* arena address: where it competes */
	u64 queued_at;		/* ns: since when it waits; 0: it does not */
	u32 group;		/* entity */
	u32 sched;		/* entity of the scheduler */
	s32 pid;
	u32 roams;		/* it waits for one cid and may run on others */
	u32 sum;		/* queue_sum() of its place since it is charged */
	u32 pad;
};

typedef struct sub_task __arena sub_task_t;

/* What the kernel finds for a task: its context, and what has been charged of its run time. */
struct sub_storage {
	u64 ctx;		/* arena address; 0: the slab was full */
	u64 exec_snap;		/* p->se.sum_exec_runtime at the last charge */
	u64 woken_at;		/* since when it waits to run after a wake-up that found it no cid, ns; 0: it does not */
	u32 plain;		/* it waits in the PLAIN DSQ */
	u32 group;		/* entity */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct sub_storage);
} sub_tasks SEC(".maps");

/**
 * SUB_POLICY - what the loader must know to size a region
 * @task: the policy's task context; its first member is a struct sub_task
 * @block: the policy's own block in the region, see policy_block()
 */
#define SUB_POLICY(task, block)						\
	const volatile u32 slab_ctx_bytes = sizeof(task);		\
	const volatile u32 policy_bytes = sizeof(block);		\
	_Static_assert(!(sizeof(task) % 8), "the cmask that follows needs 8-byte alignment")

extern const volatile u32 slab_ctx_bytes;

static __always_inline region_t *sub_region(void)
{
	return pool_ptr(region_t, pool_region);
}

/* This cid's counters. */
static __always_inline region_cid_t *sub_here(void)
{
	return region_cid(sub_region(), scx_bpf_this_cid());
}

/* To be used where interrupts are off: in all callbacks but the sleepable ones. */
#define sub_count(field)	(sub_here()->field++)
#define policy_block(type)	pool_ptr(type __arena, sub_region()->policy)

static __always_inline struct sub_storage *sub_storage(struct task_struct *p)
{
	return bpf_task_storage_get(&sub_tasks, p, 0, 0);
}

static __always_inline sub_task_t *sub_task_at(u64 addr)
{
	return pool_ptr(sub_task_t, addr);
}

/* The task's context; NULL when it has none. */
static __always_inline sub_task_t *sub_task(struct sub_storage *stor)
{
	return stor && stor->ctx ? sub_task_at(stor->ctx) : NULL;
}

/* The task's affinity, behind the policy's part of its context. */
static __always_inline struct scx_cmask __arena *sub_cmask(sub_task_t *t)
{
	return pool_ptr(struct scx_cmask __arena, (u64)t + slab_ctx_bytes);
}

static __always_inline struct scx_cmask __arena *sub_usable(void)
{
	return pool_ptr(struct scx_cmask __arena, sub_region()->usable);
}

/* May a task run on this cid? */
static __always_inline bool sub_may_run(sub_task_t *t, s32 cid)
{
	return pool_has(sub_cmask(t), cid) && pool_has(sub_usable(), cid);
}

/*
 * The load weights that the kernel gives nice -20 to 19: each step is a quarter more or less of the CPU beside one of nice 0. A
 * BPF scheduler is told them scaled to cgroup weights, on which scale nice 19 is 1 and not 1.5.
 */
static const u32 nice_weights[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904,
	3906,  3121,  2501,  1991,  1586,  1277,  1024,  820,   655,   526,   423,  335,  272,	215,
	172,   137,   110,   87,    70,	   56,	  45,	 36,	29,    23,    18,   15,
};

/* A kernel thread has no small weight: khugepaged, of nice 19, holds the mmap_lock of who waits for it. */
static __always_inline u32 task_weight(struct task_struct *p)
{
	u32 nice = p->static_prio - 100, weight;

	if (p->policy == SCHED_IDLE)
		return 3;
	weight = nice < 40 ? nice_weights[nice] : 1024;
	return (p->flags & PF_KTHREAD) && weight < 1024 ? 1024 : weight;
}

/*
 * CPU time on a cid for which bound tasks compete with others: both sides' clocks, by the weights of the groups that wait, see
 * root_side().
 */
static __noinline void charge_side(s32 cid, bool is_bound, u64 ns)
{
	cid_state_t *c = pool_cid(cid);
	queue_t *bound = &c->bound.queue, *others = &pool_entity_at(ENTITY_ROOT)->machine.queue;
	u32 load;

	if ((is_bound ? others->nr : bound->nr) <= 0)
		return;
	load = is_bound ? bound->load : others->load;
	ns = ns * 1024 / (load ?: 1024);
	if (is_bound)
		c->bound_vtime += ns;
	else
		c->other_vtime += ns;
	if (time_before64(c->other_vtime + BOUND_LAG_NS, c->bound_vtime))
		c->other_vtime = c->bound_vtime - BOUND_LAG_NS;
	if (time_before64(c->bound_vtime + BOUND_LAG_NS, c->other_vtime))
		c->bound_vtime = c->other_vtime - BOUND_LAG_NS;
}

/* Bring what was gathered on this cid to the entities. */
static __noinline void charge_flush(region_cid_t *here)
{
	u64 place = here->charging, ns = here->uncharged_ns;

	here->uncharged_ns = 0;
	if (!ns || !place)
		return;
	charge_side(((u64)here - sub_region()->cids) / sizeof(struct region_cid), place_at(place)->cid >= 0, ns);
	group_charge(place, ns);
}

/**
 * sub_charge - charge what a task has run since it was last seen
 * @here: this cid's counters
 *
 * From any callback that holds the task's rq lock: sum_exec_runtime is current in select_cid of the task itself, enqueue,
 * tick and dispatch's prev. (The difference of sum_exec_runtime instead of running/stopping callbacks: they would cost a
 * call each at every switch.) What tasks of one group run for moments only is gathered here before the entities hear of it,
 * which are everybody's; but at once where a cpu.max holds, which is exact. Returns what the task has run, ns.
 */
static __always_inline u64 sub_charge(struct task_struct *p, struct sub_storage *stor, sub_task_t *t,
				      region_cid_t *here)
{
	u64 now = p->se.sum_exec_runtime, delta, place;

	if (!stor)
		return 0;
	delta = now - stor->exec_snap;
	if (!delta)
		return 0;
	stor->exec_snap = now;
	here->used_ns += delta;
	if (t) {
		place = t->place;
		t->rival.vtime += rival_scaled(&t->rival, delta);
		queue_advance(place_at(place), delta, t->sum, t->rival.weight, t->rival.vtime, QUEUE_TASK_LAG_NS);
		t->sum = queue_sum(place_at(place));
	} else {
		place = (u64)&pool_entity_at(stor->group)->machine;
	}
	if (here->charging != place) {
		charge_flush(here);
		here->charging = place;
	}
	here->uncharged_ns += delta;
	if (here->uncharged_ns >= CHARGE_NS || bandwidth_limits(stor->group))
		charge_flush(here);
	return delta;
}

/* The same where nothing else is wanted of the task. */
static __always_inline void sub_charge_task(struct task_struct *p)
{
	struct sub_storage *stor = sub_storage(p);

	sub_charge(p, stor, sub_task(stor), sub_here());
}

/* What of a task's affinity is outside of what we can use does not matter: may it run on all of that? */
static __always_inline bool task_runs_everywhere(sub_task_t *t)
{
	struct scx_cmask __arena *usable = sub_usable(), *allowed = sub_cmask(t);
	u32 nr_words = (usable->nr_cids + 63) / 64, word;

	for (word = 0; word < nr_words && can_loop; word++)
		if (usable->bits[word] & ~allowed->bits[word])
			return false;
	return true;
}

/* The group of root's to which an entity belongs. */
static __always_inline u32 task_branch(u32 nr)
{
	while (pool_entity_at(nr)->depth > 1 && can_loop)
		nr = pool_entity_at(nr)->parent;
	return nr;
}

/*
 * How much of a cid a task can expect when it waits there, in parts of 1024: its group's weight of all that compete for the cid,
 * among the tasks of the group that wait there already.
 */
__noinline u32 task_prospect(u32 nr, u32 branch, u32 cid)
{
	u64 there = place_find(nr, cid), top = place_find(branch, cid);
	u32 weight = pool_entity_at(branch)->machine.rival.weight, sum = queue_sum(&pool_cid(cid)->bound);
	s32 others = there ? place_at(there)->queue.nr : 0;

	if (!top || place_at(top)->queue.nr <= 0)
		sum += weight;
	return (u64)weight * 1024 / (sum > weight ? sum : weight ?: 1) / (others > 0 ? others + 1 : 1);
}

/*
 * The cid for which a task waits that may not run everywhere: of the first BOUND_TRIES where it may, from its last one on, that
 * with the best prospect, and its last one if another is not a quarter better. Where it may run nowhere it is its last one: it
 * is rescued there.
 */
static __noinline s32 task_bound_cid(sub_task_t *t, u32 prev, bool roams)
{
	u64 allowed = (u64)sub_cmask(t), usable = sub_region()->usable;
	u32 nr_cids = pool_hdr()->nr_cids, branch = task_branch(t->group), best = 0, cid = prev, i;
	s32 found = prev;

	if (!roams && sub_may_run(t, prev))
		return prev;
	bpf_for(i, 0, BOUND_TRIES) {
		u32 prospect;

		cid = pool_next_in_all(allowed, usable, usable, cid);
		if (cid >= nr_cids)
			cid = pool_next_in_all(allowed, usable, usable, 0);
		barrier_var(cid);
		if (cid >= nr_cids || (i && cid == prev))
			break;
		prospect = task_prospect(t->group, branch, cid);
		if (cid == prev)
			prospect += prospect / 4;
		if (prospect > best) {
			best = prospect;
			found = cid;
		}
		cid++;
	}
	return found;
}

/* A task competes in another place: as far behind or ahead of the others there as it was here. */
static __always_inline void task_set_place(sub_task_t *t, u64 place)
{
	queue_t *from = &place_at(t->place)->queue, *to = &place_at(place)->queue;

	if (t->place == place)
		return;
	t->rival.vtime += to->clock - from->clock;
	t->place = place;
}

/**
 * task_place - the place in which a task competes
 * @prev: the cid that it was on
 */
static __always_inline void task_place(struct task_struct *p, sub_task_t *t, s32 prev)
{
	if (p->nr_cpus_allowed > 1 ? task_runs_everywhere(t) : pool_hdr()->nr_cids == 1) {
		t->roams = 0;
		task_set_place(t, (u64)&pool_entity_at(t->group)->machine);
		return;
	}
	t->roams = p->nr_cpus_allowed > 1;
	task_set_place(t, place_bound(t->group, task_bound_cid(t, prev, t->roams)));
}

/*
 * A task's virtual time, kept near the others': what it saved up by sleeping, and how far one that ran on while nobody else wanted
 * the cid is put behind those who come now: it would wait long for those who come anew all the time.
 */
static __always_inline void task_clamp(sub_task_t *t)
{
	u64 clock = place_at(t->place)->queue.clock;
	u64 most = clock + rival_scaled(&t->rival, TASK_LEAD_SLICES * slice_ns());

	if (time_before64(t->rival.vtime, clock - TASK_CREDIT_NS))
		t->rival.vtime = clock - TASK_CREDIT_NS;
	if (time_before64(most, t->rival.vtime))
		t->rival.vtime = most;
}

/* Put a task into its place's queue. Its rq lock is held: nobody else puts it anywhere. False: the lock was not to be had. */
static __noinline bool task_push(u64 addr, u64 now)
{
	sub_task_t *t = sub_task_at(addr);
	struct bpf_res_spin_lock *lock = queue_lock(t->place);
	queue_t *q = &place_at(t->place)->queue;

	if (!lock || bpf_res_spin_lock(lock))
		return false;
	heap_push(q, addr);
	t->queued_at = now ?: 1;
	bpf_res_spin_unlock(lock);
	if (t->roams)
		__sync_fetch_and_add(&pool_hdr()->nr_roaming, 1);
	queue_count(t->place, 1);
	return true;
}

/* A task waits no more in its place's queue: count it out of that. */
static __always_inline void task_popped(sub_task_t *t)
{
	t->queued_at = 0;
	if (t->roams)
		__sync_fetch_and_add(&pool_hdr()->nr_roaming, -1);
	queue_count(t->place, -1);
}

/* Take a task out of its queue's heap; a dispatch may be faster. True when it was in: task_popped() is to follow. */
static __noinline bool task_take(u64 addr)
{
	sub_task_t *t = sub_task_at(addr);
	struct bpf_res_spin_lock *lock;
	bool was_in = false;

	if (t->rival.state != RIVAL_IN)
		return false;
	lock = queue_lock(t->place);
	if (!lock || bpf_res_spin_lock(lock))
		return false;
	if (t->rival.state == RIVAL_IN) {
		heap_remove(&place_at(t->place)->queue, addr);
		was_in = true;
	}
	bpf_res_spin_unlock(lock);
	return was_in;
}

/* Take a task out of its place's queue, if it is in. */
static __always_inline void task_remove(u64 addr)
{
	if (task_take(addr))
		task_popped(sub_task_at(addr));
}

/* A task without a context waits in the PLAIN DSQ. */
static __always_inline void task_wait_plain(struct task_struct *p, struct sub_storage *stor, u64 enq_flags)
{
	u32 nr = stor ? stor->group : pool_entity;

	sub_count(nr_degraded);
	if (stor)
		stor->plain = 1;
	__sync_fetch_and_add(&sub_region()->nr_plain, 1);
	scx_bpf_dsq_insert(p, PLAIN_DSQ, slice_ns(), enq_flags);
	queue_count((u64)&pool_entity_at(nr)->machine, 1);
}

/* A task that waits leaves our custody, to run or for good. */
static __always_inline void task_waits_no_more(struct sub_storage *stor)
{
	sub_task_t *t = sub_task(stor);
	u32 nr = stor ? stor->group : pool_entity;

	if (t)
		task_remove(stor->ctx);
	if (stor && !stor->plain)
		return;
	if (stor)
		stor->plain = 0;
	__sync_fetch_and_add(&sub_region()->nr_plain, -1);
	queue_count((u64)&pool_entity_at(nr)->machine, -1);
}

/* Which group a task belongs to, of those that are ours. */
static __always_inline u32 task_group(struct task_struct *p, struct cgroup *cgrp)
{
	u32 nr = cgrp ? group_of(group_cgroup_id(cgrp)) : 0;

	if (!nr && !pool_entity)
		return p->flags & PF_KTHREAD ? ENTITY_KERNEL : ENTITY_OWN;
	return nr && pool_entity_at(nr)->sched == pool_entity ? nr : pool_entity ?: ENTITY_OWN;
}

/* A task is of another group from now on. It does not wait. */
static __always_inline void task_join(struct sub_storage *stor, u32 nr)
{
	sub_task_t *t = sub_task(stor);

	stor->group = nr;
	if (!t)
		return;
	t->group = nr;
	task_set_place(t, (u64)&pool_entity_at(nr)->machine);
}

/* What a task gets that cannot have a context. */
static __always_inline s32 sub_no_context(struct task_struct *p)
{
	region_t *r = sub_region();

	__sync_fetch_and_add(&r->nr_full, 1);
	if (on_full == ON_FULL_ABORT) {
		scx_bpf_error("slab exhausted (max_tasks %llu)", r->slab_capacity);
		return -ENOMEM;
	}
	/*
	 * The tasks of a child that ends come home through here, and the kernel ends a parent that refuses one: while
	 * there are children, nothing is refused. Nor does root ever.
	 */
	if (on_full == ON_FULL_REFUSE && pool_entity && !sub_region()->nr_children)
		return -ENOMEM;
	return 0;
}

/* A context as it begins. A child begins where its parent is: else whoever forks all the time would gain by it. */
static __always_inline void task_init(struct task_struct *p, sub_task_t *t, u32 nr, bool is_fork)
{
	queue_t *q = &pool_entity_at(nr)->machine.queue;
	sub_task_t *parent = is_fork ? sub_task(sub_storage(bpf_get_current_task_btf())) : NULL;

	t->rival.key = 0;
	t->rival.vtime = q->clock;
	t->rival.child = 0;
	t->rival.next = 0;
	t->rival.prev = 0;
	t->rival.weight = task_weight(p);
	t->rival.kind = RIVAL_TASK;
	t->rival.running = 0;
	t->rival.state = RIVAL_OUT;
	t->tid = p->scx.tid;
	t->place = (u64)&pool_entity_at(nr)->machine;
	t->queued_at = 0;
	t->group = nr;
	t->sched = pool_entity;
	t->pid = p->pid;
	t->roams = 0;
	t->sum = 0;
	if (parent && parent->group == nr) {
		s64 lag = parent->rival.vtime - place_at(parent->place)->queue.clock;

		if (lag > 0)
			t->rival.vtime += lag;
	}
	cmask_init(sub_cmask(t), 0, scx_bpf_nr_cids());
}

/**
 * sub_init_task - ops.init_task: a context for the task
 * @ret_task: its context, NULL when it runs without; the policy sets its own fields
 *
 * Sleepable. 0 or -ENOMEM as on_full says.
 */
static __always_inline s32 sub_init_task(struct task_struct *p, struct scx_init_task_args *args, sub_task_t **ret_task)
{
	struct sub_storage *stor;
	s32 ret;
	u64 ctx;

	*ret_task = NULL;
	stor = bpf_task_storage_get(&sub_tasks, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!stor)
		return sub_no_context(p);
	ctx = slab_alloc(pool_region);
	if (!ctx) {
		ret = sub_no_context(p);
		if (ret)
			return ret;
	}
	__sync_fetch_and_add(&sub_region()->nr_tasks, 1);
	stor->exec_snap = p->se.sum_exec_runtime;
	stor->woken_at = 0;
	stor->plain = 0;
	stor->group = task_group(p, args->cgroup);
	stor->ctx = ctx;
	if (ctx) {
		*ret_task = sub_task(stor);
		task_init(p, *ret_task, stor->group, args->fork);
	}
	return 0;
}

static __always_inline void sub_exit_task(struct task_struct *p)
{
	struct sub_storage *stor = sub_storage(p);
	u64 ctx;

	if (!stor)
		return;
	ctx = stor->ctx;
	stor->ctx = 0;
	__sync_fetch_and_add(&sub_region()->nr_tasks, -1);
	if (!ctx)
		return;
	task_remove(ctx);
	slab_free(pool_region, ctx);
}

/* ops.enable: run time before this was another scheduler's, or another class's. */
static __always_inline void sub_enable(struct task_struct *p)
{
	struct sub_storage *stor = sub_storage(p);

	if (stor)
		stor->exec_snap = p->se.sum_exec_runtime;
}

/* ops.disable: the task ends, or leaves us: what it ran since the last tick would never be charged. */
static __always_inline void sub_disable(struct task_struct *p)
{
	sub_charge_task(p);
}

/* ops.set_weight: another nice value. */
static __always_inline void sub_set_weight(struct task_struct *p)
{
	sub_task_t *t = sub_task(sub_storage(p));

	if (t && t->rival.state == RIVAL_OUT)
		t->rival.weight = task_weight(p);
}

static __always_inline void sub_set_cmask(struct task_struct *p, const struct scx_cmask *cmask)
{
	sub_task_t *t = sub_task(sub_storage(p));

	if (t)
		cmask_copy(sub_cmask(t), (struct scx_cmask __arena *)(long)cmask);
}

#endif
