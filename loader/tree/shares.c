// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "shares.h"

#define OWN_WEIGHT	100.

static double min(double a, double b)
{
	return a < b ? a : b;
}

/* Is a share at this level, which is CPUs for a weight of 1, all that can be used? Then it is taken. */
static bool serve(double can_use, double weight, double level, double *cpus)
{
	if (can_use > weight * level)
		return false;
	*cpus = can_use < *cpus ? *cpus - can_use : 0;
	return true;
}

/* The level to which @cpus fill all that compete beneath one; INFINITY: all have what they can use. */
static double fill(struct share *list, size_t parent, double cpus)
{
	double level = 0, weights;
	bool own_served = false, again = true;

	while (again) {
		weights = own_served ? 0 : OWN_WEIGHT;
		for (size_t i = list[parent].child; i; i = list[i].sibling)
			weights += list[i].served ? 0 : list[i].weight;
		if (!weights)
			return INFINITY;
		level = cpus / weights;
		/* what is left by those who need not all of it raises the level for the others */
		again = !own_served && serve(list[parent].wants, OWN_WEIGHT, level, &cpus);
		own_served |= again;
		for (size_t i = list[parent].child; i; i = list[i].sibling)
			if (!list[i].served && serve(list[i].can_use, list[i].weight, level, &cpus))
				list[i].served = again = true;
	}
	return level;
}

/* Those with CPUs of their own take part in nothing: they have what they can use of them. */
static void share_out(struct share *list, size_t parent)
{
	double cpus = list[parent].entitled, level;

	for (size_t i = list[parent].child; i; i = list[i].sibling) {
		list[i].served = list[i].exclusive;
		if (!list[i].exclusive)
			continue;
		list[i].entitled = min(list[i].can_use, cpus);
		cpus -= list[i].entitled;
	}
	level = fill(list, parent, cpus);
	for (size_t i = list[parent].child; i; i = list[i].sibling)
		if (!list[i].exclusive)
			list[i].entitled = list[i].served ? list[i].can_use : list[i].weight * level;
}

void shares_entitle(struct share *list, size_t nr, double cpus)
{
	if (!nr)
		return;
	for (size_t i = 0; i < nr; i++) {
		list[i].can_use = list[i].wants;
		list[i].child = 0;
	}
	for (size_t i = nr; i-- > 0;) {
		struct share *s = &list[i], *above = &list[s->parent];

		s->can_use = min(s->can_use, s->limit);
		if (s->exclusive)
			s->can_use = min(s->can_use, s->exclusive);
		if (!i)
			break;
		above->can_use += s->can_use;
		s->sibling = above->child;
		above->child = i;
	}
	list[0].entitled = min(list[0].can_use, cpus);
	for (size_t i = 0; i < nr; i++)
		share_out(list, i);
}
