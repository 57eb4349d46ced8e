// SPDX-License-Identifier: GPL-2.0
/* Tunables that say of themselves what can not be. */
#include "sched.bpf.h"

LICENCE("GPL");
ARENA(arena);

TUNABLE(u64, slice_us, 4000, "us", "100-1000000", "a range with the wrong dots");
TUNABLE(u8, batch, 1, "tasks", "1..256", "more than fits");
TUNABLE(bool, boost, false, "bool", "SCX_OPS_BOOST", "a flag that there is not");

s32 BPF_STRUCT_OPS_SLEEPABLE(bad_tags_init)
{
	asm volatile("" ::"r"(&arena));
	return slice_us + batch + boost;
}

SCX_OPS_CID_DEFINE(bad_tags_ops, .init = (void *)bad_tags_init, .name = "bad_tags");
