// SPDX-License-Identifier: GPL-2.0
/* A licence for which the kernel keeps its functions to itself. */
#include "sched.bpf.h"

LICENCE("Proprietary");
ARENA(arena);
CALLBACK(proprietary_init, arena)

SCX_OPS_CID_DEFINE(proprietary_ops, .init = (void *)proprietary_init, .name = "proprietary");
