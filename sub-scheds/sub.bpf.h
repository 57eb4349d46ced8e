/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sub.bpf.h: what every scheduler of the tree stands on. Root stands on it too, as entity 0.
 *
 * A policy says what its task context is (SUB_POLICY), and in what order the tasks of one group wait (policy_order). All its
 * callbacks are those of SUB_OPS, or call what those call. fair.bpf.c is the shortest example.
 *
 * A task's way: select_cid (wake.bpf.h: the waker's cid, an idle one, or that of somebody who is ahead: at once)
 * -> enqueue (the same for who had no select_cid; else it waits in its group's queue, task.bpf.h) -> some cid's dispatch, from
 * root downwards (dispatch.bpf.h) -> local DSQ, dequeue -> runs; its CPU time is charged at the tick and wherever it is seen
 * again (sub_charge), and moves the clocks of all queues above it (group_charge).
 */
#ifndef SCX_TREE_SUB_BPF_H
#define SCX_TREE_SUB_BPF_H

#include "task.bpf.h"

/**
 * policy_order - set when a task's turn comes among those of its group
 * @t: about to wait; its rival.vtime is what it has run, scaled by its weight, near its queue's clock
 *
 * To be defined by the policy. The task with the smallest rival.vtime is next, and what it runs is added to it.
 */
static __always_inline void policy_order(sub_task_t *t);

#include "wake.bpf.h"
#include "dispatch.bpf.h"

char _license[] SEC("license") = "GPL";

UEI_DEFINE(uei);

/*
 * timeout_ms. Of subs: long, as nobody waits for so long (turns.bpf.h), but not so long that a task that a broken one has lost
 * makes the kernel end root. The watchdog looks at every half of it, so it sees one after 18 s at the latest; one that was
 * preempted in the middle of an RCU read section, after 21 s, is an RCU stall, and the kernel blames that on root.
 */
#ifndef WATCHDOG_MS
#define WATCHDOG_MS	12000
#endif

/*
 * ops.tick: charge, and say how far the task is that runs here. And while a cid is idle nobody waits in a local DSQ: a task that
 * stayed with a waker which did not sleep after all is queued for everybody.
 */
static __always_inline void sub_tick(struct task_struct *p)
{
	struct sub_storage *stor = sub_storage(p);
	sub_task_t *t = sub_task(stor);
	s32 cid = scx_bpf_this_cid();
	u64 ran_ns = sub_charge(p, stor, t, region_cid(sub_region(), cid));

	if (t)
		sub_placed(cid, t);
	/* who goes to sleep all the time will do so again */
	if (ran_ns >= SYNC_MAX_NS && !pool_is_busy() && scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL))
		scx_bpf_dsq_reenq(SCX_DSQ_LOCAL, 0);
}

/* ops.sub_ecaps_updated: what we may do on a cid has changed. */
static __always_inline void sub_ecaps(s32 cid, u64 after)
{
	region_cid(sub_region(), cid)->ecaps = after;
	pool_set(sub_usable(), cid, after & SCX_CAP_ENQ);
	exclusive_set_home(sub_region(), cid);
}

/*
 * ops.sub_attach: take a child in, with everything that we hold ourselves, or as much as grant_cids says. -ENOENT when the loader
 * has made no node of the cgroup: a scheduler that is not of the tree.
 */
static __always_inline s32 sub_attach(u64 cgroup_id)
{
	u32 nr = group_of(cgroup_id);
	entity_t *e = pool_entity_at(nr);
	s32 ret;

	if (!nr || e->state != ENTITY_RESERVED || e->cgroup_id != cgroup_id)
		return -ENOENT;
	ret = sub_grant(nr);
	if (ret)
		return ret;
	e->state = ENTITY_ATTACHED;
	if (e->foreign)
		e->sched = nr;
	sub_region()->nr_children++;
	dispatch_unsettle();
	return 0;
}

/* ops.sub_detach: a child is gone; its groups and tasks are ours by now. */
static __always_inline void sub_detach(u64 cgroup_id)
{
	u32 nr = group_of(cgroup_id);
	entity_t *e = pool_entity_at(nr);

	sub_region()->nr_children--;
	dispatch_unsettle();
	if (!nr || e->cgroup_id != cgroup_id)
		return;
	if (e->wants && __sync_val_compare_and_swap(&e->wants, 1, 0))
		queue_count((u64)&e->machine, -1);
	e->state = ENTITY_RESERVED;
	if (e->sched == nr)
		e->sched = pool_entity;
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
 * The callbacks in which policies do not differ. A policy with more to do in one defines its own, and names it behind SUB_OPS.
 */
#define SUB_CALLBACKS(name)									\
s32 BPF_STRUCT_OPS(name##_select_cid, struct task_struct *p, s32 prev, u64 wake_flags)		\
{												\
	return sub_select(p, prev, wake_flags);							\
}												\
void BPF_STRUCT_OPS(name##_dequeue, struct task_struct *p, u64 deq_flags)			\
{												\
	sub_dequeue(p);										\
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
void BPF_STRUCT_OPS(name##_set_weight, struct task_struct *p, u32 weight)			\
{												\
	sub_set_weight(p);									\
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
	sub_detach(args->ops->sub_cgroup_id);							\
}												\
s32 BPF_STRUCT_OPS_SLEEPABLE(name##_cpuctl_init, struct cgroup *cgrp, struct scx_cgroup_init_args *args) \
{												\
	group_init(pool_entity, cgrp, args);							\
	return 0;										\
}												\
void BPF_STRUCT_OPS_SLEEPABLE(name##_cpuctl_exit, struct cgroup *cgrp)				\
{												\
	group_exit(pool_entity, cgrp);								\
}												\
void BPF_STRUCT_OPS(name##_cpuctl_move, struct task_struct *p, struct cgroup *from, struct cgroup *to) \
{												\
	struct sub_storage *stor = sub_storage(p);						\
												\
	sub_charge_task(p);									\
	if (stor)										\
		task_join(stor, task_group(p, to));						\
}												\
void BPF_STRUCT_OPS(name##_cpuctl_set_weight, struct cgroup *cgrp, u32 weight)			\
{												\
	group_set_weight(cgrp, weight);								\
}												\
void BPF_STRUCT_OPS(name##_cpuctl_set_idle, struct cgroup *cgrp, bool idle)			\
{												\
	group_set_idle(cgrp, idle);								\
}												\
void BPF_STRUCT_OPS(name##_cpuctl_set_bandwidth, struct cgroup *cgrp, u64 period_us, u64 quota_us,	\
		    u64 burst_us)								\
{												\
	group_set_bandwidth(cgrp, period_us, quota_us, burst_us);				\
}												\
void BPF_STRUCT_OPS(name##_exit, struct scx_exit_info *ei)					\
{												\
	UEI_RECORD(uei, ei);									\
}

/* Those that policies often replace: a policy that does not says SUB_CALLBACKS_MORE as well. */
#define SUB_CALLBACKS_MORE(name)								\
void BPF_STRUCT_OPS(name##_enqueue, struct task_struct *p, u64 enq_flags)			\
{												\
	sub_enqueue(p, enq_flags);								\
}												\
void BPF_STRUCT_OPS(name##_dispatch, s32 cid, struct task_struct *prev)				\
{												\
	sub_dispatch(cid, prev);								\
}												\
s32 BPF_STRUCT_OPS_SLEEPABLE(name##_init_task, struct task_struct *p, struct scx_init_task_args *args)	\
{												\
	sub_task_t *t;										\
												\
	return sub_init_task(p, args, &t);							\
}												\
void BPF_STRUCT_OPS(name##_sub_ecaps_updated, s32 cid, u64 before, u64 after)			\
{												\
	sub_ecaps(cid, after);									\
}												\
s32 BPF_STRUCT_OPS_SLEEPABLE(name##_init)							\
{												\
	return sub_init();									\
}

#define SUB_OPS(sched)										\
	.select_cid		= (void *)sched##_select_cid,					\
	.dequeue		= (void *)sched##_dequeue,					\
	.tick			= (void *)sched##_tick,						\
	.exit_task		= (void *)sched##_exit_task,					\
	.enable			= (void *)sched##_enable,					\
	.disable		= (void *)sched##_disable,					\
	.set_weight		= (void *)sched##_set_weight,					\
	.set_cmask		= (void *)sched##_set_cmask,					\
	.sub_attach		= (void *)sched##_sub_attach,					\
	.sub_detach		= (void *)sched##_sub_detach,					\
	.cpuctl_init		= (void *)sched##_cpuctl_init,					\
	.cpuctl_exit		= (void *)sched##_cpuctl_exit,					\
	.cpuctl_move		= (void *)sched##_cpuctl_move,					\
	.cpuctl_set_weight	= (void *)sched##_cpuctl_set_weight,				\
	.cpuctl_set_idle	= (void *)sched##_cpuctl_set_idle,				\
	.cpuctl_set_bandwidth	= (void *)sched##_cpuctl_set_bandwidth,				\
	.enqueue		= (void *)sched##_enqueue,					\
	.dispatch		= (void *)sched##_dispatch,					\
	.init_task		= (void *)sched##_init_task,					\
	.init			= (void *)sched##_init,						\
	.exit			= (void *)sched##_exit,						\
	.timeout_ms		= WATCHDOG_MS

#endif
