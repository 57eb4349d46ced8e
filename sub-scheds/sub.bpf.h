/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sub.bpf.h: what every scheduler of the tree stands on: its region, its tasks' contexts, publishing demand and use, idle
 * cids, its children. Root stands on it too, as entity 0.
 *
 * A policy says what its task context is (SUB_POLICY), and defines policy_dispatch(): give this cid one of the tasks that
 * you queued. Its enqueue begins with sub_enqueue(), which places whatever needs no queue; the rest the policy queues in
 * its own way and says so with sub_queued(). All its other callbacks are those of SUB_OPS, or call what those call.
 * fifo.bpf.c is the shortest example.
 *
 * A task's way: select_cid (sub_select: the waker's cid, an idle one, or that of somebody who is ahead: at once)
 * -> enqueue (sub_enqueue: the same for who had no select_cid, rescue, or the policy's queue and nr_queued + 1) -> some
 * cid's dispatch, from root downwards (sub_dispatch: who is next; policy_dispatch) -> local DSQ, dequeue (nr_queued - 1)
 * -> runs; its CPU time is charged at the tick and wherever it is seen again. Where a cpu.max holds (bandwidth.bpf.h) every
 * task is queued, so that each start is a dispatch of root's.
 *
 * Of idle cids that near the last one is taken first; one that is another node's own (`cpus`), last: see exclusive.bpf.h.
 *
 * A task whose context could not be had (on_full = degrade) waits in a plain FIFO of the kernel's, the PLAIN DSQ; so does
 * one that may run only on cids that others own, as a policy need not know when it may send it there.
 */
#ifndef SCX_TREE_SUB_BPF_H
#define SCX_TREE_SUB_BPF_H

#include "../root-sched/pool.bpf.h"
#include "../root-sched/exclusive.bpf.h"
#include "slab.bpf.h"
#include "tunable.bpf.h"

char _license[] SEC("license") = "GPL";

UEI_DEFINE(uei);

/* The loader's: which region and which entity are this object's. */
const volatile u64 pool_region;
const volatile u32 pool_entity;

TUNABLE_LIVE(u64, slice_us, 4000, "us", "100..1000000", "how long a task runs before others get their turn");

enum { ON_FULL_DEGRADE, ON_FULL_REFUSE, ON_FULL_ABORT };
TUNABLE_LIVE(u32, on_full, ON_FULL_DEGRADE, "degrade|refuse|abort", "",
	     "no task context left: run the task from a plain queue, refuse it with ENOMEM, or end this scheduler");

TUNABLE_LIVE(
	u64, preempt_us, 500, "us", "0..1000000",
	"a waking task interrupts a node that is ahead of its own by more than this much CPU time; 0: it never does");
TUNABLE_LIVE(u64, preempt_own_us, 2000, "us", "0..1000000",
	     "and a task of its own node that has run for so much more than itself; 0: it never does");
TUNABLE(u32, grant_cids, 0, "cids", "0..4096",
	"the schedulers below may use our first so many cids only; 0: all of them");

#define slice_ns()	(slice_us * 1000)

/* The head of every task context. While the context is free, the slab's link lies over it. */
struct sub_task {
	u64 next_free;
	u64 tid;		/* p->scx.tid: survives exec and exit, unlike a pid */
	u64 vtime;		/* what it has run, ns, scaled by 100 / SUB_TASK_WEIGHT */
	s32 pid;
	u32 pad;
};

typedef struct sub_task __arena sub_task_t;

/* What the kernel finds for a task: its context, and what has been charged of its run time. */
struct sub_storage {
	u64 ctx;		/* arena address; 0: the slab was full */
	u64 exec_snap;		/* p->se.sum_exec_runtime at the last charge */
	u32 queued;		/* counted in nr_queued */
	u32 captive;		/* counted as a captive of this cid, from 1; 0: is none */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct sub_storage);
} sub_tasks SEC(".maps");

/* A policy that orders its tasks by vtime defines this as their weights; to the others all tasks are alike. */
#ifndef SUB_TASK_WEIGHT
#define SUB_TASK_WEIGHT(p)	100
#endif

#define PLAIN_DSQ	0	/* DSQ numbers are each scheduler's own */
#define SYNC_MAX_NS	50000	/* what a task may have run between two synchronous wake-ups to stay with its waker */
#define VICTIM_TRIES	8	/* cids looked at for one to interrupt */
#define VICTIM_OWN_TRIES 128	/* the same, by who has cids of its own: it may interrupt whom it finds there */
#define TASK_CREDIT_NS	(ENTITY_CREDIT_NS / 2)
#define TASK_LEAD_SLICES	2

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

/* To be defined by the policy: send one queued task (or a batch) to @cid's local DSQ. True when it did. */
static bool policy_dispatch(s32 cid);

static __always_inline region_t *sub_region(void)
{
	return pool_ptr(region_t, pool_region);
}

/* This cid's counters. */
static __always_inline region_cid_t *sub_here(void)
{
	return region_cid(sub_region(), scx_bpf_this_cid());
}

#define sub_count(field)	__sync_fetch_and_add(&sub_here()->field, 1)
#define policy_block(type)	pool_ptr(type __arena, sub_region()->policy)

static __always_inline struct sub_storage *sub_storage(struct task_struct *p)
{
	return bpf_task_storage_get(&sub_tasks, p, 0, 0);
}

/* The task's context; NULL when it has none. */
static __always_inline sub_task_t *sub_task(struct sub_storage *stor)
{
	return stor && stor->ctx ? pool_ptr(sub_task_t, stor->ctx) : NULL;
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

/**
 * sub_charge - charge what a task has run since it was last seen
 *
 * From any callback that holds the task's rq lock: sum_exec_runtime is current in select_cid of the task itself, enqueue,
 * tick and dispatch's prev. (The difference of sum_exec_runtime instead of running/stopping callbacks: they would cost a
 * call each at every switch.) Returns what was charged, ns.
 */
static __always_inline u64 sub_charge(struct task_struct *p, struct sub_storage *stor)
{
	u64 now = p->se.sum_exec_runtime, delta;

	if (!stor)
		return 0;
	delta = now - stor->exec_snap;
	if (!delta)
		return 0;
	stor->exec_snap = now;
	__sync_fetch_and_add(&sub_here()->used_ns, delta);
	entity_charge(pool_entity, delta);
	if (stor->ctx)
		sub_task(stor)->vtime += delta * 100 / SUB_TASK_WEIGHT(p);
	return delta;
}

/* May our tasks be started by root's dispatch alone? See bandwidth.bpf.h. */
static __always_inline bool sub_limited(void)
{
	return bandwidth_limits(pool_entity);
}

/* The tasks of this scheduler have come this far. */
static __always_inline void sub_advance(u64 vtime)
{
	region_t *r = sub_region();

	if (time_before64(r->vnow, vtime))
		r->vnow = vtime;
}

/*
 * A task that waited for its turn, or runs for a tick already, is on this cid: as far as whoever is furthest. A policy need
 * not run them in the order of their vtimes, and one that is behind must not be safe from those who have hardly run.
 */
static __always_inline void sub_runs(sub_task_t *t)
{
	u64 vnow = sub_region()->vnow;

	pool_cid(scx_bpf_this_cid())->task_vtime = time_before64(t->vtime, vnow) ? vnow : t->vtime;
}

/*
 * A task's vtime, kept near the others': what it saved up by sleeping, and how far one that ran on while nobody else wanted
 * the cid is put behind those who come now: two slices, or it would wait long for those who come anew all the time.
 */
static __always_inline u64 sub_vtime(struct task_struct *p, sub_task_t *t)
{
	u64 vnow = sub_region()->vnow, most = TASK_LEAD_SLICES * slice_ns();

	if (time_before64(t->vtime, vnow - TASK_CREDIT_NS))
		t->vtime = vnow - TASK_CREDIT_NS;
	if (time_before64(vnow + most, t->vtime)) {
		most = vnow + most * 100 / SUB_TASK_WEIGHT(p);
		if (time_before64(most, t->vtime))
			t->vtime = most;
	}
	return t->vtime;
}

/* A task goes to this cid's local DSQ: who is on a cid is how dispatch finds the competitor that runs. */
static __always_inline void sub_placed(s32 cid)
{
	cid_state_t *c = pool_cid(cid);

	if (c->entity != pool_entity)
		c->entity = pool_entity;
}

/* A task is sent to a cid without queueing. */
static __always_inline void sub_direct(s32 cid, sub_task_t *t)
{
	sub_count(nr_direct);
	sub_placed(cid);
	pool_cid(cid)->task_vtime = t->vtime;
}

/**
 * sub_claim_idle - claim an idle cid for a task, or -1
 *
 * A task without a context has no cmask here; it only gets the cid that it was on.
 */
static __always_inline s32 sub_claim_idle(struct task_struct *p, sub_task_t *t, s32 prev)
{
	struct scx_cmask __arena *usable = sub_usable();

	return pool_claim_idle(t ? sub_cmask(t) : usable, region_home(sub_region()), usable, prev);
}

/*
 * May a task that is woken synchronously stay on the waker's cid? The waker is about to sleep, so the task runs next with
 * neither a switch to idle nor an interrupt between CPUs nor a dispatch. But what lies in a local DSQ is not weighed
 * against anybody: only while nobody is queued in the whole tree, and only for a task that ran shortly the last time.
 */
static __always_inline bool sub_may_stay(sub_task_t *t, s32 cid, u64 ran_ns)
{
	return ran_ns < SYNC_MAX_NS && pool_entity_at(0)->nr_queued <= 0 && cmask_test(cid, sub_cmask(t)) &&
	       cmask_test(cid, sub_usable()) && !scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL_ON | cid);
}

/*
 * How far whoever runs on a cid is ahead of a task of ours, beyond what it takes to interrupt him: see sub_victim(). (Not
 * static: the verifier would walk the search anew for each outcome.)
 */
__noinline s64 sub_lead(u32 cid, u64 vtime, bool own)
{
	cid_state_t *c = pool_cid(cid);
	u32 running = c->entity;

	if (running == pool_entity)
		return own && time_before64(vtime + preempt_own_us * 1000, c->task_vtime);
	return entity_lead(running, pool_entity, c->owner) - (preempt_us ? preempt_us * 1000 : ENTITY_LEAD_MAX - 1);
}

/**
 * sub_victim - the cid where somebody runs who is furthest ahead of a task of ours
 * @allowed: arena address of the task's cmask
 * @prev: its last cid: where the search begins, and preferred among equals
 * @vtime: its own
 * @own: whether a task of our own may be interrupted
 *
 * Of another node's task it is the node that must be ahead of ours, by more than preempt_us; of our own, which come last,
 * the task, by more than preempt_own_us; from our own cids all others have to go. Looks at VICTIM_TRIES of the task's cids,
 * those that share a last-level cache with prev first. Who runs where is what was sent there last. Returns -1 for none.
 */
__noinline s32 sub_victim(u64 allowed_addr, u32 prev, u64 vtime, bool own)
{
	struct scx_cmask __arena *allowed = pool_ptr(struct scx_cmask __arena, allowed_addr);
	struct scx_cmask __arena *usable = sub_usable();
	u32 tries = pool_entity_at(pool_entity)->exclusive ? VICTIM_OWN_TRIES : VICTIM_TRIES;
	u32 nr_cids = usable->nr_cids, llc = pool_cid(prev)->llc, cid = prev, from, i;
	bool wrapped = false;
	s64 best = 0, lead;
	s32 victim = -1;

	bpf_for(i, 0, tries) {
		from = cid;
		cid = cmask_next_and_set_wrap(allowed, usable, from);
		barrier_var(cid);
		wrapped |= i && cid < from;
		if (cid >= nr_cids || (wrapped && cid >= llc))
			break;
		lead = sub_lead(cid, vtime, own);
		if (lead > best) {
			best = lead;
			victim = cid;
		}
		/* after prev its cache from the beginning */
		cid = i ? cid + 1 : llc;
	}
	return victim;
}

/* Who wakes up, and how: for sub_claim(). A waker that is about to sleep leaves its own cid to one of its node. */
enum sub_wakes { WAKES_NOT, WAKES, WAKES_SYNC };

/*
 * Find a cid where a task may run at once, without queueing: an idle one, or, for a task that wakes up now, that of
 * somebody who is ahead. Returns it, and with which flag to send the task there; or -1.
 */
static __always_inline s32 sub_claim(struct task_struct *p, sub_task_t *t, s32 prev, enum sub_wakes wakes,
				     u64 *ret_flag)
{
	s32 cid = sub_claim_idle(p, t, prev);

	*ret_flag = SCX_ENQ_IMMED;
	if (cid < 0 && wakes && (preempt_us || preempt_own_us || pool_hdr()->nr_owned)) {
		cid = sub_victim((u64)sub_cmask(t), prev, sub_vtime(p, t), preempt_own_us && wakes != WAKES_SYNC);
		*ret_flag = SCX_ENQ_PREEMPT;
		if (cid >= 0)
			sub_count(nr_preempt);
	}
	if (cid >= 0)
		sub_direct(cid, t);
	return cid;
}

/**
 * sub_select - ops.select_cid: an idle cid at once, else that of somebody who is ahead
 *
 * Otherwise the previous one, and enqueue queues the task.
 */
static __always_inline s32 sub_select(struct task_struct *p, s32 prev, u64 wake_flags)
{
	struct sub_storage *stor = sub_storage(p);
	sub_task_t *t = sub_task(stor);
	u64 ran_ns = sub_charge(p, stor), flag;
	s32 cid;

	if (!t || sub_limited())
		return prev;
	if (wake_flags & SCX_WAKE_SYNC) {
		cid = scx_bpf_this_cid();
		if (sub_may_stay(t, cid, ran_ns)) {
			sub_direct(cid, t);
			scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, slice_ns(), 0);
			return cid;
		}
	}
	cid = sub_claim(p, t, prev, wake_flags & SCX_WAKE_SYNC ? WAKES_SYNC : WAKES, &flag);
	if (cid < 0)
		return prev;
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, slice_ns(), flag);
	return cid;
}

static __always_inline void sub_count_reenq(struct task_struct *p)
{
	if ((p->scx.flags & SCX_TASK_REENQ_REASON_MASK) == SCX_TASK_REENQ_CAP)
		sub_count(nr_reenq_cap);
	else
		sub_count(nr_reenq);
}

/**
 * sub_rescue - place a task that may run on none of our usable cids
 *
 * The kernel runs it there within the small budget that it keeps for such tasks. True when the task is one of them.
 */
static __always_inline bool sub_rescue(struct task_struct *p, sub_task_t *t, u64 enq_flags)
{
	struct scx_cmask __arena *allowed = sub_cmask(t);
	u32 cid;

	if (cmask_intersects(allowed, sub_usable()))
		return false;
	cid = cmask_first_set(allowed);
	if (cid >= scx_bpf_nr_cids())
		return false;
	sub_count(nr_rescued);
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | cid, slice_ns(), enq_flags | SCX_ENQ_RESCUE);
	return true;
}

/* May a task run only on cids that others own? */
static __always_inline bool sub_is_captive(sub_task_t *t)
{
	return pool_hdr()->nr_owned && !cmask_intersects(sub_cmask(t), region_home(sub_region()));
}

/**
 * sub_queued - say that a task waits in the policy's queue, or in the PLAIN DSQ
 *
 * To be called when the task can be found there. A cid that went idle while we queued has looked before; it is kicked.
 */
static __always_inline void sub_queued(struct task_struct *p, sub_task_t *t)
{
	struct sub_storage *stor = sub_storage(p);
	s32 cid;

	if (stor) {
		stor->queued = 1;
		if (t && sub_is_captive(t)) {
			stor->captive = scx_bpf_task_cid(p) + 1;
			exclusive_captive(pool_entity, stor->captive - 1, 1);
		}
	}
	sub_count(nr_enqueued);
	entity_queued(pool_entity, 1);
	cid = sub_claim_idle(p, t, scx_bpf_task_cid(p));
	if (cid >= 0)
		scx_bpf_kick_cid(cid, SCX_KICK_IDLE);
}

/*
 * A task of a limited node wakes up: have the cid of a node that is ahead of ours look who is next, when ours may run and
 * no cid is idle. The kick comes when the task is queued: it waits until interrupts are on.
 */
static __always_inline void sub_make_room(struct task_struct *p, sub_task_t *t)
{
	struct scx_cmask __arena *idle = pool_idle_mask();
	s32 cid;

	if (!preempt_us || cmask_first_set(idle) < idle->nr_cids || !bandwidth_left(pool_entity))
		return;
	cid = sub_victim((u64)sub_cmask(t), scx_bpf_task_cid(p), sub_vtime(p, t), false);
	if (cid >= 0)
		scx_bpf_kick_cid(cid, SCX_KICK_PREEMPT);
}

/**
 * sub_enqueue - ops.enqueue up to the policy's queue
 *
 * Returns the task's context when the policy is to queue the task and call sub_queued(); NULL when the task is placed.
 */
static __always_inline sub_task_t *sub_enqueue(struct task_struct *p, u64 enq_flags)
{
	struct sub_storage *stor = sub_storage(p);
	sub_task_t *t = sub_task(stor);
	u64 flag;
	s32 cid;

	sub_charge(p, stor);
	if (enq_flags & SCX_ENQ_REENQ)
		sub_count_reenq(p);
	if (!t) {
		sub_count(nr_degraded);
		scx_bpf_dsq_insert(p, PLAIN_DSQ, slice_ns(), enq_flags);
		sub_queued(p, t);
		return NULL;
	}
	if (sub_rescue(p, t, enq_flags))
		return NULL;
	if (sub_limited()) {
		if (enq_flags & SCX_ENQ_WAKEUP)
			sub_make_room(p, t);
	} else if (!(enq_flags & (SCX_ENQ_CPU_SELECTED | SCX_ENQ_REENQ))) {
		/* a task bound to one cid wakes up without a select_cid */
		cid = sub_claim(p, t, scx_bpf_task_cid(p), enq_flags & SCX_ENQ_WAKEUP ? WAKES : WAKES_NOT, &flag);
		if (cid >= 0) {
			scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | cid, slice_ns(), enq_flags | flag);
			return NULL;
		}
	}
	if (!sub_is_captive(t))
		return t;
	scx_bpf_dsq_insert(p, PLAIN_DSQ, slice_ns(), enq_flags);
	sub_queued(p, t);
	return NULL;
}

/* ops.dequeue: the task leaves our custody, to run or for good. The policy unlinks it from its queue itself. */
static __always_inline void sub_dequeue(struct task_struct *p)
{
	struct sub_storage *stor = sub_storage(p);
	sub_task_t *t = sub_task(stor);

	if (stor) {
		if (!stor->queued)
			return;
		stor->queued = 0;
		if (stor->captive)
			exclusive_captive(pool_entity, stor->captive - 1, -1);
		stor->captive = 0;
	}
	if (t) {
		sub_advance(t->vtime);
		sub_runs(t);
	}
	entity_queued(pool_entity, -1);
}

/* One of our own tasks for this cid: from the PLAIN DSQ, from the policy, or the one that is there already. */
static __noinline bool sub_dispatch_own(s32 cid, struct task_struct *prev)
{
	region_cid_t *rc = sub_here();
	/* take turns, so that neither queue starves; but on a cid that is lent for its captives they come first */
	bool plain_first = rc->nr_dispatched & 1 || pool_cid(cid)->nr_captive > 0;

	if ((plain_first && scx_bpf_dsq_move_to_local(PLAIN_DSQ, 0)) || policy_dispatch(cid) ||
	    (!plain_first && scx_bpf_dsq_move_to_local(PLAIN_DSQ, 0))) {
		__sync_fetch_and_add(&rc->nr_dispatched, 1);
		sub_placed(cid);
		return true;
	}
	if (prev && (prev->scx.flags & SCX_TASK_QUEUED)) {
		sub_charge(prev, sub_storage(prev));
		scx_bpf_task_set_slice(prev, slice_ns());
		__sync_fetch_and_add(&rc->nr_kept, 1);
		sub_placed(cid);
		return true;
	}
	return false;
}

/*
 * Charge the task that ran on this cid, whichever scheduler beneath us has it, though it is not asked for another.
 */
static __noinline void sub_settle(s32 cid)
{
	struct task_struct *curr = bpf_get_current_task_btf();
	u32 nr = entity_competitor(pool_entity, pool_cid(cid)->entity);
	struct sub_storage *stor;

	if (nr != pool_entity) {
		if (nr != ENTITY_NONE && !pool_entity_at(nr)->foreign)
			scx_bpf_sub_dispatch(pool_entity_at(nr)->cgroup_id);
		return;
	}
	stor = sub_storage(curr);
	if (sub_task(stor))	/* else it has left us */
		sub_charge(curr, stor);
}

/* Ask a competitor of ours for a task for this cid. */
static __always_inline bool sub_ask(u32 nr, u32 running, s32 cid, struct task_struct *prev)
{
	return nr == pool_entity ? sub_dispatch_own(cid, prev) : delegation_ask(pool_entity, nr, running, cid);
}

/**
 * sub_dispatch - ops.dispatch: ask ourselves and our children, in the order that delegation.bpf.h says
 *
 * True when the cid has something to run.
 */
static __always_inline bool sub_dispatch(s32 cid, struct task_struct *prev)
{
	struct delegation_turn turn = {};
	struct task_struct *curr = bpf_get_current_task_btf();
	u32 running = ENTITY_NONE, nr, i;
	bool found = false;

	if (pool_entity && pool_cid(cid)->settling) {
		sub_settle(cid);
		return false;
	}
	if (!pool_entity_at(pool_entity)->first_child)
		return sub_dispatch_own(cid, prev);

	/* a runnable task of a child is not told by prev, which is then NULL */
	if (curr->scx.flags & SCX_TASK_QUEUED)
		running = entity_competitor(pool_entity, pool_cid(cid)->entity);
	if (prev)
		sub_charge(prev, sub_storage(prev));

	if (pool_cid(cid)->owner) {
		nr = exclusive_first(pool_entity, cid, running);
		if (nr != ENTITY_NONE && sub_ask(nr, running, cid, prev))
			return true;
	}
	if (!(pool_cid(cid)->nr_dispatch % DELEGATION_ASK_NTH) && delegation_ask_uncounted(pool_entity, running))
		return true;
	bpf_for(i, 0, ENTITY_MAX_TRIES) {
		nr = delegation_next(pool_entity, running, &turn);
		if (nr == ENTITY_NONE)
			break;
		found = sub_ask(nr, running, cid, prev);
		if (found) {
			delegation_advance(pool_entity, turn.vtime);
			break;
		}
	}
	if (turn.aside)
		delegation_over(pool_entity, turn.aside);
	if (pool_entity_at(pool_entity)->parked)
		bandwidth_wait(cid, pool_entity_at(pool_entity)->parked_until);
	/* before the cid goes idle: what is counted is a hint, what is in the queues is the truth */
	return found || sub_dispatch_own(cid, prev) ||
	       (delegation_unsettled() && delegation_ask_uncounted(pool_entity, running));
}

/*
 * ops.tick: charge, and say how far the task is that runs here; while nobody of ours waits, it sets the time. And while a cid is idle nobody waits in a local DSQ: a task that stayed with a waker which did not
 * sleep after all is queued for everybody.
 */
static __always_inline void sub_tick(struct task_struct *p)
{
	struct scx_cmask __arena *idle = pool_idle_mask();
	struct sub_storage *stor = sub_storage(p);
	sub_task_t *t = sub_task(stor);

	sub_charge(p, stor);
	if (t) {
		if (pool_entity_at(pool_entity)->nr_own <= 0)
			sub_advance(t->vtime);
		sub_runs(t);
	}
	if (cmask_first_set(idle) < idle->nr_cids && scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL_ON | scx_bpf_task_cid(p)))
		scx_bpf_dsq_reenq(SCX_DSQ_LOCAL, 0);
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
	if (on_full == ON_FULL_REFUSE && pool_entity && !pool_entity_at(pool_entity)->first_child)
		return -ENOMEM;
	return 0;
}

/**
 * sub_init_task - ops.init_task: a context for the task
 * @ret_task: its context, NULL when it runs without; the policy sets its own fields
 *
 * Sleepable. 0 or -ENOMEM as on_full says.
 */
static __always_inline s32 sub_init_task(struct task_struct *p, sub_task_t **ret_task)
{
	struct sub_storage *stor;
	sub_task_t *t;
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
	stor->ctx = ctx;
	t = sub_task(stor);
	if (t) {
		t->next_free = 0;
		t->tid = p->scx.tid;
		t->vtime = sub_region()->vnow;
		t->pid = p->pid;
		cmask_init(sub_cmask(t), 0, scx_bpf_nr_cids());
		*ret_task = t;
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
	if (ctx)
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
	sub_charge(p, sub_storage(p));
}

static __always_inline void sub_set_cmask(struct task_struct *p, const struct scx_cmask *cmask)
{
	sub_task_t *t = sub_task(sub_storage(p));

	if (t)
		cmask_copy(sub_cmask(t), (struct scx_cmask __arena *)(long)cmask);
}

/* ops.sub_ecaps_updated: what we may do on a cid has changed. */
static __always_inline void sub_ecaps(s32 cid, u64 after)
{
	region_cid(sub_region(), cid)->ecaps = after;
	if (after & SCX_CAP_ENQ)
		cmask_set(cid, sub_usable());
	else
		cmask_clear(cid, sub_usable());
	exclusive_set_home(sub_region(), cid);
}

/* ops.sub_attach: take a child in, with everything that we hold ourselves, or as much as grant_cids says. */
static __always_inline s32 sub_attach(u64 cgroup_id)
{
	struct scx_cmask __arena *held = pool_ptr(struct scx_cmask __arena, sub_region()->held);
	u32 nr_cids = scx_bpf_nr_cids(), cid;
	s32 ret;

	ret = scx_bpf_sub_caps(0, SCX_CAP_ENQ, held);
	if (ret)
		return ret;
	if (grant_cids)
		bpf_for(cid, grant_cids, nr_cids)
			__cmask_clear(cid, held);
	exclusive_cut(pool_entity, cgroup_id, sub_region()->held);
	return delegation_attach(pool_entity, cgroup_id, sub_region()->held);
}

/* ops.init. Sleepable. */
static __always_inline s32 sub_init(void)
{
	if (!pool_region) {
		scx_bpf_error("this scheduler gets its region from scx-loader");
		return -EINVAL;
	}
	return scx_bpf_create_dsq(PLAIN_DSQ, -1);
}

/*
 * The callbacks in which policies do not differ. Those that they often do (enqueue, dequeue, init_task) are not here.
 */
#define SUB_CALLBACKS(name)									\
s32 BPF_STRUCT_OPS(name##_select_cid, struct task_struct *p, s32 prev, u64 wake_flags)		\
{												\
	return sub_select(p, prev, wake_flags);							\
}												\
void BPF_STRUCT_OPS(name##_tick, struct task_struct *p)						\
{												\
	sub_tick(p);										\
}												\
void BPF_STRUCT_OPS(name##_exit_task, struct task_struct *p, struct scx_exit_task_args *args)	\
{												\
	sub_exit_task(p);									\
}												\
void BPF_STRUCT_OPS(name##_enable, struct task_struct *p, struct scx_enable_args *args)		\
{												\
	sub_enable(p);										\
}												\
void BPF_STRUCT_OPS(name##_disable, struct task_struct *p)					\
{												\
	sub_disable(p);										\
}												\
void BPF_STRUCT_OPS(name##_set_cmask, struct task_struct *p, const struct scx_cmask *cmask)	\
{												\
	sub_set_cmask(p, cmask);								\
}												\
s32 BPF_STRUCT_OPS(name##_sub_attach, struct scx_sub_attach_args *args)				\
{												\
	return sub_attach(args->ops->sub_cgroup_id);						\
}												\
void BPF_STRUCT_OPS(name##_sub_detach, struct scx_sub_detach_args *args)			\
{												\
	delegation_detach(pool_entity, args->ops->sub_cgroup_id);				\
}												\
void BPF_STRUCT_OPS(name##_cpuctl_set_weight, struct cgroup *cgrp, u32 weight)			\
{												\
	delegation_set_weight(pool_entity, cgrp->kn->id, weight);				\
}												\
void BPF_STRUCT_OPS(name##_cpuctl_set_bandwidth, struct cgroup *cgrp, u64 period_us, u64 quota_us,	\
		    u64 burst_us)								\
{												\
	delegation_set_bandwidth(pool_entity, cgrp->kn->id, period_us, quota_us, burst_us);	\
}												\
void BPF_STRUCT_OPS(name##_exit, struct scx_exit_info *ei)					\
{												\
	UEI_RECORD(uei, ei);									\
}

#define SUB_OPS(sched)										\
	.select_cid		= (void *)sched##_select_cid,					\
	.tick			= (void *)sched##_tick,						\
	.exit_task		= (void *)sched##_exit_task,					\
	.enable			= (void *)sched##_enable,					\
	.disable		= (void *)sched##_disable,					\
	.set_cmask		= (void *)sched##_set_cmask,					\
	.sub_attach		= (void *)sched##_sub_attach,					\
	.sub_detach		= (void *)sched##_sub_detach,					\
	.cpuctl_set_weight	= (void *)sched##_cpuctl_set_weight,				\
	.cpuctl_set_bandwidth	= (void *)sched##_cpuctl_set_bandwidth,				\
	.exit			= (void *)sched##_exit

#endif
