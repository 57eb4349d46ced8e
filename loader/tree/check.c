// SPDX-License-Identifier: GPL-2.0
/*
 * check.c: all that can be known of a tree before the kernel's schedulers are touched: the kernel, the machine, the objects, the
 * memory, CPUs of nodes' own; and what a check tells beside that, because a start would.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel/cgroup.h"
#include "kernel/cpus.h"
#include "kernel/fit.h"
#include "kernel/kernel.h"
#include "pins.h"
#include "text.h"
#include "tree_impl.h"

/* Do all regions fit in the arena? The kernel's own pool wants some pages as well: 4 for each scheduler, and more of many cids. */
int tree_check_pool(const struct tree *t, struct sched *const *scheds, size_t nr, struct problems *ps)
{
	int nr_cids = pool_nr_cids();
	uint32_t mb = t->h->root.pool_mb;
	uint64_t want;
	char hint[80];

	if (nr_cids < 0)
		return nr_cids;
	want = (nr + 1) * (4 + (uint64_t)nr_cids / 4) + sched_region_pages(t->root, t->h->root.max_tasks, nr_cids);
	for (size_t i = 0; i < nr; i++)
		want += sched_region_pages(scheds[i], scheds[i]->node->max_tasks, nr_cids);
	/* the tables of a larger pool are larger */
	while (pool_overhead(pool_pages(mb)) + want > pool_pages(mb))
		mb++;
	if (mb == t->h->root.pool_mb)
		return 0;
	snprintf(hint, sizeof(hint), "set 'pool_mb = %u' in [root], or lower max_tasks", mb);
	problem_add(ps, t->h->file, t->h->root.pool_mb_line ?: t->h->root.line, hint,
		    "the pool is too small: %" PRIu64 " pages are needed, pool_mb = %u gives %" PRIu64,
		    pool_overhead(pool_pages(mb)) + want, t->h->root.pool_mb, pool_pages(t->h->root.pool_mb));
	return -ENOSPC;
}

/* The cids that the nodes beneath a scheduler can have: its own; all of the machine that are on, of root. */
static const struct cid_set *tree_cids_of(const struct sched *parent, const struct cid_state *cids,
					  struct cid_set *online)
{
	uint32_t nr = cids ? pool_hdr()->nr_cids : sysconf(_SC_NPROCESSORS_ONLN);

	if (parent->node)
		return parent->node->cpus.kind == CPUS_SHARED ? NULL : &parent->cids;
	for (uint32_t cid = 0; cid < nr; cid++)
		if (!cids || cids[cid].online)
			cid_set_add(online, cid, cid + 1);
	return online;
}

/* The cids on which the tasks of a node's cgroup may run, NULL: all. */
static const struct cid_set *cpuset_of(const struct node *node, const struct cid_state *cids, struct cid_set *ret)
{
	struct cid_set cpus = {};

	if (cgroup_cpus(node->cgroup, &cpus))
		return NULL;
	for (uint32_t cid = 0; cid < pool_hdr()->nr_cids; cid++)
		if (cid_set_has(&cpus, cids[cid].cpu))
			cid_set_add(ret, cid, cid + 1);
	return ret;
}

/*
 * Tell of a node that its cgroup's cpuset lacks some of its own CPUs. Which CPUs cids are only an attached root knows: before
 * that, how many there are has to do, and a list may have others.
 */
static void tell_cpuset(struct tree *t, const struct sched *s, const struct cid_state *cids)
{
	const struct node *node = s->node;
	struct cid_set cpus = {}, has = {};
	uint32_t nr_online = sysconf(_SC_NPROCESSORS_ONLN), nr_wanted = cid_set_count(&s->cids), nr;
	_cleanup_(freep) char *text = NULL, *where = NULL;

	if (cgroup_cpus(node->cgroup, &cpus))
		return;
	if (cids)
		cpuset_of(node, cids, &has);
	for (size_t i = 0; cids && i < POOL_MAX_CIDS / 64; i++)
		has.bits[i] &= s->cids.bits[i];
	nr = cid_set_count(cids ? &has : &cpus);
	if (nr >= (!cids && node->cpus.kind == CPUS_LIST ? nr_online : nr_wanted))
		return;
	text = cid_set_text(&cpus, NULL);
	where = tree_file_of(t, node) ? text_of("%s:%u: ", t->h->file, node->lines.cpus) : copy_text("");
	tree_tell_of(t, s, EVENT_OTHER, LOG_WARNING,
		     "%s'%s' has %u CPUs of its own, and its cgroup's cpuset only CPUs %s: others it can't use", where,
		     node->name, nr_wanted, text);
}

int tree_choose_cids(struct tree *t, struct sched *s, struct problems *ps)
{
	const struct cid_state *cids = t->root->state == NODE_ATTACHED ? pool_cids() : NULL;
	struct cid_set online = {}, taken = {}, cpuset = {}, chosen = {};
	struct sched *parent = tree_parent(t, s->node);
	int r;

	if (s->node->cpus.kind == CPUS_SHARED || (cids && cid_set_count(&s->cids)))
		return 0;
	for (size_t i = 0; i < t->nr_scheds; i++) {
		const struct sched *other = t->scheds[i];

		if (other == s || other->node->parent != s->node->parent)
			continue;
		cid_set_add_all(&taken, &other->cids);
		cid_set_add_all(&taken, &other->node->cpus.list);
	}
	r = cpus_choose(s->node, tree_file_of(t, s->node), tree_cids_of(parent, cids, &online), &taken,
			cids ? cpuset_of(s->node, cids, &cpuset) : NULL, cids, &chosen, ps);
	if (r)
		return r;
	s->cids = chosen;
	if (cids || t->opts.check_only)
		tell_cpuset(t, s, cids);
	return 0;
}

/* Can all have the cids that they want? Which ones these are is decided anew when root knows what is near what. */
static int tree_check_cids(struct tree *t, struct problems *ps)
{
	int err = 0;

	for (size_t i = 0; i < t->nr_scheds; i++)
		err = tree_choose_cids(t, t->scheds[i], ps) ?: err;
	for (size_t i = 0; i < t->nr_scheds; i++)
		t->scheds[i]->cids = (struct cid_set){};
	return err;
}

/* The kernel that the tree is for, as far as it will do; NULL: flags and the like are judged as for Linux 7.3. */
static const struct btf *tree_check_kernel(struct tree *t, struct problems *ps)
{
	const char *file = t->opts.btf;
	int r = file ? kernel_btf_file(file, &t->kernel, ps) : kernel_btf(&t->kernel, ps);

	return r || kernel_check(t->kernel, file, ps) ? NULL : t->kernel;
}

/*
 * Is there something in the way of any tree? A scheduler that runs is for --check only: who starts a tree may come while the
 * last one is still on its way out, and hears of it when root attaches. One of ours is in nobody's way.
 */
static int tree_check_machine(const struct tree *t, struct problems *ps)
{
	int r;

	if (t->opts.btf)
		return 0;
	r = fit_check("", ps);
	if (t->opts.check_only && access(PINS_FOLDER, F_OK))
		r = fit_check_free("", ps) ?: r;
	return r;
}

/* The node for which one waits: itself, as its cgroup is not there, or one above; NULL: none */
static const struct node *waits_for(const struct node *node)
{
	const struct node *first = NULL;

	for (; node; node = node->parent)
		if (!node->create && !cgroup_is_there(node->cgroup))
			first = node;
	return first;
}

/* Which nodes a start would have wait. */
static void tree_tell_waiting(struct tree *t)
{
	for (size_t i = 0; i < t->h->nr_nodes; i++) {
		const struct node *node = t->h->nodes[i], *first = waits_for(node);

		if (first == node)
			tree_tell(t, LOG_INFO, "%s:%u: '%s' waits for its cgroup '%s'", t->h->file, node->lines.cgroup,
				  node->name, node->cgroup);
		else if (first)
			tree_tell(t, LOG_INFO, "%s:%u: '%s' waits for '%s'", t->h->file, node->lines.cgroup, node->name,
				  first->name);
	}
}

int tree_check(struct tree *t, const struct hierarchy *h, struct problems *ps)
{
	const struct btf *kernel = tree_check_kernel(t, ps);
	int unfit = tree_check_machine(t, ps);
	size_t before = ps->nr;

	sched_open_root(h, kernel, &t->root, ps);
	for (size_t i = 0; i < h->nr_nodes; i++) {
		const struct node *node = h->nodes[i];
		struct sched *s = NULL;

		if (!t->opts.btf && *node->cgroup == '/')
			cgroup_check(node, h->file, ps);
		if (!sched_open_object(node, NULL, h->file, t->root, tree_parent(t, node), kernel, &s, ps))
			tree_add(t, s);
	}
	/* a sum of what is not whole tells nothing */
	if (ps->nr > before)
		return -EINVAL;
	if (!t->opts.btf && (tree_check_cids(t, ps) || tree_check_pool(t, t->scheds, t->nr_scheds, ps)))
		return -EINVAL;
	if (t->opts.check_only && !t->opts.btf)
		tree_tell_waiting(t);
	return kernel ? unfit : -EOPNOTSUPP;
}
