// SPDX-License-Identifier: GPL-2.0
/*
 * pair: the smallest scheduler that can be root as well as a sub: one queue, and at most one child, which gets what its
 * parent leaves. Its program subs.c drives it: see pair.h.
 */
#include <scx/common.bpf.h>
#include "tests/guest/kernel/pair.h"

#define PAIR_DSQ	1
#define PAIR_CAPS	(SCX_CAP_ENQ_IMMED | SCX_CAP_ENQ | SCX_CAP_PREEMPT | SCX_CAP_PERF)

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1024);
} arena SEC(".maps");

/* A program has the arena that an instruction of it loads. */
#define TOUCH_ARENA()	asm volatile("" ::"r"(&arena))

struct pair_ctl ctl;
u64 child;
UEI_DEFINE(uei);

/* not in the types of a stock kernel */
s64 scx_bpf_sub_cpu_time(u64 cgroup_id) __ksym __weak;

/* Not inlined: the verifier looks at it once. */
static __noinline void obey(u32 request)
{
	switch (request) {
	case PAIR_ERROR:
		scx_bpf_error("asked to");
		break;
	case PAIR_KILL:
		ctl.answer = scx_bpf_sub_kill(ctl.cgroup_id, "asked to");
		break;
	case PAIR_TID:
		ctl.answer = !!scx_bpf_tid_to_task(1);
		break;
	case PAIR_TIME:
		ctl.answer = bpf_ksym_exists(scx_bpf_sub_cpu_time) ? scx_bpf_sub_cpu_time(ctl.cgroup_id) : -EOPNOTSUPP;
		break;
	}
}

void BPF_STRUCT_OPS(pair_enqueue, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(p, PAIR_DSQ, SCX_SLICE_DFL, enq_flags);
	scx_bpf_kick_cid(scx_bpf_task_cid(p), SCX_KICK_IDLE);
}

void BPF_STRUCT_OPS(pair_dispatch, s32 cid, struct task_struct *prev)
{
	u32 request = ctl.request;

	if (request && request != PAIR_TAKEN &&
	    __sync_val_compare_and_swap(&ctl.request, request, PAIR_TAKEN) == request) {
		obey(request);
		ctl.request = PAIR_NOTHING;
	}
	if (!scx_bpf_dsq_move_to_local(PAIR_DSQ, 0) && child)
		scx_bpf_sub_dispatch(child);
}

s32 BPF_STRUCT_OPS(pair_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	return ctl.fail_init_task;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(pair_sub_attach, struct scx_sub_attach_args *args)
{
	u64 cgroup_id = args->ops->sub_cgroup_id;

	TOUCH_ARENA();
	if (ctl.refuse)
		return ctl.refuse;
	child = cgroup_id;
	return scx_bpf_sub_grant(cgroup_id, PAIR_CAPS, (struct scx_cmask __arena *)scx_bpf_online_cmask(), NULL);
}

void BPF_STRUCT_OPS_SLEEPABLE(pair_sub_detach, struct scx_sub_detach_args *args)
{
	child = 0;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(pair_init)
{
	TOUCH_ARENA();
	return ctl.fail_init ?: scx_bpf_create_dsq(PAIR_DSQ, -1);
}

void BPF_STRUCT_OPS(pair_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

SCX_OPS_CID_DEFINE(pair_ops, .enqueue = (void *)pair_enqueue, .dispatch = (void *)pair_dispatch,
		   .init_task = (void *)pair_init_task, .sub_attach = (void *)pair_sub_attach,
		   .sub_detach = (void *)pair_sub_detach, .init = (void *)pair_init, .exit = (void *)pair_exit,
		   .flags = SCX_OPS_ENQ_EXITING, .timeout_ms = 20000, .name = "pair");
