// SPDX-License-Identifier: GPL-2.0
/* A scheduler that knows nothing of this tree: variables in its arena, settings without tags. */
#include "tiny.bpf.h"

const volatile u64 sub_cgroup_id;
const volatile u32 max_tasks;
const volatile u8 batch = 3;
const volatile _Bool boost = 1;

u64 __attribute__((address_space(1))) counter SEC(".addr_space.1") = 1;

SEC("struct_ops.s/init")
int init(void *ctx)
{
	return sub_cgroup_id + max_tasks + batch + boost + counter + *(char *)&arena;
}

SEC(".struct_ops.link")
struct sched_ext_ops_cid foreign = { (void *)init, (void *)enqueue, .flags = SCX_OPS_TID_TO_TASK, .name = "foreign" };
