/* SPDX-License-Identifier: GPL-2.0 */
/*
 * wake.bpf.h: where a task runs that wakes up, or is to be queued: at once on an idle cid, or in the place of somebody who is
 * further ahead, or behind its waker; else it waits in its queue (task.bpf.h) until a dispatch takes it (dispatch.bpf.h).
 *
 * What is sent to a cid is sent with SCX_ENQ_IMMED: it runs there at once, or comes back to enqueue. Else it could lie in
 * the local DSQ for as long as a task of a real-time class has the CPU, or others go before it who interrupt. Two do wait
 * there: who stays with its waker, and a kernel thread that is bound to the cid.
 *
 * Of idle cids that near the last one is taken first; one that is another node's own (`cpus`), last: see exclusive.bpf.h.
 *
 * Where a cpu.max holds for a task (bandwidth.bpf.h) it is queued in any case, so that each start is a dispatch of root's.
 */
#ifndef SCX_TREE_WAKE_BPF_H
#define SCX_TREE_WAKE_BPF_H

#include "task.bpf.h"

TUNABLE_LIVE(
	u64, preempt_us, 500, "us", "0..1000000",
	"a waking task interrupts a group that is ahead of its own by more than this much CPU time; 0: it never does");
TUNABLE_LIVE(u64, preempt_own_us, 2000, "us", "0..1000000",
	     "and a task of its own group that has run for so much more than itself; 0: it never does");

#define SYNC_MAX_NS	50000	/* what a task may have run between two synchronous wake-ups to stay with its waker */
#define VICTIM_TRIES	8	/* cids looked at for one to interrupt */
#define VICTIM_OWN_TRIES 128	/* the same, by who has cids of its own: it may interrupt whom it finds there */
#define VICTIM_ALIKE_NS	20000000 /* leads that differ by less are alike: a tick's run time on some CPUs at once */
#define VICTIM_OWN_LEAD	1	/* of a task of our own, ns: less than any other's */
#define VICTIM_OWN_PAUSE_NS 500000 /* so long no other task of our own is interrupted on the same cid */

/* A task goes to this cid's local DSQ: who is on a cid is how the next dispatch finds who competes there already. */
static __always_inline void sub_placed(s32 cid, sub_task_t *t)
{
	cid_state_t *c = pool_cid(cid);
	u32 group = t->group;

	if (c->entity != group)
		c->entity = group;
	place_runs(c, t->place, t->rival.weight);
	c->task_vtime = t->rival.vtime;
	t->sum = queue_sum(place_at(t->place));
}

/* A task is sent to a cid without queueing. */
static __always_inline void sub_direct(s32 cid, sub_task_t *t, region_cid_t *here)
{
	here->nr_direct++;
	sub_placed(cid, t);
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

/* This CPU's run queue, to be read. A kfunc that tells of it costs three times as much. */
static __always_inline struct rq *sub_rq(void)
{
	return bpf_this_cpu_ptr(&runqueues);
}

/* Does nobody wait whom this cid could run? */
static __always_inline bool sub_nobody_waits(s32 cid)
{
	return pool_entity_at(ENTITY_ROOT)->machine.queue.nr <= 0 && pool_cid(cid)->bound.queue.nr <= 0;
}

/*
 * May a task that is woken synchronously stay on the waker's cid, which is this one? The waker is about to sleep, so the task
 * runs next with neither a switch to idle nor an interrupt between CPUs nor a dispatch. One that is bound to this cid may,
 * however it is woken: it can go nowhere else. But what lies in a local DSQ is not weighed against anybody: only while
 * nobody waits, only for a task that ran shortly the last time, and only with a waker of this class, not behind a real-time
 * task. (Where it was it may run: should that have changed while it slept, the kernel sends it elsewhere.)
 */
static __always_inline bool sub_may_stay(sub_task_t *t, s32 cid, s32 prev, u64 ran_ns)
{
	struct task_struct *waker = bpf_get_current_task_btf();

	return ran_ns < SYNC_MAX_NS && (waker->scx.flags & SCX_TASK_QUEUED) && sub_nobody_waits(cid) &&
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
 * May a task of the same place be interrupted on a cid? Not by whom it wakes synchronously: a waker that sends one message after
 * the other would be interrupted by each. Where that is not known it is not too often.
 */
static __always_inline bool sub_may_interrupt_own(cid_state_t *c, u64 vtime, enum sub_wakes wakes)
{
	return (wakes == WAKES ||
		(wakes == WAKES_SOMEHOW && scx_bpf_now() - c->interrupted_at > VICTIM_OWN_PAUSE_NS)) &&
	       preempt_own_us && time_before64(vtime + preempt_own_us * 1000, c->task_vtime);
}

/*
 * How far whoever runs on a cid is ahead of a task of ours, beyond what it takes to interrupt him: see sub_victim(). (Not
 * static: the verifier would walk the search anew for each outcome.)
 */
__noinline s64 sub_lead(u32 cid, u64 ctx, enum sub_wakes wakes)
{
	cid_state_t *c = pool_cid(cid);
	sub_task_t *t = sub_task_at(ctx);

	if (place_of_cid(c) == t->place)
		return sub_may_interrupt_own(c, t->rival.vtime, wakes) ? VICTIM_OWN_LEAD : 0;
	return group_lead(c->entity, t->group, c->owner) - (preempt_us ? preempt_us * 1000 : (1ll << 62) - 1);
}

/**
 * sub_victim - the cid where somebody runs who is furthest ahead of a task of ours
 * @ctx: arena address of the task's context
 * @prev: its last cid: where the search begins, and preferred among equals
 * @wakes: how it wakes up
 *
 * Of another group's task it is the group that must be ahead of ours, by more than preempt_us; of our own, which come last,
 * the task, by more than preempt_own_us (sub_may_interrupt_own); from our own cids all others have to go. Looks at
 * VICTIM_TRIES of the task's cids, those that share a last-level cache with prev first, and goes farther than it must only
 * for one who is further ahead by VICTIM_ALIKE_NS: another CPU has to be told. Who runs where is what was sent there last.
 * Returns -1 for none.
 */
__noinline s32 sub_victim(u64 ctx, u32 prev, enum sub_wakes wakes)
{
	u64 usable = sub_region()->usable, allowed = (u64)sub_cmask(sub_task_at(ctx));
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
		lead = sub_lead(cid, ctx, wakes);
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
		task_clamp(t);
		cid = sub_victim((u64)t, prev, wakes);
		*ret_flag = SCX_ENQ_PREEMPT | SCX_ENQ_IMMED;
		if (cid >= 0) {
			here->nr_preempt++;
			if (place_of_cid(pool_cid(cid)) == t->place)
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

	if (!t || bandwidth_limits(t->group))
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

/*
 * A task of a limited group wakes up: have the cid of a group that is ahead of ours look who is next, when ours may run and
 * no cid is idle. The kick comes when the task is queued: it waits until interrupts are on.
 */
static __always_inline void sub_make_room(struct task_struct *p, sub_task_t *t)
{
	s32 cid;

	if (!preempt_us || !pool_is_busy() || !bandwidth_left(t->group))
		return;
	task_clamp(t);
	cid = sub_victim((u64)t, scx_bpf_task_cid(p), WAKES_NOT);
	if (cid >= 0)
		scx_bpf_kick_cid(cid, SCX_KICK_PREEMPT);
}

/*
 * The task waits. A cid that went idle while we queued it has looked before; it is kicked. (The full barrier between the two is
 * queue_count()'s atomic addition: root_update_idle() sets the idle bit first, and then looks.)
 */
static __always_inline void sub_wait(struct task_struct *p, struct sub_storage *stor, sub_task_t *t, s32 prev,
				     u64 enq_flags, region_cid_t *here)
{
	s32 cid;

	if (t) {
		task_remove((u64)t); /* it is in none, but for a lock that was not to be had */
		t->rival.weight = task_weight(p);
		task_place(p, t, prev);
		task_clamp(t);
		policy_order(t);
	}
	if (!t) {
		task_wait_plain(p, stor, enq_flags);
	} else if (!task_push((u64)t, scx_bpf_now())) {
		__sync_fetch_and_add(&sub_region()->nr_lock_failed, 1);
		task_wait_plain(p, stor, enq_flags);
	}
	here->nr_enqueued++;
	cid = sub_claim_idle(p, t, prev);
	if (cid >= 0)
		scx_bpf_kick_cid(cid, SCX_KICK_IDLE);
}

/**
 * sub_enqueue - ops.enqueue: place a task at once, or let it wait
 */
static __always_inline void sub_enqueue(struct task_struct *p, u64 enq_flags)
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
		sub_wait(p, stor, t, prev, enq_flags, here);
		return;
	}
	if (sub_rescue(p, t, prev, enq_flags))
		return;
	if (bandwidth_limits(t->group)) {
		if (enq_flags & SCX_ENQ_WAKEUP)
			sub_make_room(p, t);
	} else if (again || !(enq_flags & (SCX_ENQ_CPU_SELECTED | SCX_ENQ_REENQ))) {
		/* a task bound to one cid wakes up without a select_cid */
		cid = sub_claim(p, t, prev, again || enq_flags & SCX_ENQ_WAKEUP ? WAKES_SOMEHOW : WAKES_NOT, here,
				&flag);
		if (cid >= 0) {
			scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | cid, slice_ns(), enq_flags | flag);
			return;
		}
		/* it would be the next here in any case */
		if (enq_flags & SCX_ENQ_WAKEUP && pool_this_cid(prev) == prev && sub_may_stay(t, prev, prev, ran_ns)) {
			sub_direct(prev, t, here);
			scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, slice_ns(), enq_flags);
			return;
		}
	}
	sub_wait(p, stor, t, prev, enq_flags, here);
}

/* ops.dequeue: the task leaves our custody, to run or for good. */
static __always_inline void sub_dequeue(struct task_struct *p)
{
	struct sub_storage *stor = sub_storage(p);

	if (stor && stor->woken_at)
		sub_wait_ends(stor);
	task_waits_no_more(stor);
}

#endif
