// SPDX-License-Identifier: GPL-2.0
/* Wants a region of the pool and has globals where the header of the pool is. */
#include "sched.bpf.h"

LICENCE("GPL");
ARENA(arena);

const volatile u64 pool_region;

u64 __arena_global counter;

s32 BPF_STRUCT_OPS_SLEEPABLE(arena_globals_init)
{
	counter += pool_region;
	return 0;
}

SCX_OPS_CID_DEFINE(arena_globals_ops, .init = (void *)arena_globals_init, .name = "arena_globals");
