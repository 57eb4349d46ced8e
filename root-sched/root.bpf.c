// SPDX-License-Identifier: GPL-2.0
/*
 * root: the scheduler of the whole machine. It owns the pool, schedules the tasks that no sub has, and decides who gets a CPU
 * that looks for work. README.md of this folder has the design.
 *
 * Its parts: the pool and its programs in pool.bpf.h, region.bpf.h and cids.bpf.h; the groups that compete in groups.bpf.h,
 * queue.bpf.h, bandwidth.bpf.h and exclusive.bpf.h; what it has in common with every sub (it is entity 0, with a region of its
 * own for its own tasks' contexts) in sub.bpf.h. Here is what only root does:
 *
 *  - a kernel thread that is bound to a cid goes to that cid at once, ahead of whom it interrupts: the machine needs it;
 *  - it keeps the idle mask from update_idle, for everybody;
 *  - it gives a moment to who has waited for too long (turns.bpf.h);
 *  - it ends at their time the chunks of CPU time that groups with a cpu.max are given;
 *  - it takes CPU hotplug in place: a cid that is gone is not idle, its tasks are re-enqueued by the kernel.
 *
 * Promises: init_task never fails: the tasks of a sub that ends come home to root, and a root that refused one would end
 * with it. Without a context (slab full, no memory) a task runs from the PLAIN DSQ. Migration-disabled tasks never get
 * here: without SCX_OPS_ENQ_MIGRATION_DISABLED the kernel leaves them where they are.
 */
#define WATCHDOG_MS	30000	/* the most that the kernel allows */
#include "../sub-scheds/sub.bpf.h"
#include "region.bpf.h"
#include "foreign.bpf.h"
#include "alarm.bpf.h"
#include "turns.bpf.h"

#define STEAL_TRIES	64	/* cids looked at for tasks that wait there and may run here */

TUNABLE(bool, switch_partial, false, "bool", "SCX_OPS_SWITCH_PARTIAL",
	"only tasks of policy SCHED_EXT are scheduled here, all others stay with the kernel's own scheduler");

struct root_task {
	struct sub_task sub;
};

struct root_block {
};

SUB_POLICY(struct root_task, struct root_block);
SUB_CALLBACKS(root)

static __always_inline void policy_order(sub_task_t *t)
{
}

static __always_inline bool is_bound_kthread(struct task_struct *p)
{
	return (p->flags & PF_KTHREAD) && p->nr_cpus_allowed == 1;
}

void BPF_STRUCT_OPS(root_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (is_bound_kthread(p)) {
		sub_charge_task(p);
		sub_count(nr_direct);
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, slice_ns(), enq_flags | SCX_ENQ_PREEMPT);
		return;
	}
	sub_enqueue(p, enq_flags);
}

/* Before a dispatch: the chunk that was reserved for the cid is over. */
__noinline void root_end_chunk(s32 cid)
{
	cid_state_t *c = pool_cid(cid);

	c->due = 0;
	if (!c->reserved_ns)
		return;
	c->settling = 1;
	sub_settle(cid);
	c->settling = 0;
	bandwidth_release(c);
}

/* After it: set the cid's alarm to the end of the next chunk, or, when nobody brought anything, to when somebody may. */
__noinline void root_begin_chunk(s32 cid, bool found)
{
	u64 chunk = found ? bandwidth_grant(cid) : 0, due = found ? 0 : pool_cid(cid)->due, now = scx_bpf_now();

	if (chunk)
		alarm_set(cid, ALARM_CHUNK, chunk);
	else if (due)
		alarm_set(cid, ALARM_LOOK, time_before64(now, due) ? due - now : 0);
	else
		alarm_set(cid, ALARM_NONE, 0);
}

/* A moment for a task that has waited for too long. True when it was sent to this cid. */
__noinline bool root_turn(s32 cid)
{
	cid_state_t *c = pool_cid(cid);
	u64 turn = turn_next(cid, scx_bpf_now());
	bool sent;

	if (!turn)
		return false;
	c->turn = turn;
	sent = dispatch_turn(cid, turn);
	c->turn = 0;
	if (!sent)
		return false;
	__sync_fetch_and_add(&sub_region()->nr_turns, 1);
	alarm_set(cid, ALARM_TURN, TURN_NS);
	return true;
}

/* Which side of a cid gets it: see dispatch.bpf.h. */
static __always_inline s32 root_side(s32 cid, bool busy)
{
	cid_state_t *c = pool_cid(cid);
	place_t *machine = &pool_entity_at(ENTITY_ROOT)->machine;
	u64 running = busy ? place_of_cid(c) : 0, top, first;
	bool runs_bound = running && place_at(running)->cid >= 0;

	if (c->bound.queue.nr <= 0 && !runs_bound)
		return FROM_MACHINE;
	if (machine->queue.nr <= 0 && (!busy || runs_bound))
		return cid;
	top = c->bound.queue.top ?: runs_bound ? place_branch((u64)&c->bound, running) : 0;
	first = machine->queue.top;
	if (top && first && time_before64(place_entity(place_at(top))->machine.rival.vtime, rival_at(first)->vtime))
		return cid;
	return time_before64(c->other_vtime, c->bound_vtime) ? FROM_MACHINE : cid;
}

/* Before a cid goes idle: tasks that wait for another one, near ones first, and may run here. */
static __noinline bool root_steal(s32 cid)
{
	u32 nr_cids = pool_hdr()->nr_cids, first = pool_cid(cid)->llc, i;
	bool found = false;

	bpf_for(i, 0, STEAL_TRIES) {
		u32 other = first + i < nr_cids ? first + i : first + i - nr_cids;

		if (i >= nr_cids)
			break;
		if ((s32)other == cid || pool_cid(other)->bound.queue.nr <= 0)
			continue;
		pool_cid(cid)->from = other;
		found = dispatch_from(dispatch_top(other), cid, NULL);
		if (found)
			break;
	}
	return found;
}

/* Who is next on this cid, on either side, or from another cid's. */
__noinline bool root_find(s32 cid, struct task_struct *prev __arg_trusted __arg_nullable)
{
	struct task_struct *curr = bpf_get_current_task_btf();
	s32 side = root_side(cid, curr->scx.flags & SCX_TASK_QUEUED);

	if (dispatch_all(cid, side, prev))
		return true;
	if (dispatch_ask_side(side < 0 ? cid : FROM_MACHINE, cid, prev))
		return true;
	return pool_hdr()->nr_roaming > 0 && root_steal(cid);
}

/*
 * The cid is about to go idle. One that was claimed and found nothing does so without a transition, so that update_idle does not
 * tell: so we do. Who came to wait since we looked has found no idle cid: look once more.
 */
static __always_inline bool root_find_at_last(s32 cid, struct task_struct *prev)
{
	if (!pool_cid(cid)->online)
		return false;
	pool_set(pool_idle_mask(), cid, true);
	if ((sub_nobody_waits(cid) || !root_find(cid, prev)) &&
	    !(dispatch_unsettled() && dispatch_overlooked(cid, true)))
		return false;
	pool_set(pool_idle_mask(), cid, false);
	return true;
}

void BPF_STRUCT_OPS(root_dispatch, s32 cid, struct task_struct *prev)
{
	struct task_struct *curr = bpf_get_current_task_btf();
	bool limits = pool_hdr()->nr_limited || pool_cid(cid)->reserved_ns, found;

	pool_cid(cid)->nr_dispatch++;
	sub_regrant();
	if (prev)
		sub_charge_task(prev);
	if (limits)
		root_end_chunk(cid);
	if (root_turn(cid))
		return;
	found = !(pool_cid(cid)->nr_dispatch % OVERLOOKED_NTH) && sub_region()->nr_children &&
		dispatch_overlooked(cid, false);
	if (!found)
		found = root_find(cid, prev);
	if (!found && !(curr->scx.flags & SCX_TASK_QUEUED))
		found = root_find_at_last(cid, prev);
	if (limits)
		root_begin_chunk(cid, found);
}

void BPF_STRUCT_OPS(root_update_idle, s32 cid, bool idle)
{
	/*
	 * A cid whose CPU is on its way out is nobody's to claim. Nor may it be kicked when it goes idle for the last time:
	 * the kernel would leave the kick's irq_work behind, and no irq_work of that CPU would ever run again.
	 */
	if (!idle || !pool_cid(cid)->online) {
		pool_set(pool_idle_mask(), cid, false);
		return;
	}
	pool_cid(cid)->nr_idle++;
	place_runs(pool_cid(cid), 0, 0);
	pool_set(pool_idle_mask(), cid, true);
	/* who queued after our dispatch looked, and looked for an idle cid before we were one? */
	if (!sub_nobody_waits(cid))
		scx_bpf_kick_cid(cid, SCX_KICK_IDLE);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(root_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	sub_task_t *t;

	sub_init_task(p, args, &t);
	return 0;
}

void BPF_STRUCT_OPS(root_cid_online, s32 cid)
{
	cids_set_online(cid, true);
}

void BPF_STRUCT_OPS(root_cid_offline, s32 cid)
{
	cids_set_online(cid, false);
	dispatch_unsettle();
	bandwidth_release(pool_cid(cid));
	pool_set(pool_idle_mask(), cid, false);
}

/* Root holds every cid from the start, and hears of no change. */
s32 BPF_STRUCT_OPS_SLEEPABLE(root_init)
{
	struct scx_cmask __arena *online = (struct scx_cmask __arena *)scx_bpf_online_cmask();
	u32 nr_cids = scx_bpf_nr_cids(), cid;
	s32 ret;

	if (pool_hdr()->nr_cids != nr_cids) {
		scx_bpf_error("the pool was laid out for %u cids, this machine has %u", pool_hdr()->nr_cids, nr_cids);
		return -EINVAL;
	}
	ret = sub_init();
	if (ret)
		return ret;
	cids_publish(nr_cids);
	bpf_for(cid, 0, nr_cids)
		cids_set_online(cid, !online || pool_has(online, cid));
	return alarm_init(nr_cids);
}

DESCRIPTION(root_ops, "the root of a tree: weighted virtual time among all cgroups");

SEC(".struct_ops.link")
struct sched_ext_ops_cid root_ops = {
	SUB_OPS(root),
	.update_idle		= (void *)root_update_idle,
	.cid_online		= (void *)root_cid_online,
	.cid_offline		= (void *)root_cid_offline,
	.flags			= SCX_OPS_TID_TO_TASK | SCX_OPS_ENQ_EXITING | SCX_OPS_ENQ_LAST,
	.name			= "root",
};
