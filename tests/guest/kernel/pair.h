/* SPDX-License-Identifier: GPL-2.0 */
/* pair.h: what pair.bpf.c and subs.c share: how a scheduler is to behave, and what it is asked to do. */
#ifndef SCX_TESTS_PAIR_H
#define SCX_TESTS_PAIR_H

enum pair_request {
	PAIR_NOTHING,
	PAIR_ERROR,		/* scx_bpf_error() */
	PAIR_KILL,		/* end the child at cgroup_id */
	PAIR_TID,		/* scx_bpf_tid_to_task() */
	PAIR_TIME,		/* the CPU time of cgroup_id, 0: its own; needs a patched kernel */
	PAIR_TAKEN,
};

/* Written by user space, but for answer and the end of a request, which the next dispatch on any CPU writes. */
struct pair_ctl {
	int fail_init, fail_init_task, refuse;	/* what ops.init(), init_task() and sub_attach() return */
	unsigned int request;
	unsigned long long cgroup_id;
	long long answer;
};

#endif
