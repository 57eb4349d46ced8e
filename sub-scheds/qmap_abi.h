/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qmap_abi.h: qmap's own block in its region. Written by qmap's callbacks, with plain stores where a lost update costs nothing;
 * for everybody else to look at only.
 */
#ifndef SCX_TREE_QMAP_ABI_H
#define SCX_TREE_QMAP_ABI_H

#define QMAP_NR_FIFOS	5	/* by weight */

struct qmap_block {
	__u64 last[QMAP_NR_FIFOS];	/* the virtual time of the last task that was put into each; a hint */
	__u64 nr_total[QMAP_NR_FIFOS];	/* tasks ever put in; atomic additions, as the rest */
	__u64 next_seq;
	__u64 nr_stalled;	/* fault injection: tasks held back */
	__u64 nr_misplaced;	/* fault injection: tasks sent to a cid that we do not hold */
	__u64 pad[3];
};

_Static_assert(sizeof(struct qmap_block) == 128, "whole cache lines");

#endif
