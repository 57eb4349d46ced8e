// SPDX-License-Identifier: GPL-2.0
/*
 * fifo: first come, first served: a task that wakes up waits behind all that wait already. One that has run waits for so much
 * longer as its nice value says, so that CPU time is shared by weight all the same.
 */
#include "sub.bpf.h"
#include "order.bpf.h"

struct fifo_task {
	struct sub_task sub;
};

struct fifo_block {
};

SUB_POLICY(struct fifo_task, struct fifo_block);
SUB_CALLBACKS(fifo)
SUB_CALLBACKS_MORE(fifo)

static __always_inline void policy_order(sub_task_t *t)
{
	order_arrival(t, &place_at(t->place)->last);
}

DESCRIPTION(fifo_ops, "first come, first served");

SEC(".struct_ops.link")
struct sched_ext_ops_cid fifo_ops = {
	SUB_OPS(fifo),
	.sub_ecaps_updated	= (void *)fifo_sub_ecaps_updated,
	.flags			= SCX_OPS_TID_TO_TASK | SCX_OPS_ENQ_EXITING | SCX_OPS_ENQ_LAST,
	.name			= "fifo",
};
