// SPDX-License-Identifier: GPL-2.0
/* More maps beside variables in the arena than libbpf before 1.7 can load. */
#include "sched.bpf.h"

LICENCE("GPL");
ARENA(arena);

#define VALUE(n)	int value_##n SEC(".data.value_" #n)
VALUE(0);
VALUE(1);
VALUE(2);
VALUE(3);
VALUE(4);
VALUE(5);
VALUE(6);
VALUE(7);
VALUE(8);
VALUE(9);
VALUE(10);
VALUE(11);
VALUE(12);

u64 __arena_global counter;

s32 BPF_STRUCT_OPS_SLEEPABLE(many_maps_init)
{
	asm volatile("" ::"r"(&arena));
	counter++;
	return 0;
}

SCX_OPS_CID_DEFINE(many_maps_ops, .init = (void *)many_maps_init, .name = "many_maps");
