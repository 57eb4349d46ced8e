/* SPDX-License-Identifier: GPL-2.0 */
/*
 * foreign.h: a scheduler that is not built on sub-scheds/sub.bpf.h, in an arena of its own. Root publishes in its stead what
 * it needs and uses (root-sched/foreign.bpf.h).
 */
#ifndef SCX_LOADER_FOREIGN_H
#define SCX_LOADER_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

#define FOREIGN_PROGS	4

struct object;
struct sched;

/**
 * foreign_prepare - set in an object, before it is loaded, what its own loader would
 *
 * Under upstream's names, as far as it has them. Returns 0 or -errno.
 */
int foreign_prepare(struct object *obj, uint64_t cgroup_id, uint32_t max_tasks);

/**
 * foreign_watch - have root look after the scheduler of a cgroup, before that attaches
 *
 * Returns 0, -ENOENT when this root can't, or -errno. Undone by foreign_unwatch(), after it is detached.
 */
int foreign_watch(struct sched *root, uint64_t cgroup_id, uint32_t entity);
void foreign_unwatch(struct sched *root, uint64_t cgroup_id);

/**
 * foreign_adopt - have a root that was adopted go on as an earlier loader had it: those of @scheds that are `watched`
 *
 * What that loader had not finished is put right. Returns 0 or -errno.
 */
int foreign_adopt(struct sched *root, struct sched *const *scheds, size_t nr);

#endif
