// SPDX-License-Identifier: GPL-2.0
/*
 * fifo: one queue, first come, first served. The smallest policy on top of sub.bpf.h: its queue is a DSQ of the kernel's.
 */
#include "sub.bpf.h"

#define FIFO_DSQ	1

struct fifo_task {
	struct sub_task sub;
};

struct fifo_block {
};

SUB_POLICY(struct fifo_task, struct fifo_block);
SUB_CALLBACKS(fifo)

static bool policy_dispatch(s32 cid)
{
	return scx_bpf_dsq_move_to_local(FIFO_DSQ, SCX_ENQ_IMMED);
}

void BPF_STRUCT_OPS(fifo_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct sub_storage *stor = sub_enqueue(p, enq_flags);

	if (!stor)
		return;
	scx_bpf_dsq_insert(p, FIFO_DSQ, slice_ns(), enq_flags);
	sub_queued(p, stor);
}

void BPF_STRUCT_OPS(fifo_dequeue, struct task_struct *p, u64 deq_flags)
{
	sub_dequeue(sub_storage(p));
}

void BPF_STRUCT_OPS(fifo_dispatch, s32 cid, struct task_struct *prev)
{
	sub_dispatch(cid, prev);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(fifo_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	sub_task_t *t;

	return sub_init_task(p, &t);
}

void BPF_STRUCT_OPS(fifo_sub_ecaps_updated, s32 cid, u64 before, u64 after)
{
	sub_ecaps(cid, after);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(fifo_init)
{
	return sub_init() ?: scx_bpf_create_dsq(FIFO_DSQ, -1);
}

DESCRIPTION(fifo_ops, "one queue, first come, first served");

SEC(".struct_ops.link")
struct sched_ext_ops_cid fifo_ops = {
	SUB_OPS(fifo),
	.enqueue		= (void *)fifo_enqueue,
	.dequeue		= (void *)fifo_dequeue,
	.dispatch		= (void *)fifo_dispatch,
	.init_task		= (void *)fifo_init_task,
	.init			= (void *)fifo_init,
	.sub_ecaps_updated	= (void *)fifo_sub_ecaps_updated,
	.flags			= SCX_OPS_ENQ_EXITING | SCX_OPS_ENQ_LAST,
	.timeout_ms		= WATCHDOG_MS,
	.name			= "fifo",
};
