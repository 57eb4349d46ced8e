// SPDX-License-Identifier: GPL-2.0
/*
 * report.c: what every scheduler of a tree does and gets, read from what it publishes in the arena.
 *
 * The counters move while they are read: each is right, their sums are of no one moment. What is told of the last seconds
 * comes from usage.c's looks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/cgroup.h"
#include "groups.h"
#include "text.h"
#include "tree_impl.h"

void sched_read_region(const struct sched *s, uint32_t nr_cids, struct node_status *st)
{
	const struct region_hdr *r = (const void *)s->region;
	const struct region_cid *cids = (const void *)r->cids;

	st->nr_tasks = r->nr_tasks;
	st->nr_full = r->nr_full;
	st->nr_orphans = r->nr_orphans;
	st->slab_used = r->slab_used;
	st->slab_high = r->slab_high;
	st->slab_capacity = r->slab_capacity;
	st->slab_stride = r->slab_stride;
	st->foreign = sched_is_foreign(s);
	st->region = s->region;
	st->region_pages = r->nr_pages;
	for (uint32_t i = 0; i < nr_cids; i++) {
		st->nr_enqueued += cids[i].nr_enqueued;
		st->nr_dispatched += cids[i].nr_dispatched;
		st->nr_direct += cids[i].nr_direct;
		st->nr_preempt += cids[i].nr_preempt;
		st->nr_kept += cids[i].nr_kept;
		st->nr_reenq += cids[i].nr_reenq;
		st->nr_reenq_cap += cids[i].nr_reenq_cap;
		st->nr_rescued += cids[i].nr_rescued;
		st->nr_degraded += cids[i].nr_degraded;
		st->used_ns += cids[i].used_ns;
		for (size_t w = 0; w < POOL_WAITS; w++)
			st->nr_waits[w] += cids[i].nr_waits[w];
	}
}

static void sched_read_bandwidth(const struct entity *e, struct node_status *st)
{
	st->nr_periods = e->nr_periods;
	st->nr_throttled = e->nr_throttled;
	st->throttled_usec = e->throttled_ns / 1000;
	if (!e->limited)
		return;
	st->quota_us = e->quota_ns / 1000;
	st->period_us = e->period_ns / 1000;
	st->burst_us = e->burst_ns / 1000;
}

static uint32_t cpu_of(uint32_t cid)
{
	return pool_cids()[cid].cpu;
}

static void sched_read_usage(const struct sched *s, struct node_status *st)
{
	struct usage usage = samples_usage(&s->samples);

	st->own_cpus = usage.cpus;
	st->entitled_milli = usage.entitled * 1000 + 0.5;
	st->p99_wait_ns = usage.p99_wait_ns;
}

/* The name of the node above; root is above those without one, and nobody above root. */
static const char *parent_name(const struct node *node)
{
	if (!node)
		return NULL;
	return node->parent ? node->parent->name : "root";
}

/* The topmost that waits, of a node and those above it */
static const char *awaited_name(const struct sched *s)
{
	const char *name = NULL;

	for (; s && s->state == NODE_WAITING; s = s->parent)
		name = sched_name(s);
	return name;
}

static void sched_read(const struct sched *s, uint32_t nr_cids, const struct pool_groups *groups,
		       struct node_status *st)
{
	*st = (struct node_status){
		.name = sched_name(s),
		.cgroup = sched_cgroup(s),
		.sched = s->obj->facts.ops_name,
		.object = s->obj->facts.path,
		.parent = parent_name(s->node),
		.depth = s->node ? s->node->depth : 0,
		.state = s->state,
		.waits_for = awaited_name(s),
		.exit = s->exit,
		.last_exit = s->last_exit,
		.nr_restarts = s->nr_restarts,
		.weight = 100,
		.p99_wait_ns = -1,
		.made_cgroup = s->made_cgroup,
		.unweighed = s->state == NODE_ATTACHED && s->unweighed,
	};
	if (s->state != NODE_ATTACHED)
		return;
	if (s->entity) {
		st->weight = pool_entity(s->entity)->weight;
		sched_read_bandwidth(pool_entity(s->entity), st);
	}
	st->nr_queued = groups->list[s->entity].sched_own.waiting;
	st->nr_running = groups->list[s->entity].sched_own.running;
	st->nr_cids = cid_set_count(&s->cids);
	if (st->nr_cids) {
		st->widened = s->widened;
		st->cids = cid_set_text(&s->cids, NULL);
		st->cpus = cid_set_text(&s->cids, cpu_of);
	}
	if (s->region) {
		sched_read_region(s, nr_cids, st);
		sched_read_usage(s, st);
	}
	sched_read_kernel_pool(s, &st->kernel_bytes, &st->kernel_used);
}

/* A scheduler, then each of its children with all that is beneath it. Returns where the next one goes. */
static struct node_status *tree_read_below(const struct tree *t, const struct sched *s,
					   const struct pool_groups *groups, struct node_status *st)
{
	sched_read(s, t->pool.nr_cids, groups, st++);
	for (size_t i = 0; i < t->nr_scheds; i++)
		if (t->scheds[i]->node->parent == s->node)
			st = tree_read_below(t, t->scheds[i], groups, st);
	return st;
}

/* What a node had with all beneath it, which follow it. Returns where the next one is that is not beneath it. */
static size_t add_up(struct tree_status *st, size_t i, double *ret_cpus)
{
	struct node_status *n = &st->nodes[i++];
	double cpus = n->own_cpus, below;

	while (i < st->nr_nodes && st->nodes[i].depth > n->depth) {
		i = add_up(st, i, &below);
		cpus += below;
	}
	n->delivered_milli = cpus * 1000 + 0.5;
	*ret_cpus = cpus;
	return i;
}

/* The path of a group's cgroup, to be freed; NULL: it is gone. */
static char *group_path(const struct pool_groups *groups, uint32_t nr)
{
	const struct pool_group *group = &groups->list[nr];
	_cleanup_(freep) char *above = NULL;

	if (!nr)
		return copy_text("");
	/* slots that came and went meanwhile may lead in a circle */
	if (groups->list[group->parent].depth < group->depth)
		above = group_path(groups, group->parent);
	return above ? cgroup_child(above, pool_entity(nr)->cgroup_id) : NULL;
}

static void tree_read_groups(const struct pool_groups *groups, struct tree_status *ret)
{
	size_t most = pool_hdr()->nr_limited;

	ret->groups = mem(calloc(most ?: 1, sizeof(*ret->groups)));
	for (uint32_t nr = ENTITY_FIRST; nr < groups->nr && ret->nr_groups < most; nr++) {
		struct group_status *st = &ret->groups[ret->nr_groups];
		const struct entity *e = pool_entity(nr);

		if (!groups->list[nr].there || !e->limited || e->region)
			continue;
		*st = (struct group_status){
			.cgroup = group_path(groups, nr),
			.nr_periods = e->nr_periods,
			.nr_throttled = e->nr_throttled,
			.throttled_usec = e->throttled_ns / 1000,
		};
		if (!st->cgroup)
			continue;
		/* anybody to whom a cgroup is delegated makes others below it, and gives them names */
		text_mend(st->cgroup);
		ret->nr_groups++;
	}
}

int tree_read_status(struct tree *t, struct tree_status *ret)
{
	_cleanup_(groups_free) struct pool_groups groups = {};
	struct node_status *nodes;

	groups_read(pool_hdr(), pool_entity(0), pool_cids(), -1, &groups);
	nodes = mem(calloc(t->nr_scheds + 1, sizeof(*nodes)));
	tree_read_below(t, t->root, &groups, nodes);
	*ret = (struct tree_status){
		.nodes = nodes,
		.nr_nodes = t->nr_scheds + 1,
		.nr_online = pool_nr_online(&t->pool),
	};
	add_up(ret, 0, &(double){ 0 });
	pool_read(&t->pool, &ret->pool);
	tree_read_groups(&groups, ret);
	tree_compare_file(t, ret);
	return 0;
}

void tree_status_free(struct tree_status *st)
{
	free(st->file.problem);
	tree_steps_free(st->file.differences);
	for (size_t i = 0; i < st->nr_nodes; i++) {
		free(st->nodes[i].cids);
		free(st->nodes[i].cpus);
	}
	for (size_t i = 0; i < st->nr_groups; i++)
		free(st->groups[i].cgroup);
	free(st->groups);
	free(st->nodes);
	*st = (struct tree_status){};
}

char *tree_summary(const struct tree *t)
{
	char *text = NULL;
	FILE *out = text_open(&text);
	size_t nr = 0, nr_waiting = 0;

	for (size_t i = 0; i < t->nr_scheds; i++) {
		nr += t->scheds[i]->state == NODE_ATTACHED;
		nr_waiting += t->scheds[i]->state == NODE_WAITING;
	}
	fprintf(out, "%zu of %zu schedulers attached%s", nr, t->nr_scheds, nr_waiting ? "; waiting:" : "");
	for (size_t i = 0; i < t->nr_scheds; i++)
		if (t->scheds[i]->state == NODE_WAITING)
			fprintf(out, " %s", sched_name(t->scheds[i]));
	fputs(nr + nr_waiting < t->nr_scheds ? "; not:" : "", out);
	for (size_t i = 0; i < t->nr_scheds; i++)
		if (t->scheds[i]->state != NODE_ATTACHED && t->scheds[i]->state != NODE_WAITING)
			fprintf(out, " %s", sched_name(t->scheds[i]));
	text_close(out);
	return text;
}
