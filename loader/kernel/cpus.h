/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cpus.h: which cids of this machine a node gets for its key `cpus`.
 */
#ifndef SCX_LOADER_CPUS_H
#define SCX_LOADER_CPUS_H

#include "file/hierarchy.h"

/**
 * cpus_choose - which cids a node gets as its own
 * @file: for messages, with the line of the node's key
 * @from: its parent's; NULL: the parent has none of its own
 * @taken: those of them that other nodes beneath the same parent have, or name
 * @cpuset: those that its cgroup's tasks may use: a number is taken of these when there are enough. NULL: all
 * @cids: what is near each, or NULL while that is not known
 *
 * At least one of the parent's is left to others. A number of cids is taken where they are nearest to each other: on one
 * node, in one last-level cache, as whole cores; and, among equals, from the end: cid 0 has the machine's interrupts.
 * Returns 0, or -EINVAL after adding the problem.
 */
int cpus_choose(const struct node *node, const char *file, const struct cid_set *from, const struct cid_set *taken,
		const struct cid_set *cpuset, const struct cid_state *cids, struct cid_set *ret, struct problems *ps);

#endif
