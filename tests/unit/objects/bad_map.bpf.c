// SPDX-License-Identifier: GPL-2.0
/* A map with a field that libbpf does not know: nothing that we look for, and still it can not be opened. */
#include "sched.bpf.h"

LICENCE("GPL");
ARENA(arena);
CALLBACK(bad_map_init, arena)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(colour, 1);
} odd SEC(".maps");

SCX_OPS_CID_DEFINE(bad_map_ops, .init = (void *)bad_map_init, .name = "bad_map");
