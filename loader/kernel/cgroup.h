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

#include "file/hierarchy.h"

/**
 * cgroup_check - can a node's cgroup be had?
 * @file: the file of the node, NULL for one from the control socket
 *
 * cgroup v2 with its cpu controller is there; the cgroup has that controller, or node->create allows to bring that about;
 * and it may hold processes. Of one that is not there, and is not to be made, nothing is asked: the node waits for it.
 * Changes nothing. Returns 0, or -errno after adding the problem.
 */
int cgroup_check(const struct node *node, const char *file, struct problems *ps);

/**
 * cgroup_make - make a node's cgroup and what is missing above it, with the cpu controller
 * @ret_made: false: somebody else made the cgroup. True also when an earlier loader did, one that was killed
 *
 * Returns 0, or -errno after removing what it had made. Controllers that it had to enable stay enabled.
 */
int cgroup_make(const char *path, bool *ret_made);

/* Did a loader make this cgroup for a node, and is it to be removed with it? */
bool cgroup_is_made(const char *path);

/* Remove what a loader that died while it made this cgroup has left of that. */
void cgroup_remove_begun(const char *path);

/* Have a cgroup never removed, even if a loader made it: it is the administrator's now. Returns 0 or -errno. */
int cgroup_keep(const char *path);

/* Have a cgroup that a loader made removed with those that are made below it. Returns 0 or -errno. */
int cgroup_pass_down(const char *path);

/**
 * cgroup_remove - remove a node's cgroup, and what was made on the way to it as far as nobody needs it
 *
 * Returns 0, -EBUSY when the cgroup has processes or cgroups below it, -ENOENT when cgroup_make() did not make it or it
 * is gone.
 */
int cgroup_remove(const char *path);

/* cpu.weight, 1-10000. Return 0 or -errno. */
int cgroup_set_weight(const char *path, unsigned int weight);
int cgroup_get_weight(const char *path, unsigned int *ret);

/* The service manager's unit that a cgroup is of, as its name says; in @path. NULL: none */
const char *cgroup_unit(const char *path);

/* The CPUs on which a cgroup's tasks may run: those of the nearest cpuset at or above it. 0 or -errno: there is none. */
int cgroup_cpus(const char *path, struct cid_set *ret);

/* What the kernel calls the cgroup by: its inode number. Returns 0 or -errno. */
int cgroup_id(const char *path, uint64_t *ret);

static inline bool cgroup_is_there(const char *path)
{
	uint64_t id;

	return !cgroup_id(path, &id);
}

/* The path of a cgroup's child with this id, to be freed; @path "": of the root's. NULL: there is none. */
char *cgroup_child(const char *path, uint64_t id);

/* The folder of the nearest cgroup above that is there, to be freed. NULL without memory, or without cgroup v2. */
char *cgroup_folder_above(const char *path);

#endif
