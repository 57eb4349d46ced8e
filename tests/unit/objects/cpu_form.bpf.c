// SPDX-License-Identifier: GPL-2.0
/* A scheduler by CPU numbers, as before Linux 7.1. */
#include "sched.bpf.h"

LICENCE("GPL");

s32 BPF_STRUCT_OPS_SLEEPABLE(cpu_form_init)
{
	return 0;
}

SCX_OPS_DEFINE(cpu_form_ops, .init = (void *)cpu_form_init, .name = "cpu_form");
