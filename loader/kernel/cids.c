// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cids.h"
#include "cleanup.h"
#include "file/hierarchy.h"

#define EXCLUSIVE	"exclusive:"

void cid_set_add(struct cid_set *set, uint32_t first, uint32_t end)
{
	for (uint32_t cid = first; cid < end && cid < POOL_MAX_CIDS; cid++)
		set->bits[cid / 64] |= 1ull << cid % 64;
}

void cid_set_add_all(struct cid_set *set, const struct cid_set *more)
{
	for (size_t i = 0; i < POOL_MAX_CIDS / 64; i++)
		set->bits[i] |= more->bits[i];
}

uint32_t cid_set_count(const struct cid_set *set)
{
	uint32_t nr = 0;

	for (size_t i = 0; i < POOL_MAX_CIDS / 64; i++)
		nr += __builtin_popcountll(set->bits[i]);
	return nr;
}

bool cid_set_next_range(const struct cid_set *set, uint32_t *ret_first, uint32_t *ret_end)
{
	uint32_t cid = *ret_end;

	while (cid < POOL_MAX_CIDS && !cid_set_has(set, cid))
		cid++;
	*ret_first = cid;
	while (cid_set_has(set, cid))
		cid++;
	*ret_end = cid;
	return *ret_first < cid;
}

char *cid_set_text(const struct cid_set *set, uint32_t (*name)(uint32_t cid))
{
	struct cid_set named = {};
	uint32_t first, end = 0;
	char *text = NULL;
	size_t size;
	FILE *out;

	while (name && cid_set_next_range(set, &first, &end))
		for (uint32_t cid = first; cid < end; cid++)
			cid_set_add(&named, name(cid), name(cid) + 1);
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	end = 0;
	for (const char *comma = ""; cid_set_next_range(name ? &named : set, &first, &end); comma = ",")
		fprintf(out, end - first > 1 ? "%s%u-%u" : "%s%u", comma, first, end - 1);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* A number of at most @max at *text, which is moved behind it. Negative for none. */
static int parse_number(const char **text, int max)
{
	char *end;
	long number;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	number = strtol(*text, &end, 10);
	*text = end;
	return number > max ? -EINVAL : number;
}

int cid_set_parse(const char *text, struct cid_set *ret)
{
	int first, last;

	for (;; text++) {
		first = last = parse_number(&text, POOL_MAX_CIDS - 1);
		if (first >= 0 && *text == '-') {
			text++;
			last = parse_number(&text, POOL_MAX_CIDS - 1);
		}
		if (first < 0 || last < first)
			return -EINVAL;
		cid_set_add(ret, first, last + 1);
		if (*text != ',')
			return *text ? -EINVAL : 0;
	}
}

int cpus_parse(const char *text, struct cpus *ret)
{
	struct cpus cpus = {};
	const char *rest;
	int number;

	if (strncmp(text, EXCLUSIVE, strlen(EXCLUSIVE)))
		return -EINVAL;
	text += strlen(EXCLUSIVE);
	rest = text;
	number = parse_number(&rest, POOL_MAX_CIDS);
	if (number > 0 && !*rest)
		cpus.kind = CPUS_COUNT;
	else if (number > 0 && number < 100 && !strcmp(rest, "%"))
		cpus.kind = CPUS_PERCENT;
	else if (strpbrk(text, "-,") && !cid_set_parse(text, &cpus.list))
		cpus.kind = CPUS_LIST;
	else
		return -EINVAL;
	cpus.number = cpus.kind == CPUS_LIST ? 0 : number;
	*ret = cpus;
	return 0;
}

char *cpus_text(const struct cpus *cpus)
{
	_cleanup_(freep) char *list = cid_set_text(&cpus->list, NULL);
	char *text = NULL;
	int n = -1;

	switch (cpus->kind) {
	case CPUS_SHARED:
		return strdup("");
	case CPUS_COUNT:
		n = asprintf(&text, EXCLUSIVE "%u", cpus->number);
		break;
	case CPUS_PERCENT:
		n = asprintf(&text, EXCLUSIVE "%u%%", cpus->number);
		break;
	case CPUS_LIST:
		/* a lone cid would be a count */
		if (list)
			n = strpbrk(list, "-,") ? asprintf(&text, EXCLUSIVE "%s", list) :
						  asprintf(&text, EXCLUSIVE "%s-%s", list, list);
		break;
	}
	return n < 0 ? NULL : text;
}

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
	bool any = others && *others;

	problem_add(ps, file, node->lines.cpus, NULL,
		    "[%s] wants cids that it can't have as its own: there are %s%s%s%s", node->name, all ?: "fewer",
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
