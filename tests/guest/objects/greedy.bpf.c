// SPDX-License-Identifier: GPL-2.0
/*
 * greedy: a foreign scheduler that can behave badly: one FIFO, and a way to hurt that its user chooses.
 */
#include <scx/common.bpf.h>

#ifndef GREEDY_NAME
#define GREEDY_NAME "greedy"
#endif

char _license[] SEC("license") = "GPL";

UEI_DEFINE(uei);

enum { BEHAVE, KEEP, FLOOD, STARVE, BREAK };

const volatile u32 manners = BEHAVE;

#define FIFO_DSQ	0

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 16);
	__ulong(map_extra, 1ull << 44);
} arena SEC(".maps");

/* A slice that never ends, or one of a millisecond. */
#define slice()		(manners == KEEP ? SCX_SLICE_INF : 1000000)

void BPF_STRUCT_OPS(greedy_enqueue, struct task_struct *p, u64 enq_flags)
{
	asm volatile("" ::"r"(&arena));
	if (manners == BREAK)
		scx_bpf_error("broken on purpose");
	if (manners == FLOOD)
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | scx_bpf_task_cid(p), slice(),
				   enq_flags | SCX_ENQ_PREEMPT | SCX_ENQ_HEAD);
	else
		scx_bpf_dsq_insert(p, FIFO_DSQ, slice(), enq_flags);
}

void BPF_STRUCT_OPS(greedy_dispatch, s32 cid, struct task_struct *prev)
{
	if (manners == STARVE)
		return;
	if (scx_bpf_dsq_move_to_local(FIFO_DSQ, SCX_ENQ_IMMED))
		return;
	if (prev)
		scx_bpf_task_set_slice(prev, slice());
}

void BPF_STRUCT_OPS(greedy_tick, struct task_struct *p)
{
	scx_bpf_kick_cid(scx_bpf_task_cid(p), SCX_KICK_PREEMPT);
	if (manners == KEEP)
		scx_bpf_task_set_slice(p, slice());
}

s32 BPF_STRUCT_OPS_SLEEPABLE(greedy_init)
{
	return scx_bpf_create_dsq(FIFO_DSQ, -1);
}

void BPF_STRUCT_OPS(greedy_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

SCX_OPS_CID_DEFINE(greedy_ops, .enqueue = (void *)greedy_enqueue, .dispatch = (void *)greedy_dispatch,
		   .tick = (void *)greedy_tick, .init = (void *)greedy_init, .exit = (void *)greedy_exit,
		   .flags = SCX_OPS_ENQ_EXITING, .timeout_ms = 5000, .name = GREEDY_NAME);
