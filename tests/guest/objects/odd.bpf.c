// SPDX-License-Identifier: GPL-2.0
/* odd: calls itself what the kernel takes, and no JSON holds. */
#define GREEDY_NAME { 'o', 'd', 'd', (char)0xff }
#include "greedy.bpf.c"
