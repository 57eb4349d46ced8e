// SPDX-License-Identifier: GPL-2.0
/* A root: the programs and maps that the loader looks for by name. */
#include "tiny.bpf.h"

struct {
	int (*type)[2];
	u32 *key;
	u64 *value;
	int (*max_entries)[4];
} groups SEC(".maps");

SEC("syscall")
int pool_init(void *ctx)
{
	return *(char *)&arena + *(char *)&groups;
}

SEC("struct_ops/sub_attach")
int sub_attach(void *ctx)
{
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops_cid root = { .sub_attach = (void *)sub_attach, .enqueue = (void *)enqueue, .timeout_ms = 5000 };
