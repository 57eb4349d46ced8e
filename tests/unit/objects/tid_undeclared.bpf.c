// SPDX-License-Identifier: GPL-2.0
/* Calls scx_bpf_tid_to_task() without the flag: beneath a root without it too, root would end. */
#include "sched.bpf.h"

LICENCE("GPL");
ARENA(arena);

/* As one declares a kernel function that has had another signature before; libbpf drops the suffix. */
struct task_struct *scx_bpf_tid_to_task___v2(u64 tid) __ksym __weak;

s32 BPF_STRUCT_OPS_SLEEPABLE(tid_undeclared_init)
{
	asm volatile("" ::"r"(&arena));
	return !!scx_bpf_tid_to_task___v2(1);
}

SCX_OPS_CID_DEFINE(tid_undeclared_ops, .init = (void *)tid_undeclared_init, .name = "tid_undeclared");
