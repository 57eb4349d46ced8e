/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tiny.bpf.h: what the smallest schedulers are made of that have all that libbpf and the loader look at: the seeds of
 * fuzz_object, which gets around in them so much faster than in ones with the kernel's types. They are never loaded.
 */
#ifndef SCX_FUZZ_TINY_BPF_H
#define SCX_FUZZ_TINY_BPF_H

typedef signed short s16;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define EXTERN(name)	__attribute__((section(name)))
#define SEC(name)	EXTERN(name) __attribute__((used))
#define CORE		__attribute__((preserve_access_index))
#define __weak		__attribute__((weak))

#include "sub-scheds/tunable.bpf.h"

enum scx_ops_flags { SCX_OPS_TID_TO_TASK = 1 << 8, SCX_OPS_ALL_FLAGS = 0x1ff };

struct task_struct {
	int pid;
	union {
		u64 tid;
		u32 halves[2];
	};
	unsigned int low : 3, high : 5;
} CORE;

struct sched_ext_ops_cid {
	int (*init)(void);
	void (*enqueue)(struct task_struct *p, u64 flags);
	int (*sub_attach)(void *args);
	u64 flags;
	u64 sub_cgroup_id;
	u32 timeout_ms;
	char name[16];
};

struct user_exit_info {
	int kind, exit_cpu;
	long long exit_code;
	char reason[8], msg[8];
};

extern struct task_struct *scx_bpf_tid_to_task(u64 tid) EXTERN(".ksyms") __weak;
extern const int runqueues EXTERN(".ksyms") __weak;
extern int LINUX_KERNEL_VERSION EXTERN(".kconfig");

char _license[] SEC("license") = "GPL";

struct {
	int (*type)[33];	/* BPF_MAP_TYPE_ARENA */
	int (*max_entries)[16];
	int (*map_flags)[1 << 10];
} arena SEC(".maps");

struct {
	int (*type)[1];
	u32 *key;
	struct task_struct *value;
	int (*max_entries)[4];
} hash SEC(".maps");

const volatile u64 __SCX_SLICE_DFL;

char uei_dump[1] SEC(".data.uei_dump");
const volatile u32 uei_dump_len;
struct user_exit_info uei SEC(".data");
u64 unset;

static u64 __attribute__((noinline)) helped(struct task_struct *p)
{
	return p->tid + p->high + LINUX_KERNEL_VERSION + __SCX_SLICE_DFL + uei_dump_len;
}

SEC("struct_ops/enqueue")
void enqueue(u64 *ctx)
{
	struct task_struct *p = scx_bpf_tid_to_task(ctx[0]);

	if (p) {
		unset += helped(p) + (u64)&runqueues;
		uei.kind = p->pid;
		uei_dump[0] = *(char *)&hash;
	}
}

#endif
