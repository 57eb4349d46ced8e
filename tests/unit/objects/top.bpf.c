// SPDX-License-Identifier: GPL-2.0
/* What makes a root scheduler, and no more. */
#include "sched.bpf.h"

LICENCE("GPL");
ARENA(arena);
CALLBACK(top_init, arena)

s32 BPF_STRUCT_OPS_SLEEPABLE(top_sub_attach, struct scx_sub_attach_args *args)
{
	return 0;
}

SEC("syscall")
int pool_init(void *ctx)
{
	return 0;
}

SCX_OPS_CID_DEFINE(top_ops, .init = (void *)top_init, .sub_attach = (void *)top_sub_attach, .name = "top");
