/* SPDX-License-Identifier: GPL-2.0 */
/* sched.bpf.h: what the prepared objects have in common. They are looked at, never loaded. */
#ifndef SCX_TESTS_SCHED_BPF_H
#define SCX_TESTS_SCHED_BPF_H

#include <scx/common.bpf.h>
#include "sub-scheds/tunable.bpf.h"

#define LICENCE(text)	char _license[] SEC("license") = text

#define ARENA(name)							\
	struct {							\
		__uint(type, BPF_MAP_TYPE_ARENA);			\
		__uint(map_flags, BPF_F_MMAPABLE);			\
		__uint(max_entries, 16);				\
	} name SEC(".maps")

/* A callback that uses the arena. */
#define CALLBACK(name, arena)						\
	s32 BPF_STRUCT_OPS_SLEEPABLE(name)				\
	{								\
		asm volatile("" ::"r"(&arena));				\
		return 0;						\
	}

#endif
