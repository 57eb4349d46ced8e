// SPDX-License-Identifier: GPL-2.0
/* A root scheduler whose arena would be mapped over something else. */
#include "sched.bpf.h"

LICENCE("GPL");

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 16);
	__ulong(map_extra, 1ull << 40);
} arena SEC(".maps");

CALLBACK(far_arena_init, arena)

s32 BPF_STRUCT_OPS_SLEEPABLE(far_arena_sub_attach, struct scx_sub_attach_args *args)
{
	return 0;
}

SEC("syscall")
int pool_init(void *ctx)
{
	return 0;
}

SCX_OPS_CID_DEFINE(far_arena_ops, .init = (void *)far_arena_init, .sub_attach = (void *)far_arena_sub_attach,
		   .name = "far_arena");
