// SPDX-License-Identifier: GPL-2.0
/* A cid-form scheduler without an arena: the kernel answers -EINVAL. */
#include "sched.bpf.h"

LICENCE("GPL");

s32 BPF_STRUCT_OPS_SLEEPABLE(no_arena_init)
{
	return 0;
}

SCX_OPS_CID_DEFINE(no_arena_ops, .init = (void *)no_arena_init, .name = "no_arena");
