/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cids.h: sets of cids, and what the key `cpus` of a node says: see cpus.h for which cids it gets.
 *
 * Cids are ordered by topology: neighbours share a core, a last-level cache, a node.
 */
#ifndef SCX_LOADER_CIDS_H
#define SCX_LOADER_CIDS_H

#include <stdbool.h>
#include <stdint.h>

#include "root-sched/pool_abi.h"

struct cid_set {
	uint64_t bits[POOL_MAX_CIDS / 64];
};

enum cpus_kind {
	CPUS_SHARED,		/* none of its own: it competes for its parent's */
	CPUS_COUNT,
	CPUS_PERCENT,		/* of its parent's */
	CPUS_LIST,
};

/* What a node wants to have as its own. */
struct cpus {
	enum cpus_kind kind;
	uint32_t number;	/* of CPUS_COUNT and CPUS_PERCENT */
	struct cid_set list;	/* of CPUS_LIST */
};

static inline bool cid_set_has(const struct cid_set *set, uint32_t cid)
{
	return cid < POOL_MAX_CIDS && set->bits[cid / 64] >> cid % 64 & 1;
}

/* All cids from first up to end. */
void cid_set_add(struct cid_set *set, uint32_t first, uint32_t end);
void cid_set_add_all(struct cid_set *set, const struct cid_set *more);
uint32_t cid_set_count(const struct cid_set *set);

/* The next range of a set, from *ret_end on. Begins with 0; false behind the last. */
bool cid_set_next_range(const struct cid_set *set, uint32_t *ret_first, uint32_t *ret_end);

/* As "0-3,7"; @name, when it is given, says what to print for a cid. To be freed. */
char *cid_set_text(const struct cid_set *set, uint32_t (*name)(uint32_t cid));

/* Add what "0-3,7" says. Returns 0 or -EINVAL. */
int cid_set_parse(const char *text, struct cid_set *ret);

/**
 * cpus_parse - what a user writes: "exclusive:2", "exclusive:50%", "exclusive:0-3,7"
 *
 * A lone number is a count. Returns 0 or -EINVAL.
 */
int cpus_parse(const char *text, struct cpus *ret);

/* What cpus_parse() takes for it; "" for CPUS_SHARED. To be freed. */
char *cpus_text(const struct cpus *cpus);

#endif
