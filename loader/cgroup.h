/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cgroup.h: the cgroups that schedulers attach to: check, make, weigh, remove. The only user of libcgroup.
 *
 * A path is below the cgroup2 mount, as in struct node. Only what was made here is ever removed, and only when it is
 * empty: no task is moved and none is killed.
 */
#ifndef SCX_LOADER_CGROUP_H
#define SCX_LOADER_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "hierarchy.h"

/**
 * cgroup_check - can a node's cgroup be had?
 * @file: the file of the node, NULL for one from the control socket
 *
 * cgroup v2 with its cpu controller is there; the cgroup exists with that controller, or node->create allows to bring
 * that about; and it may hold processes. Changes nothing. Returns 0, or -errno after adding the problem.
 */
int cgroup_check(const struct node *node, const char *file, struct problems *ps);

/**
 * cgroup_make - make a cgroup and what is missing above it, with the cpu controller
 * @ret_made: false: it was there already
 *
 * Returns 0, or -errno after removing what it had made. Controllers that it had to enable stay enabled.
 */
int cgroup_make(const char *path, bool *ret_made);

/**
 * cgroup_remove - remove a cgroup that cgroup_make() made, and what that had made above it, once nobody needs it
 *
 * Returns 0, -EBUSY when the cgroup has processes or cgroups below it, -ENOENT when it was not made here or is gone.
 */
int cgroup_remove(const char *path);

/* cpu.weight, 1-10000. Return 0 or -errno. */
int cgroup_set_weight(const char *path, unsigned int weight);
int cgroup_get_weight(const char *path, unsigned int *ret);

/* What the kernel calls the cgroup by: its inode number. Returns 0 or -errno. */
int cgroup_id(const char *path, uint64_t *ret);

#endif
