// SPDX-License-Identifier: GPL-2.0
/* Two schedulers, of which one would be forgotten. */
#include "sched.bpf.h"

LICENCE("GPL");
ARENA(arena);
CALLBACK(first_init, arena)
CALLBACK(second_init, arena)

SCX_OPS_CID_DEFINE(first_ops, .init = (void *)first_init, .name = "first");
SCX_OPS_CID_DEFINE(second_ops, .init = (void *)second_init, .name = "second");
