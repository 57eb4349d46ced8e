// SPDX-License-Identifier: GPL-2.0
/* A BPF object that is something else, and says nothing of its licence. */
#include "sched.bpf.h"

ARENA(arena);

SEC("syscall")
int no_sched(void *ctx)
{
	asm volatile("" ::"r"(&arena));
	return 0;
}
