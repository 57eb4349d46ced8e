// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>

#include "cleanup.h"
#include "cpus.h"

/* How badly the cids from first up to end belong together: 0 is best. */
static unsigned int range_spread(const struct cid_state *cids, uint32_t first, uint32_t end)
{
	const struct cid_state *a = &cids[first], *z = &cids[end - 1];

	return 8 * (a->node != z->node) + 4 * (a->llc != z->llc) + (a->core != first) + (z->core_end != end);
}

/* Where @nr free cids lie side by side, nearest to each other. Returns the first; UINT32_MAX when they do nowhere. */
static uint32_t choose_range(const struct cid_set *free, uint32_t nr, const struct cid_state *cids)
{
	uint32_t first, end = 0, best = UINT32_MAX;
	unsigned int least = UINT_MAX;

	while (cid_set_next_range(free, &first, &end)) {
		for (; end - first >= nr; first++) {
			unsigned int spread = cids ? range_spread(cids, first, first + nr) : 0;

			if (spread > least)
				continue;
			least = spread;
			best = first;
		}
	}
	return best;
}

static void choose_number(const struct cid_set *free, uint32_t nr, const struct cid_state *cids, struct cid_set *ret)
{
	uint32_t first = choose_range(free, nr, cids);

	if (first != UINT32_MAX) {
		cid_set_add(ret, first, first + nr);
		return;
	}
	for (uint32_t cid = POOL_MAX_CIDS; nr && cid-- > 0;) {
		if (cid_set_has(free, cid)) {
			cid_set_add(ret, cid, cid + 1);
			nr--;
		}
	}
}

/* How many cids a node wants; at least one. */
static uint32_t wanted(const struct cpus *cpus, uint32_t nr_from)
{
	uint32_t nr;

	if (cpus->kind == CPUS_LIST)
		return cid_set_count(&cpus->list);
	if (cpus->kind == CPUS_COUNT)
		return cpus->number;
	nr = (nr_from * cpus->number + 50) / 100;
	return nr ?: 1;
}

static void complain_list(const struct node *node, const char *file, const struct cid_set *from,
			  const struct cid_set *taken, struct problems *ps)
{
	_cleanup_(freep) char *all = cid_set_text(from, NULL), *others = cid_set_text(taken, NULL);
	bool any = *others;

	problem_add(ps, file, node->lines.cpus, NULL,
		    "[%s] wants cids that it can't have as its own: there are %s%s%s%s", node->name, all,
		    any ? ", and " : "", any ? others : "", any ? " belong to nodes beside it" : "");
}

int cpus_choose(const struct node *node, const char *file, const struct cid_set *from, const struct cid_set *taken,
		const struct cid_set *cpuset, const struct cid_state *cids, struct cid_set *ret, struct problems *ps)
{
	struct cid_set free = {}, best = {};
	uint32_t nr_from, nr_free, nr;
	bool outside = false;

	if (!from) {
		problem_add(ps, file, node->lines.cpus, "give its parent 'cpus', too, or leave it out here",
			    "[%s] can't have cids of its own: its parent [%s] has none", node->name,
			    node->parent->name);
		return -EINVAL;
	}
	for (size_t i = 0; i < POOL_MAX_CIDS / 64; i++) {
		free.bits[i] = from->bits[i] & ~taken->bits[i];
		outside |= node->cpus.list.bits[i] & ~free.bits[i];
	}
	if (outside) {
		complain_list(node, file, from, taken, ps);
		return -EINVAL;
	}
	nr_from = cid_set_count(from);
	nr_free = cid_set_count(&free);
	nr = wanted(&node->cpus, nr_from);
	if (nr >= nr_free) {
		problem_add(ps, file, node->lines.cpus, "lower it: one must be left to others",
			    "[%s] wants %u cids of its own, and of the %u that there are %u can be given", node->name,
			    nr, nr_from, nr_free ? nr_free - 1 : 0);
		return -EINVAL;
	}
	for (size_t i = 0; cpuset && i < POOL_MAX_CIDS / 64; i++)
		best.bits[i] = free.bits[i] & cpuset->bits[i];
	*ret = node->cpus.list;
	if (node->cpus.kind != CPUS_LIST)
		choose_number(cid_set_count(&best) >= nr ? &best : &free, nr, cids, ret);
	return 0;
}
