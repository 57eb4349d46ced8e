/* SPDX-License-Identifier: GPL-2.0 */
/*
 * facts.h: what an object says about itself. It is read by object_facts.c.
 */
#ifndef SCX_LOADER_FACTS_H
#define SCX_LOADER_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tunable.h"

struct object_facts {
	char *path;
	char *name;			/* the file's, without folder and .bpf.o */
	char *ops_name;			/* ops.name */
	char *description;		/* "" without one */
	uint64_t flags;			/* ops.flags */
	char **members;			/* of the ops: callbacks it has, fields that are not 0; ends with NULL */
	bool calls_tid_to_task;
	bool is_root;			/* has the pool's programs */
	bool arena_globals;		/* has variables in its arena */
	bool uses_pool;			/* wants a region: has pool_region. Without: a foreign scheduler, or a root */
	uint32_t slab_ctx_bytes;	/* of a task context, without its cmask; 0: has no slab */
	uint32_t policy_bytes;		/* of the policy's own block in its region */
	struct tunable *tunables;	/* in the object's order */
	size_t nr_tunables;
};

/* Does the object have this callback, or this field other than 0? @member: of struct sched_ext_ops_cid. */
bool object_has(const struct object_facts *facts, const char *member);

/* A tunable by name; NULL: there is none. */
const struct tunable *object_find_tunable(const struct object_facts *facts, const char *name);

#endif
