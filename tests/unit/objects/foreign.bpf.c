// SPDX-License-Identifier: GPL-2.0
/* A scheduler of somebody else's: an arena of its own with variables in it, settings without tags. */
#include "sched.bpf.h"

LICENCE("GPL");
ARENA(arena);
UEI_DEFINE(uei);

const volatile u64 slice_ns = 20000000;
const volatile u32 batch;
const volatile s16 nice = -5;
const volatile bool boost = true;
const volatile u64 sub_cgroup_id;
const volatile u32 max_tasks;
const volatile char name[8];
static const volatile u32 table = 7;

u64 __arena_global counter;

s32 BPF_STRUCT_OPS_SLEEPABLE(foreign_init)
{
	asm volatile("" ::"r"(&arena));
	counter += slice_ns + batch + nice + boost + sub_cgroup_id + max_tasks + name[0] + table + SCX_SLICE_DFL;
	return 0;
}

void BPF_STRUCT_OPS(foreign_cid_online, s32 cid)
{
	asm volatile("" ::"r"(&arena));
}

SCX_OPS_CID_DEFINE(foreign_ops, .init = (void *)foreign_init, .cid_online = (void *)foreign_cid_online,
		   .name = "foreign");
