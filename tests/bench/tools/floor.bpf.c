// SPDX-License-Identifier: GPL-2.0
/*
 * floor: what sched_ext itself costs. The same object is root and its subs: all that can be left to the kernel
 * is, which finds idle CPUs and queues in the order of arrival; only who gets a CPU has to be said, and
 * everybody does in turn.
 */
#include <scx/common.bpf.h>

/*
 * The kernel's own constants, of the types that this is built with: nobody has to fill in variables before it is
 * loaded.
 */
#undef SCX_CAP_ENQ_IMMED
#undef SCX_CAP_ENQ
#undef SCX_CAP_PREEMPT
#undef SCX_CAP_PERF

#define FLOOR_MAX_CHILDREN	80
#define FLOOR_CAPS		(SCX_CAP_ENQ_IMMED | SCX_CAP_ENQ | SCX_CAP_PREEMPT | SCX_CAP_PERF)

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1024);
} arena SEC(".maps");

/* A cid-form scheduler must have an arena, and has the one that an instruction of its programs loads. */
#define TOUCH_ARENA()	asm volatile("" ::"r"(&arena))

u64 children[FLOOR_MAX_CHILDREN];
u32 nr_children, turn;
UEI_DEFINE(uei);

void BPF_STRUCT_OPS(floor_dispatch, s32 cid, struct task_struct *prev)
{
	u32 nr = nr_children, first = turn++, i;

	bpf_for(i, 0, nr) {
		u64 *child = MEMBER_VPTR(children, [(first + i) % nr]);

		if (child && scx_bpf_sub_dispatch(*child))
			return;
	}
}

s32 BPF_STRUCT_OPS(floor_sub_attach, struct scx_sub_attach_args *args)
{
	u64 cgroup_id = args->ops->sub_cgroup_id;
	u32 nr = nr_children;
	u64 *child;

	TOUCH_ARENA();
	child = MEMBER_VPTR(children, [nr]);
	if (!child)
		return -ENOSPC;
	*child = cgroup_id;
	nr_children = nr + 1;
	return scx_bpf_sub_grant(cgroup_id, FLOOR_CAPS, (struct scx_cmask __arena *)scx_bpf_online_cmask(), NULL);
}

/* Its subs end together. */
void BPF_STRUCT_OPS(floor_sub_detach, struct scx_sub_detach_args *args)
{
	nr_children = 0;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(floor_init)
{
	TOUCH_ARENA();
	return 0;
}

void BPF_STRUCT_OPS(floor_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

SCX_OPS_CID_DEFINE(floor_ops, .dispatch = (void *)floor_dispatch, .sub_attach = (void *)floor_sub_attach,
		   .sub_detach = (void *)floor_sub_detach, .init = (void *)floor_init, .exit = (void *)floor_exit,
		   .timeout_ms = 20000, .name = "floor");
