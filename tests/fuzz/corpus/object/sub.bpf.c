// SPDX-License-Identifier: GPL-2.0
/* A sub of this tree: a region of the pool, and a tunable of each kind. */
#include "tiny.bpf.h"

const volatile u64 pool_region;
const volatile u32 pool_entity;
const volatile u32 slab_ctx_bytes = 64;
TUNABLE(u64, slice_us, 4000, "us", "100..1000000", "slice");
TUNABLE(s16, nice, -5, "steps", "-20..19", "nice");
TUNABLE(_Bool, tid, 0, "bool", "SCX_OPS_TID_TO_TASK", "flag");
TUNABLE(u32, full, 1, "degrade|refuse", "", "choice");
TUNABLE_STRING(command, 8, "text");
TUNABLE_LIVE(u16, patience_us, 30, "us", "0..500", "live");

SEC("struct_ops.s/init")
int init(void *ctx)
{
	return pool_region + pool_entity + slab_ctx_bytes + slice_us + nice + tid + full + command[0] + patience_us +
	       *(char *)&arena;
}

DESCRIPTION(sub, "tiny");

SEC(".struct_ops.link")
struct sched_ext_ops_cid sub = { (void *)init, (void *)enqueue, .flags = SCX_OPS_TID_TO_TASK, .name = "sub" };
