// SPDX-License-Identifier: GPL-2.0
/* One arena more than the kernel, or libbpf, takes. */
#include "sched.bpf.h"

LICENCE("GPL");
ARENA(one);
ARENA(other);
CALLBACK(two_arenas_init, one)

SCX_OPS_CID_DEFINE(two_arenas_ops, .init = (void *)two_arenas_init, .name = "two_arenas");
