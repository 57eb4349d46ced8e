/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qmap_abi.h: qmap's own block in its region: its queues. Written by qmap's callbacks, each queue under its own lock; for
 * everybody else to look at only.
 */
#ifndef SCX_TREE_QMAP_ABI_H
#define SCX_TREE_QMAP_ABI_H

#define QMAP_NR_FIFOS	5	/* by weight; the higher the number, the more turns */
#define QMAP_BOOSTED	5	/* one more, served before all others: see the tunable highpri_boost */

struct qmap_fifo {
	__u64 head, tail;	/* arena addresses of task contexts; 0: empty */
	__u64 nr;		/* tasks in it */
	__u64 nr_total;		/* tasks ever put in */
	__u64 head_seq;		/* sequence number of the last one taken out, see qmap_core_sched_before() */
	__u64 pad[3];
};

struct qmap_block {
	struct qmap_fifo fifos[QMAP_NR_FIFOS + 1];
	__u64 next_seq;		/* atomic additions */
	__u64 nr_stalled;	/* fault injection: tasks held back */
	__u64 nr_misplaced;	/* fault injection: tasks sent to a cid that we do not hold */
	__u64 pad[5];
};

_Static_assert(sizeof(struct qmap_block) == 448, "whole cache lines");

#endif
