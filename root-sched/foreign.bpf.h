/* SPDX-License-Identifier: GPL-2.0 */
/*
 * foreign.bpf.h: what root does for a sub that publishes nothing: a scheduler of somebody else's, with an arena of its own.
 *
 * Its entity is kept by root, from what the kernel tells of its tasks: the CPU time that each is charged, which of them
 * get a CPU, and which want one. That is more exact than wall time between dispatches, which would charge it for the
 * interrupts and kernel threads that come between, and miss what it runs where it found a cid idle. These programs see every
 * task of the machine: the loader attaches them with the first such node and takes them away with the last.
 *
 * So that it cannot hurt others it is granted little (sub_caps_of), and the slices that it gives its tasks do not bind
 * root: one that has had a cid for slice_us while others wait is interrupted there, and root's dispatch decides anew.
 *
 * Who is foreign is told by the cgroup that a task's scheduler is attached to: the loader fills the map.
 * All run under the rq lock of the task's CPU; those of sched_switch and sched_stat_runtime on that CPU.
 */
#ifndef SCX_TREE_FOREIGN_BPF_H
#define SCX_TREE_FOREIGN_BPF_H

#include "../sub-scheds/sub.bpf.h"

/* From the id of a cgroup to the entity of the foreign scheduler there. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, POOL_MAX_ENTITIES);
	__type(key, u64);
	__type(value, u32);
} foreigners SEC(".maps");

/* The entity of the foreign scheduler that has this task; 0: none has. Of another class' task a scheduler only knows. */
static __always_inline u32 foreign_of(struct task_struct *p)
{
	u64 cgroup_id;
	u32 *nr;

	if ((p->scx.flags & SCX_TASK_STATE_MASK) != SCX_TASK_ENABLED || !p->scx.sched)
		return 0;
	cgroup_id = p->scx.sched->ops.sub_cgroup_id;
	if (!cgroup_id)
		return 0;
	nr = bpf_map_lookup_elem(&foreigners, &cgroup_id);
	return nr ? *nr : 0;
}

/* What is counted for an entity on this cid. */
static __always_inline region_cid_t *foreign_here(entity_t *e, s32 cid)
{
	return region_cid(pool_ptr(region_t, e->region), cid);
}

/* A task is charged CPU time: at each tick, and when it leaves the CPU. */
SEC("tp_btf/sched_stat_runtime")
int BPF_PROG(foreign_charge, struct task_struct *p, u64 ran_ns)
{
	u32 nr = foreign_of(p);
	entity_t *e = pool_entity_at(nr);
	cid_state_t *c;
	s32 cid;

	if (!nr)
		return 0;
	cid = scx_bpf_this_cid();
	c = pool_cid(cid);
	__sync_fetch_and_add(&foreign_here(e, cid)->used_ns, ran_ns);
	group_charge((u64)&e->machine, ran_ns);
	c->held_ns += ran_ns;
	/* not when it leaves anyway: the kick would come to the next one */
	if (c->held_ns < slice_ns() || p->scx.slice <= ran_ns || p->__state || sub_nobody_waits(cid))
		return 0;
	c->held_ns = 0;
	scx_bpf_kick_cid(cid, SCX_KICK_PREEMPT);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(foreign_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	u32 was = foreign_of(prev), is = foreign_of(next);
	cid_state_t *c;
	s32 cid;

	if (!was && !is)
		return 0;
	cid = scx_bpf_this_cid();
	c = pool_cid(cid);
	if (was)
		foreign_wants(was, !prev->__state);
	if (is) {
		__sync_fetch_and_add(&foreign_here(pool_entity_at(is), cid)->nr_dispatched, 1);
		foreign_wants(is, false);
		c->held_ns = 0;
		c->entity = is;
		place_runs(c, (u64)&pool_entity_at(is)->machine, 1024);
	} else if (c->entity == was) {
		c->entity = 0;	/* whoever was sent here by others has said so */
		place_runs(c, 0, 0);
	}
	return 0;
}

static __always_inline int foreign_woken(struct task_struct *p)
{
	u32 nr = foreign_of(p);

	if (nr && !p->on_cpu)
		foreign_wants(nr, true);
	return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(foreign_wakeup, struct task_struct *p)
{
	return foreign_woken(p);
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(foreign_wakeup_new, struct task_struct *p)
{
	return foreign_woken(p);
}

#endif
