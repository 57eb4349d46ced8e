/* SPDX-License-Identifier: GPL-2.0 */
/*
 * groups.h: what work each group of the pool has, and each scheduler, from one look at what all of them publish.
 *
 * The counters move meanwhile: each is right, their sums are of no one moment. What is looked at is given: this knows nothing
 * of where the pool lies.
 */
#ifndef SCX_LOADER_GROUPS_H
#define SCX_LOADER_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "root-sched/pool_abi.h"
#include "cleanup.h"

/* Tasks that want a CPU. */
struct work {
	uint64_t waiting; /* of a foreign scheduler's no number is known: 1 for any */
	uint64_t running; /* on the CPUs that were looked at */
};

/* An entity. */
struct pool_group {
	bool there, has_children;
	uint16_t depth;
	uint32_t parent, sched; /* entity numbers; sched: the node whose scheduler queues its tasks */
	struct work own;	/* of the group itself */
	struct work sched_own;	/* of all groups whose tasks its scheduler queues; of a node */
};

struct pool_groups {
	struct pool_group *list; /* by entity number */
	uint32_t nr;
};

/**
 * groups_read - look at all groups
 * @hdr, @entities, @cids: of the pool
 * @but: the CPU that is not looked at, -1: all are
 * @ret: to be freed by groups_free(), also when it is all zeroes
 */
void groups_read(const struct pool_hdr *hdr, const struct entity *entities, const struct cid_state *cids, int but,
		 struct pool_groups *ret);

void groups_free(struct pool_groups *g);

#endif
