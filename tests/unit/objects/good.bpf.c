// SPDX-License-Identifier: GPL-2.0
/* A sub with nothing wrong with it, and a tunable of every kind. */
#include "sched.bpf.h"

LICENCE("GPL");
ARENA(arena);
UEI_DEFINE(uei);

const volatile u64 pool_region;
const volatile u32 pool_entity;
const volatile u32 slab_ctx_bytes = 192;
const volatile u32 policy_bytes = 640;

TUNABLE(u64, slice_us, 4000, "us", "100..1000000", "how long a task runs: then another does");
TUNABLE(s16, nice, -5, "steps", "-20..19", "added to a task's own");
TUNABLE(u8, batch, 1, "tasks", "1..255", "tasks taken at once");
TUNABLE(bool, boost, true, "bool", "", "tasks of nice -20 first");
TUNABLE(bool, immed, false, "bool", "SCX_OPS_ALWAYS_ENQ_IMMED", "insert to run at once, or not at all");
TUNABLE(u32, on_full, 1, "degrade|refuse|abort", "", "what becomes of a task without a context");
TUNABLE_STRING(command, 16, "the only command to take");
TUNABLE_LIVE(u16, patience_us, 30, "us", "0..500", "how long to wait for it");

/* More than the file has bytes, and none of them in it. */
char empty[1 << 20];

s32 BPF_STRUCT_OPS_SLEEPABLE(good_init)
{
	asm volatile("" ::"r"(&arena));
	return pool_region + pool_entity + slice_us + nice + batch + boost + immed + on_full + command[0] +
	       patience_us + slab_ctx_bytes + policy_bytes + SCX_SLICE_DFL + SCX_ENQ_IMMED;
}

void BPF_STRUCT_OPS(good_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct task_struct *same = scx_bpf_tid_to_task(p->scx.tid);

	if (same)
		scx_bpf_dsq_insert(same, SCX_DSQ_LOCAL, slice_us * 1000, enq_flags);
}

void BPF_STRUCT_OPS(good_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

DESCRIPTION(good_ops, "does nothing, well");

SCX_OPS_CID_DEFINE(good_ops, .init = (void *)good_init, .enqueue = (void *)good_enqueue, .exit = (void *)good_exit,
		   .flags = SCX_OPS_TID_TO_TASK | SCX_OPS_ENQ_EXITING, .timeout_ms = 5000, .name = "good");
