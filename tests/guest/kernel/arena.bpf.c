// SPDX-License-Identifier: GPL-2.0
/*
 * arena: a root and a sub that do as little as the kernel lets them, on one arena, and programs that allocate and free
 * pages of it: for tests of what the kernel does with that arena. The tool arena drives it.
 *
 * Neither scheduler uses the arena itself: whatever is allocated in it is the kernel's or was asked for by the tool.
 */
#include <scx/common.bpf.h>
#include <scx/compat.bpf.h>

#define ARENA_BASE	(1ull << 44)	/* offset 0 is then an address whose lower 32 bits are 0 */
#define ENOMEM		12

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4096);
	__ulong(map_extra, ARENA_BASE);
} arena SEC(".maps");

/* A program has the arena that an instruction of it loads. */
#define TOUCH_ARENA()	asm volatile("" ::"r"(&arena))

struct {
	u64 refuse_tasks;	/* the sub's init_task fails */
	u64 nr_refused;
} control;

struct arena_range {
	u64 page;	/* from the arena's start */
	u64 nr_pages;
};

static __always_inline void __arena *range_addr(const struct arena_range *range)
{
	u64 addr = ARENA_BASE + range->page * 4096;

	asm volatile("" : "+r"(addr) : "r"(&arena));
	return (void __arena *)addr;
}

/* Returns 0, or 1 when the kernel refuses */
SEC("syscall")
int arena_alloc(struct arena_range *range)
{
	return !bpf_arena_alloc_pages(&arena, range_addr(range), range->nr_pages, NUMA_NO_NODE, 0);
}

SEC("syscall")
int arena_free(struct arena_range *range)
{
	bpf_arena_free_pages(&arena, range_addr(range), range->nr_pages);
	return 0;
}

/* As arena_free, from where a program may not sleep: the kernel frees the pages later. */
SEC("raw_tp")
int arena_free_later(struct bpf_raw_tracepoint_args *ctx)
{
	struct arena_range range = { ctx->args[0], ctx->args[1] };

	bpf_arena_free_pages(&arena, range_addr(&range), range.nr_pages);
	return 0;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(arena_root_init)
{
	TOUCH_ARENA();
	return 0;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(arena_root_sub_attach, struct scx_sub_attach_args *args)
{
	return 0;
}

/* That it is there makes the kernel write the cmask of each task into its pages of the arena. */
void BPF_STRUCT_OPS(arena_root_set_cmask, struct task_struct *p, const struct scx_cmask *cmask)
{
	TOUCH_ARENA();
}

SCX_OPS_CID_DEFINE(arena_root, .init = (void *)arena_root_init, .sub_attach = (void *)arena_root_sub_attach,
		   .set_cmask = (void *)arena_root_set_cmask, .flags = SCX_OPS_TID_TO_TASK, .name = "arena_root");

s32 BPF_STRUCT_OPS_SLEEPABLE(arena_sub_init)
{
	TOUCH_ARENA();
	return 0;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(arena_sub_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	if (!control.refuse_tasks)
		return 0;
	control.nr_refused++;
	return -ENOMEM;
}

SCX_OPS_CID_DEFINE(arena_sub, .init = (void *)arena_sub_init, .init_task = (void *)arena_sub_init_task,
		   .name = "arena_sub");
