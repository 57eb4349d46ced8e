// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "../root-sched/pool_abi.h"
#include "shares.h"

static double min(double a, double b)
{
	return a < b ? a : b;
}

/* The weight of a scheduler's own tasks, among its children. */
static double own_weight(const struct share *list, size_t nr, size_t parent)
{
	double heaviest = 0;

	for (size_t i = parent + 1; i < nr; i++)
		if (list[i].parent == parent && !list[i].exclusive && list[i].weight > heaviest)
			heaviest = list[i].weight;
	return pool_own_weight(heaviest);
}

/* How much of a level is taken when each may have @level CPUs for a weight of 1. The scheduler's own tasks are of it. */
static double taken_at(const struct share *list, size_t nr, size_t parent, double level)
{
	double sum = min(list[parent].wants, own_weight(list, nr, parent) * level);

	for (size_t i = parent + 1; i < nr; i++)
		if (list[i].parent == parent && !list[i].exclusive)
			sum += min(list[i].can_use, list[i].weight * level);
	return sum;
}

/* The next higher level at which one more has all that he can use; INFINITY when all have. */
static double next_level(const struct share *list, size_t nr, size_t parent, double level)
{
	double own = list[parent].wants / own_weight(list, nr, parent), next = own > level ? own : INFINITY;

	for (size_t i = parent + 1; i < nr; i++) {
		double full = list[i].can_use / list[i].weight;

		if (list[i].parent == parent && !list[i].exclusive && full > level && full < next)
			next = full;
	}
	return next;
}

/* The level that @cpus fill a scheduler's level to. */
static double fill(const struct share *list, size_t nr, size_t parent, double cpus)
{
	double level = 0, next, below = 0, above;

	while ((next = next_level(list, nr, parent, level)) < INFINITY) {
		above = taken_at(list, nr, parent, next);
		if (above > cpus) /* between the two it rises evenly */
			return level + (next - level) * (cpus - below) / (above - below);
		level = next;
		below = above;
	}
	return INFINITY;
}

/* Those with CPUs of their own take part in nothing: they have what they can use of them. */
static void share_out(struct share *list, size_t nr, size_t parent)
{
	double cpus = list[parent].entitled, level;

	for (size_t i = parent + 1; i < nr; i++) {
		if (list[i].parent != parent || !list[i].exclusive)
			continue;
		list[i].entitled = min(list[i].can_use, cpus);
		cpus -= list[i].entitled;
	}
	level = fill(list, nr, parent, cpus);
	for (size_t i = parent + 1; i < nr; i++)
		if (list[i].parent == parent && !list[i].exclusive)
			list[i].entitled = min(list[i].can_use, list[i].weight * level);
}

void shares_entitle(struct share *list, size_t nr, double cpus)
{
	if (!nr)
		return;
	for (size_t i = 0; i < nr; i++) {
		list[i].can_use = list[i].wants;
		list[i].has_children = false;
	}
	for (size_t i = nr; i-- > 0;) {
		struct share *s = &list[i];

		s->can_use = min(s->can_use, s->limit);
		if (s->exclusive)
			s->can_use = min(s->can_use, s->exclusive);
		if (!i)
			break;
		list[s->parent].can_use += s->can_use;
		list[s->parent].has_children = true;
	}
	list[0].entitled = min(list[0].can_use, cpus);
	for (size_t i = 0; i < nr; i++)
		if (list[i].has_children)
			share_out(list, nr, i);
}
