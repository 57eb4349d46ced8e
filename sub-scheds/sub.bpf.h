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
 * What is sent to a cid is sent with SCX_ENQ_IMMED: it runs there at once, or comes back to enqueue. Else it could lie in
 * the local DSQ for as long as a task of a real-time class has the CPU, or others go before it who interrupt. Three do wait
 * there: who stays with its waker, the rest of a batch of qmap's, and a kernel thread that is bound to the cid.
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
	u64 vtime;		/* what it has run, ns, see SUB_SCALED */
	s32 pid;
	u32 pad;
};

typedef struct sub_task __arena sub_task_t;

/* What the kernel finds for a task: its context, and what has been charged of its run time. */
struct sub_storage {
	u64 ctx;		/* arena address; 0: the slab was full */
	u64 exec_snap;		/* p->se.sum_exec_runtime at the last charge */
	u64 woken_at;		/* since when it waits to run after a wake-up that found it no cid, ns; 0: it does not */
	u32 queued;		/* counted in nr_queued */
	u32 captive;		/* counted as a captive of this cid, from 1; 0: is none */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct sub_storage);
} sub_tasks SEC(".maps");

/* A policy that orders its tasks by vtime defines SUB_TASK_WEIGHT as their weights; to the others all tasks are alike. */
#ifdef SUB_TASK_WEIGHT
#define SUB_SCALED(p, ns)	((ns) * 100 / SUB_TASK_WEIGHT(p))
#else
#define SUB_SCALED(p, ns)	(ns)
#endif

#define PLAIN_DSQ	0	/* DSQ numbers are each scheduler's own */
#define CHARGE_NS	100000	/* so little CPU time may be uncharged on each cid */
#define SYNC_MAX_NS	50000	/* what a task may have run between two synchronous wake-ups to stay with its waker */
#define VICTIM_TRIES	8	/* cids looked at for one to interrupt */
#define VICTIM_OWN_TRIES 128	/* the same, by who has cids of its own: it may interrupt whom it finds there */
#define VICTIM_ALIKE_NS	20000000 /* leads that differ by less are alike: a tick's run time on some CPUs at once */
#define VICTIM_OWN_LEAD	1	/* of a task of our own, ns: less than any other's */
#define VICTIM_OWN_PAUSE_NS 500000 /* so long no other task of our own is interrupted on the same cid */
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

/* To be used where interrupts are off: in all callbacks but the sleepable ones. */
#define sub_count(field)	(sub_here()->field++)
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
 * @here: this cid's counters
 *
 * From any callback that holds the task's rq lock: sum_exec_runtime is current in select_cid of the task itself, enqueue,
 * tick and dispatch's prev. (The difference of sum_exec_runtime instead of running/stopping callbacks: they would cost a
 * call each at every switch.) What tasks run for moments only is gathered here before the entities hear of it, which are
 * everybody's; but at once where a cpu.max holds, which is exact. Returns what the task has run, ns.
 */
static __always_inline u64 sub_charge(struct task_struct *p, struct sub_storage *stor, sub_task_t *t,
				      region_cid_t *here)
{
	u64 now = p->se.sum_exec_runtime, delta, gathered;

	if (!stor)
		return 0;
	delta = now - stor->exec_snap;
	if (!delta)
		return 0;
	stor->exec_snap = now;
	if (t)
		t->vtime += SUB_SCALED(p, delta);
	here->used_ns += delta;
	gathered = here->used_ns - here->charged_ns;
	if (gathered >= CHARGE_NS || pool_hdr()->nr_limited) {
		here->charged_ns += gathered;
		entity_charge(pool_entity, gathered);
	}
	return delta;
}

/* The same where nothing else is wanted of the task. */
static __always_inline void sub_charge_task(struct task_struct *p)
{
	struct sub_storage *stor = sub_storage(p);

	sub_charge(p, stor, sub_task(stor), sub_here());
}

/* May our tasks be started by root's dispatch alone? See bandwidth.bpf.h. */
static __always_inline bool sub_limited(void)
{
	return pool_hdr()->nr_limited && bandwidth_limits(pool_entity);
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
static __always_inline void sub_runs(void)
{
	pool_cid(scx_bpf_this_cid())->task_vtime = 0;
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
		most = vnow + SUB_SCALED(p, most);
		if (time_before64(most, t->vtime))
			t->vtime = most;
	}
	return t->vtime;
}

/* A task goes to this cid's local DSQ: who is on a cid is how dispatch finds the competitor that runs. */
static __always_inline cid_state_t *sub_placed(s32 cid)
{
	cid_state_t *c = pool_cid(cid);
	u32 me = pool_entity;

	if (c->entity != me)
		c->entity = me;
	return c;
}

/* A task is sent to a cid without queueing. */
static __always_inline void sub_direct(s32 cid, sub_task_t *t, region_cid_t *here)
{
	here->nr_direct++;
	sub_placed(cid)->task_vtime = t->vtime;
}

/**
 * sub_claim_idle - claim an idle cid for a task, or -1
 *
 * A task without a context has no cmask here; it only gets the cid that it was on.
 */
static __always_inline s32 sub_claim_idle(struct task_struct *p, sub_task_t *t, s32 prev)
{
	struct scx_cmask __arena *usable = sub_usable(), *allowed = t ? sub_cmask(t) : usable;

	/* the kernel has made its only cid prev, or is about to, and then enqueues it again */
	if (p->nr_cpus_allowed == 1) {
		if (pool_has(allowed, prev) && pool_has(usable, prev) && pool_take(pool_idle_mask(), prev))
			return prev;
		return -1;
	}
	return pool_claim_idle(allowed, region_home(sub_region()), usable, prev);
}

/* May a task run on this cid? */
static __always_inline bool sub_may_run(sub_task_t *t, s32 cid)
{
	return pool_has(sub_cmask(t), cid) && pool_has(sub_usable(), cid);
}

/* This CPU's run queue, to be read. A kfunc that tells of it costs three times as much. */
static __always_inline struct rq *sub_rq(void)
{
	return bpf_this_cpu_ptr(&runqueues);
}

/*
 * May a task that is woken synchronously stay on the waker's cid, which is this one? The waker is about to sleep, so the task
 * runs next with neither a switch to idle nor an interrupt between CPUs nor a dispatch. One that is bound to this cid may,
 * however it is woken: it can go nowhere else. But what lies in a local DSQ is not weighed against anybody: only while
 * nobody is queued in the whole tree, only for a task that ran shortly the last time, and only with a waker of this class,
 * not behind a real-time task. (Where it was it may run: should that have changed while it slept, the kernel sends it
 * elsewhere.)
 */
static __always_inline bool sub_may_stay(sub_task_t *t, s32 cid, s32 prev, u64 ran_ns)
{
	struct task_struct *waker = bpf_get_current_task_btf();

	return ran_ns < SYNC_MAX_NS && (waker->scx.flags & SCX_TASK_QUEUED) && pool_entity_at(0)->nr_queued <= 0 &&
	       (cid == prev || sub_may_run(t, cid)) && !sub_rq()->scx.local_dsq.nr;
}

/* Who wakes up, and how. A waker that is about to sleep leaves its own cid to one of its node. */
enum sub_wakes {
	WAKES_NOT,
	WAKES,
	WAKES_SYNC,
	WAKES_SOMEHOW,	/* one of the two: only select_cid is told, which is not called for a task that is bound to one CPU */
};

/*
 * May a task of our own be interrupted on a cid? Not by whom it wakes synchronously: a waker that sends one message after
 * the other would be interrupted by each. Where that is not known it is not too often.
 */
static __always_inline bool sub_may_interrupt_own(cid_state_t *c, u64 vtime, enum sub_wakes wakes)
{
	return (wakes == WAKES ||
		(wakes == WAKES_SOMEHOW && scx_bpf_now() - c->interrupted_at > VICTIM_OWN_PAUSE_NS)) &&
	       preempt_own_us && time_before64(vtime + preempt_own_us * 1000, c->task_vtime ?: sub_region()->vnow);
}

/*
 * How far whoever runs on a cid is ahead of a task of ours, beyond what it takes to interrupt him: see sub_victim(). (Not
 * static: the verifier would walk the search anew for each outcome.)
 */
__noinline s64 sub_lead(u32 cid, u64 vtime, enum sub_wakes wakes)
{
	cid_state_t *c = pool_cid(cid);
	u32 running = c->entity;

	if (running == pool_entity)
		return sub_may_interrupt_own(c, vtime, wakes) ? VICTIM_OWN_LEAD : 0;
	return entity_lead(running, pool_entity, c->owner) - (preempt_us ? preempt_us * 1000 : ENTITY_LEAD_MAX - 1);
}

/**
 * sub_victim - the cid where somebody runs who is furthest ahead of a task of ours
 * @allowed: arena address of the task's cmask
 * @prev: its last cid: where the search begins, and preferred among equals
 * @vtime: its own
 * @wakes: how it wakes up
 *
 * Of another node's task it is the node that must be ahead of ours, by more than preempt_us; of our own, which come last,
 * the task, by more than preempt_own_us (sub_may_interrupt_own); from our own cids all others have to go. Looks at
 * VICTIM_TRIES of the task's cids, those that share a last-level cache with prev first, and goes farther than it must only
 * for one who is further ahead by VICTIM_ALIKE_NS: another CPU has to be told. Who runs where is what was sent there last.
 * Returns -1 for none.
 */
__noinline s32 sub_victim(u64 allowed, u32 prev, u64 vtime, enum sub_wakes wakes)
{
	u64 usable = sub_region()->usable;
	u32 tries = pool_entity_at(pool_entity)->exclusive ? VICTIM_OWN_TRIES : VICTIM_TRIES;
	u32 nr_cids = pool_hdr()->nr_cids, llc = pool_cid(prev)->llc, cid = prev, i;
	bool wrapped = false;
	s64 enough = 0, lead;
	s32 victim = -1;

	bpf_for(i, 0, tries) {
		cid = pool_next_in_all(allowed, usable, usable, cid);
		if (cid >= nr_cids && !wrapped) {
			wrapped = true;
			cid = pool_next_in_all(allowed, usable, usable, 0);
		}
		barrier_var(cid);
		if (cid >= (wrapped ? llc : nr_cids))
			break;
		lead = sub_lead(cid, vtime, wakes);
		if (lead > enough) {
			victim = cid;
			enough = lead > VICTIM_OWN_LEAD ? lead + VICTIM_ALIKE_NS : lead;
		}
		/* after prev its cache from the beginning */
		cid = i ? cid + 1 : llc;
	}
	return victim;
}

/*
 * Find a cid where a task may run at once, without queueing: an idle one, or, for a task that wakes up now, that of
 * somebody who is ahead. Returns it, and with which flag to send the task there; or -1.
 */
static __always_inline s32 sub_claim(struct task_struct *p, sub_task_t *t, s32 prev, enum sub_wakes wakes,
				     region_cid_t *here, u64 *ret_flag)
{
	s32 cid = sub_claim_idle(p, t, prev);

	*ret_flag = SCX_ENQ_IMMED;
	if (cid < 0 && wakes && (preempt_us || preempt_own_us || pool_hdr()->nr_owned)) {
		cid = sub_victim((u64)sub_cmask(t), prev, sub_vtime(p, t), wakes);
		*ret_flag = SCX_ENQ_PREEMPT | SCX_ENQ_IMMED;
		if (cid >= 0) {
			here->nr_preempt++;
			if (pool_cid(cid)->entity == pool_entity)
				pool_cid(cid)->interrupted_at = scx_bpf_now();
		}
	}
	if (cid >= 0)
		sub_direct(cid, t, here);
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
	s32 cid = pool_this_cid(prev);
	region_cid_t *here;
	u64 ran_ns, flag;

	if (!t || sub_limited())
		return prev; /* enqueue charges it */
	here = region_cid(sub_region(), cid);
	ran_ns = sub_charge(p, stor, t, here);
	stor->woken_at = 0;
	if ((wake_flags & SCX_WAKE_SYNC) && sub_may_stay(t, cid, prev, ran_ns)) {
		sub_direct(cid, t, here);
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, slice_ns(), 0);
		return cid;
	}
	cid = sub_claim(p, t, prev, wake_flags & SCX_WAKE_SYNC ? WAKES_SYNC : WAKES, here, &flag);
	if (cid < 0)
		return prev;
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, slice_ns(), flag);
	return cid;
}

/* A task comes back from the cid that it was sent to: before it ran, or because a real-time task has taken that. */
static __always_inline void sub_sent_back(struct task_struct *p, region_cid_t *here)
{
	u32 reason = p->scx.flags & SCX_TASK_REENQ_REASON_MASK;

	if (reason == SCX_TASK_REENQ_CAP)
		here->nr_reenq_cap++;
	else if (reason != SCX_TASK_REENQ_PREEMPTED)
		here->nr_reenq++;
	else if (scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL))
		scx_bpf_dsq_reenq(SCX_DSQ_LOCAL, 0); /* who stayed here with this one is not to wait for that to end */
}

/**
 * sub_rescue - place a task that may run on none of our usable cids
 * @prev: its last cid
 *
 * The kernel runs it there within the small budget that it keeps for such tasks. True when the task is one of them.
 */
static __always_inline bool sub_rescue(struct task_struct *p, sub_task_t *t, s32 prev, u64 enq_flags)
{
	struct scx_cmask __arena *allowed = sub_cmask(t);
	u32 cid;

	if (sub_may_run(t, prev) || pool_meet(allowed, sub_usable()))
		return false;
	cid = pool_next_in_all((u64)allowed, (u64)allowed, (u64)allowed, 0);
	if (cid >= scx_bpf_nr_cids())
		return false;
	sub_count(nr_rescued);
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | cid, slice_ns(), enq_flags | SCX_ENQ_RESCUE);
	return true;
}

/*
 * A task that wakes up is about to be queued. So may one be that was placed at once and sent back before it ran: nearly
 * all of those have just been woken up. Returns whether it is to be placed at once again: it was sent back for the first
 * time since it woke up, from a cid that a real-time task has or another went to. No more than once: the kernel ends a
 * scheduler that sends a task in vain for too often.
 */
static __always_inline bool sub_wait_begins(struct task_struct *p, struct sub_storage *stor, u64 enq_flags)
{
	bool sent_back = (p->scx.flags & SCX_TASK_REENQ_REASON_MASK) == SCX_TASK_REENQ_IMMED;
	bool again = sent_back && !stor->woken_at;

	stor->woken_at = enq_flags & SCX_ENQ_WAKEUP || sent_back ? scx_bpf_now() : 0;
	return again;
}

/* And gets a CPU, or ends, or is changed while it waits. The clocks of two cids may differ a little. */
static __always_inline void sub_wait_ends(struct sub_storage *stor)
{
	s64 waited = scx_bpf_now() - stor->woken_at;

	sub_count(nr_waits[pool_wait_bucket(waited < 0 ? 0 : waited)]);
	stor->woken_at = 0;
}

/* May a task run only on cids that others own? */
static __always_inline bool sub_is_captive(sub_task_t *t)
{
	return pool_hdr()->nr_owned && !pool_meet(sub_cmask(t), region_home(sub_region()));
}

/**
 * sub_queued - say that a task waits in the policy's queue, or in the PLAIN DSQ
 * @stor: what sub_enqueue() returned
 *
 * To be called when the task can be found there. A cid that went idle while we queued has looked before; it is kicked.
 */
__noinline void sub_queued(struct task_struct *p __arg_trusted, struct sub_storage *stor)
{
	s32 prev = scx_bpf_task_cid(p), cid;
	sub_task_t *t = sub_task(stor);

	if (stor) {
		stor->queued = 1;
		if (t && sub_is_captive(t)) {
			stor->captive = prev + 1;
			exclusive_captive(pool_entity, prev, 1);
		}
	}
	sub_count(nr_enqueued);
	entity_queued(pool_entity, 1);
	cid = sub_claim_idle(p, t, prev);
	if (cid >= 0)
		scx_bpf_kick_cid(cid, SCX_KICK_IDLE);
}

/*
 * A task of a limited node wakes up: have the cid of a node that is ahead of ours look who is next, when ours may run and
 * no cid is idle. The kick comes when the task is queued: it waits until interrupts are on.
 */
static __always_inline void sub_make_room(struct task_struct *p, sub_task_t *t)
{
	s32 cid;

	if (!preempt_us || !pool_is_busy() || !bandwidth_left(pool_entity))
		return;
	cid = sub_victim((u64)sub_cmask(t), scx_bpf_task_cid(p), sub_vtime(p, t), WAKES_NOT);
	if (cid >= 0)
		scx_bpf_kick_cid(cid, SCX_KICK_PREEMPT);
}

/**
 * sub_enqueue - ops.enqueue up to the policy's queue
 *
 * Returns the task's storage, with a context, when the policy is to queue the task and call sub_queued(); NULL when the
 * task is placed.
 */
static __always_inline struct sub_storage *sub_enqueue(struct task_struct *p, u64 enq_flags)
{
	struct sub_storage *stor = sub_storage(p);
	sub_task_t *t = sub_task(stor);
	region_cid_t *here = sub_here();
	s32 prev = scx_bpf_task_cid(p), cid;
	bool again = false;
	u64 ran_ns, flag;

	ran_ns = sub_charge(p, stor, t, here);
	if (enq_flags & SCX_ENQ_REENQ)
		sub_sent_back(p, here);
	if (stor)
		again = sub_wait_begins(p, stor, enq_flags);
	if (!t) {
		here->nr_degraded++;
		scx_bpf_dsq_insert(p, PLAIN_DSQ, slice_ns(), enq_flags);
		sub_queued(p, stor);
		return NULL;
	}
	if (sub_rescue(p, t, prev, enq_flags))
		return NULL;
	if (sub_limited()) {
		if (enq_flags & SCX_ENQ_WAKEUP)
			sub_make_room(p, t);
	} else if (again || !(enq_flags & (SCX_ENQ_CPU_SELECTED | SCX_ENQ_REENQ))) {
		/* a task bound to one cid wakes up without a select_cid */
		cid = sub_claim(p, t, prev, again || enq_flags & SCX_ENQ_WAKEUP ? WAKES_SOMEHOW : WAKES_NOT, here,
				&flag);
		if (cid >= 0) {
			scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | cid, slice_ns(), enq_flags | flag);
			return NULL;
		}
		/* it would be the next here in any case */
		if (enq_flags & SCX_ENQ_WAKEUP && pool_this_cid(prev) == prev && sub_may_stay(t, prev, prev, ran_ns)) {
			sub_direct(prev, t, here);
			scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, slice_ns(), enq_flags);
			return NULL;
		}
	}
	if (!sub_is_captive(t))
		return stor;
	scx_bpf_dsq_insert(p, PLAIN_DSQ, slice_ns(), enq_flags);
	sub_queued(p, stor);
	return NULL;
}

/* ops.dequeue: the task leaves our custody, to run or for good. The policy unlinks it from its queue itself. */
static __always_inline void sub_dequeue(struct sub_storage *stor)
{
	sub_task_t *t = sub_task(stor);

	if (stor) {
		if (!stor->queued)
			return;
		stor->queued = 0;
		if (stor->woken_at)
			sub_wait_ends(stor);
		if (stor->captive)
			exclusive_captive(pool_entity, stor->captive - 1, -1);
		stor->captive = 0;
	}
	if (t) {
		sub_advance(t->vtime);
		sub_runs();
	}
	entity_queued(pool_entity, -1);
}

/* Send a task from the PLAIN DSQ to this cid. Most schedulers never had one there, and are spared the look. */
static __always_inline bool sub_dispatch_plain(void)
{
	if (!sub_region()->nr_full && !pool_hdr()->nr_owned && pool_entity_at(pool_entity)->nr_captive <= 0)
		return false;
	return scx_bpf_dsq_move_to_local(PLAIN_DSQ, SCX_ENQ_IMMED);
}

/* One of our own tasks for this cid: from the PLAIN DSQ, from the policy, or the one that is there already. */
__noinline bool sub_dispatch_own(s32 cid, struct task_struct *prev __arg_trusted __arg_nullable)
{
	region_cid_t *here = sub_here();
	/* take turns, so that neither queue starves; but on a cid that is lent for its captives they come first */
	bool plain_first = here->nr_dispatched & 1 || pool_cid(cid)->nr_captive > 0;

	if ((plain_first && sub_dispatch_plain()) || policy_dispatch(cid) || (!plain_first && sub_dispatch_plain())) {
		here->nr_dispatched++;
		sub_placed(cid);
		return true;
	}
	if (prev && (prev->scx.flags & SCX_TASK_QUEUED)) {
		sub_charge_task(prev);
		scx_bpf_task_set_slice(prev, slice_ns());
		here->nr_kept++;
		sub_placed(cid);
		return true;
	}
	return false;
}

/*
 * Charge the task that ran on this cid, whichever scheduler beneath us has it, though it is not asked for another.
 */
__noinline void sub_settle(s32 cid)
{
	struct task_struct *curr = bpf_get_current_task_btf();
	u32 nr = entity_competitor(pool_entity, pool_cid(cid)->entity);
	struct sub_storage *stor;
	sub_task_t *t;

	if (nr != pool_entity) {
		if (nr != ENTITY_NONE && !pool_entity_at(nr)->foreign)
			scx_bpf_sub_dispatch(pool_entity_at(nr)->cgroup_id);
		return;
	}
	stor = sub_storage(curr);
	t = sub_task(stor);
	if (t) /* else it has left us */
		sub_charge(curr, stor, t, sub_here());
}

/* Ask a competitor of ours for a task for this cid. */
static __always_inline bool sub_ask(u32 nr, u32 running, s32 cid, struct task_struct *prev)
{
	return nr == pool_entity ? sub_dispatch_own(cid, prev) : delegation_ask(pool_entity, nr, running, cid);
}

/* Ask whoever competes for this cid, in the order of their virtual times, until one brings something. */
__noinline bool sub_dispatch_fair(s32 cid, struct task_struct *prev __arg_trusted __arg_nullable, u32 running)
{
	struct delegation_turn turn = {};
	u64 passed = 0, passed_ns = 0;
	bool found = false;
	u32 nr, i;

	bpf_for(i, 0, ENTITY_MAX_TRIES) {
		nr = delegation_next(pool_entity, running, &turn);
		if (nr == ENTITY_NONE)
			break;
		found = sub_ask(nr, running, cid, prev);
		if (found) {
			delegation_advance(pool_entity, turn.vtime);
			if (i)
				passed_ns = delegation_pass(pool_entity, nr, &turn, passed);
			break;
		}
		passed = turn.vtime;
	}
	if (turn.aside)
		delegation_over(pool_entity, turn.aside, passed_ns);
	return found;
}

/**
 * sub_dispatch - ops.dispatch: ask ourselves and our children, in the order that delegation.bpf.h says
 *
 * True when the cid has something to run.
 */
static __always_inline bool sub_dispatch(s32 cid, struct task_struct *prev)
{
	struct task_struct *curr = bpf_get_current_task_btf();
	u32 running = ENTITY_NONE, nr;
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
		sub_charge_task(prev);

	if (pool_cid(cid)->owner) {
		nr = exclusive_first(pool_entity, cid, running);
		if (nr != ENTITY_NONE && sub_ask(nr, running, cid, prev))
			return true;
	}
	if (!(pool_cid(cid)->nr_dispatch % DELEGATION_ASK_NTH) &&
	    delegation_ask_overlooked(pool_entity, running, false))
		return true;
	if (running != ENTITY_NONE || entity_has_work(pool_entity_at(pool_entity)))
		found = sub_dispatch_fair(cid, prev, running);
	if (pool_entity_at(pool_entity)->parked)
		bandwidth_wait(cid, pool_entity_at(pool_entity)->parked_until);
	/* before the cid goes idle: what is counted is a hint, what is in the queues is the truth */
	return found || sub_dispatch_own(cid, prev) ||
	       (delegation_unsettled() && delegation_ask_overlooked(pool_entity, running, true));
}

/*
 * ops.tick: charge, and say how far the task is that runs here; while nobody of ours waits, it sets the time. And while a
 * cid is idle nobody waits in a local DSQ: a task that stayed with a waker which did not sleep after all is queued for
 * everybody.
 */
static __always_inline void sub_tick(struct task_struct *p)
{
	struct sub_storage *stor = sub_storage(p);
	sub_task_t *t = sub_task(stor);
	u64 ran_ns = sub_charge(p, stor, t, sub_here());

	if (t) {
		if (pool_entity_at(pool_entity)->nr_own <= 0)
			sub_advance(t->vtime);
		sub_runs();
	}
	/* who goes to sleep all the time will do so again */
	if (ran_ns >= SYNC_MAX_NS && !pool_is_busy() && scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL))
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
	sub_charge_task(p);
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
	pool_set(sub_usable(), cid, after & SCX_CAP_ENQ);
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
			pool_set(held, cid, false);
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
