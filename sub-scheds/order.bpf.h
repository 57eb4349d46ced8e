/* SPDX-License-Identifier: GPL-2.0 */
/*
 * order.bpf.h: orders that policies have in common.
 */
#ifndef SCX_TREE_ORDER_BPF_H
#define SCX_TREE_ORDER_BPF_H

#include "task.bpf.h"

#define ORDER_NS	1000000ull	/* so far ahead of the clock may be who came last */

/**
 * order_arrival - let a task wait behind all that came before it
 * @last: the virtual time of the one that came last
 *
 * No credit for sleep: it begins at the clock. One that has run more than its share since waits for so much longer, as its
 * weight says.
 */
static __always_inline void order_arrival(sub_task_t *t, u64 __arena *last)
{
	u64 clock = place_at(t->place)->queue.clock, next = *last + 1;

	if (time_before64(next, clock) || time_before64(clock + ORDER_NS, next))
		next = clock;
	if (time_before64(t->rival.vtime, next)) {
		t->rival.vtime = next;
		*last = next;
	}
}

#endif
