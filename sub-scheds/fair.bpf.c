// SPDX-License-Identifier: GPL-2.0
/*
 * fair: tasks share CPU time by their nice values, as people are used to. The default, and the smallest policy on top of
 * sub.bpf.h: what a task has run, scaled by its weight, is its place in the order already.
 */
#include "sub.bpf.h"

struct fair_task {
	struct sub_task sub;
};

struct fair_block {
};

SUB_POLICY(struct fair_task, struct fair_block);
SUB_CALLBACKS(fair)
SUB_CALLBACKS_MORE(fair)

static __always_inline void policy_order(sub_task_t *t)
{
}

DESCRIPTION(fair_ops, "CPU time by nice values");

SEC(".struct_ops.link")
struct sched_ext_ops_cid fair_ops = {
	SUB_OPS(fair),
	.sub_ecaps_updated	= (void *)fair_sub_ecaps_updated,
	.flags			= SCX_OPS_TID_TO_TASK | SCX_OPS_ENQ_EXITING | SCX_OPS_ENQ_LAST,
	.name			= "fair",
};
