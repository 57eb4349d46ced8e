// SPDX-License-Identifier: GPL-2.0
/* A root scheduler that nothing can attach to. */
#include "sched.bpf.h"

LICENCE("GPL");
ARENA(arena);
CALLBACK(childless_top_init, arena)

SEC("syscall")
int pool_init(void *ctx)
{
	return 0;
}

SCX_OPS_CID_DEFINE(childless_top_ops, .init = (void *)childless_top_init, .name = "childless_top");
