// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "kernel/cgroup.h"
#include "kernel/kmsg.h"
#include "cleanup.h"
#include "file/config.h"
#include "object/flags.h"
#include "pins.h"
#include "sched.h"
#include "text.h"

#define SCX_SYSFS	"/sys/kernel/sched_ext"
#define RECORD_WAIT_S	1.0

const char *sched_name(const struct sched *s)
{
	return s->node ? s->node->name : "root";
}

const char *sched_cgroup(const struct sched *s)
{
	return s->node ? s->node->cgroup : "/";
}

void sched_free(struct sched *s)
{
	if (!s)
		return;
	sd_event_source_disable_unref(s->comeback);
	object_free(s->obj);
	node_free(s->node);
	exit_record_clear(&s->exit);
	exit_record_clear(&s->last_exit);
	exit_record_clear(&s->told);
	pins_unbind(s);
	free(s);
}

struct sched *sched_new(void)
{
	struct sched *s = mem(calloc(1, sizeof(*s)));

	for (size_t i = 0; i < FOREIGN_PROGS; i++)
		s->watch[i] = -1;
	return s;
}

void sched_mend(struct sched *s)
{
	struct object_facts *facts = &s->obj->facts;

	text_mend(facts->ops_name);
	text_mend(facts->name);
	text_mend(facts->path);
}

/* @image: its bytes; NULL: they are read from where @name says. */
static int sched_find_object(struct sched *s, struct image *image, const char *name, enum object_role role,
			     const char *file, unsigned int line, struct problems *ps)
{
	_cleanup_(freep) char *path = NULL;
	int r = image ? 0 : object_find(name, object_search_path(), file, line, &path, ps);

	if (!r && image)
		r = object_open_image(image, name, role, file, line, &s->obj, ps);
	else if (!r)
		r = object_open(path, role, file, line, &s->obj, ps);
	if (!r)
		sched_mend(s);
	return r;
}

int sched_open_root(const struct hierarchy *h, const struct btf *kernel, struct sched **ret, struct problems *ps)
{
	_cleanup_(sched_freep) struct sched *s = sched_new();
	const struct root_conf *conf = &h->root;
	int r;

	r = sched_find_object(s, NULL, conf->sched, OBJECT_ROOT, h->file, conf->sched_line ?: conf->line, ps);
	if (!r)
		r = object_set_tunables(s->obj, &conf->settings, "root", h->file, config_root_key, ps);
	if (!r)
		r = flags_check_root(&s->obj->facts, conf, h->file, kernel, ps);
	if (r)
		return r;
	*ret = take_ptr(s);
	return 0;
}

static struct sched *sched_of_node(const struct node *node, const struct sched *parent)
{
	struct sched *s = sched_new();

	s->node = node_copy(node);
	s->parent = (struct sched *)parent;
	s->node->parent = parent ? parent->node : NULL;
	return s;
}

/* What the node says of its object: tunables, and of one that is not made for this tree max_tasks, for which it needs a variable. */
static void sched_set_object(struct sched *s, const char *file, struct problems *ps)
{
	const struct node *node = s->node;

	if (sched_is_foreign(s) && node->max_tasks != NODE_MAX_TASKS && !object_has_variable(s->obj, "max_tasks"))
		problem_add(ps, file, node->lines.max_tasks, "leave it out",
			    "'%s' on '%s' has no variable 'max_tasks', and no slab in the tree's pool",
			    s->obj->facts.ops_name, node->cgroup);
	object_set_tunables(s->obj, &node->settings, node->name, file, config_node_key, ps);
}

int sched_open_object(const struct node *node, struct image *image, const char *file, const struct sched *root,
		      const struct sched *parent, const struct btf *kernel, struct sched **ret, struct problems *ps)
{
	_cleanup_(sched_freep) struct sched *s = sched_of_node(node, parent);
	size_t before = ps->nr;
	int r;

	r = sched_find_object(s, image, node->sched, OBJECT_SUB, file, node_sched_line(node), ps);
	if (r)
		return r;
	sched_set_object(s, file, ps);
	if (root && parent)
		flags_check(&s->obj->facts, &parent->obj->facts, &root->obj->facts, node, file, kernel, ps);
	if (ps->nr > before)
		return -EINVAL;
	*ret = take_ptr(s);
	return 0;
}

int sched_open(const struct node *node, struct image *image, const char *file, const struct sched *root,
	       const struct sched *parent, const struct btf *kernel, struct sched **ret, struct problems *ps)
{
	_cleanup_(sched_freep) struct sched *s = NULL;
	int bad = cgroup_check(node, file, ps);
	int r = sched_open_object(node, image, file, root, parent, kernel, &s, ps) ?: bad;

	if (!r)
		*ret = take_ptr(s);
	return r;
}

uint64_t sched_region_pages(const struct sched *s, uint32_t max_tasks, uint32_t nr_cids)
{
	const struct object_facts *f = &s->obj->facts;

	return region_pages(nr_cids, f->policy_bytes, f->slab_ctx_bytes, sched_is_foreign(s) ? 0 : max_tasks) + 1;
}

/* Where the kernel shows an attached scheduler: root/sub/sub-<cgroup id>, nested. */
static int sched_sysfs_path(const struct sched *s, char *path, size_t size)
{
	char above[256];

	if (!s->parent)
		return snprintf(path, size, SCX_SYSFS "/root");
	sched_sysfs_path(s->parent, above, sizeof(above));
	return snprintf(path, size, "%s/sub/sub-%" PRIu64, above, s->cgroup_id);
}

/* The file came with a patch to Linux 7.3. */
void sched_read_kernel_pool(const struct sched *s, uint64_t *ret_bytes, uint64_t *ret_used)
{
	uint64_t bytes, used;
	char path[512];
	FILE *f;

	sched_sysfs_path(s, path, sizeof(path) - sizeof("/arena_pool"));
	f = fopen(strcat(path, "/arena_pool"), "re");
	if (!f)
		return;
	if (fscanf(f, "bytes %" SCNu64 " used %" SCNu64, &bytes, &used) == 2) {
		*ret_bytes = bytes;
		*ret_used = used;
	}
	fclose(f);
}

/* The kernel tells that a task could not be taken over, and not why. */
static bool sched_is_full(const struct sched *s)
{
	return s->region && ((const struct region_hdr *)s->region)->nr_full;
}

/*
 * After a few early checks the kernel answers an attach that failed with success; the exit record, and what sysfs does
 * not show, tell. The line is the one that named the scheduler.
 */
static int sched_verify(struct sched *s, const char *file, unsigned int line, int log, struct problems *ps)
{
	_cleanup_(freep) char *how = NULL;
	char path[300];

	if (!object_exit_record(s->obj, &s->exit) && s->exit.kind) {
		how = exit_record_text(&s->exit);
		problem_add(ps, file, line,
			    sched_is_full(s) ? "its cgroup has more tasks than max_tasks: raise it" : NULL,
			    "'%s' on '%s' exited during attach: %s", s->obj->facts.ops_name, sched_cgroup(s), how);
		return -ECANCELED;
	}
	sched_sysfs_path(s, path, sizeof(path));
	if (access(path, F_OK)) {
		_cleanup_(freep) char *said = kmsg_said(log);

		problem_add(ps, file, line, *said ? NULL : "see the kernel's log",
			    "'%s' on '%s' did not attach: the kernel shows no '%s'%s", s->obj->facts.ops_name,
			    sched_cgroup(s), path, said);
		return -ECANCELED;
	}
	return 0;
}

/* Hand a loaded object to the kernel, and see that it took it. */
static int sched_link(struct sched *s, const char *file, unsigned int line, struct problems *ps)
{
	_cleanup_(kmsg_close) int log = kmsg_listen();
	int r = object_attach(s->obj, &s->link);
	enum node_state was;

	if (r) {
		_cleanup_(freep) char *said = kmsg_said(log);
		const char *hint = *said ? NULL : "see the kernel's log";

		if (r == -EBUSY && !s->node)
			hint = "end the scheduler that runs now; see " SCX_SYSFS "/root/ops";
		problem_add(ps, file, line, hint, "can't attach '%s' to '%s': %s%s", s->obj->facts.ops_name,
			    sched_cgroup(s), strerror(-r), said);
		return r;
	}
	r = sched_verify(s, file, line, log, ps);
	if (r)
		return r;
	was = s->state;
	s->state = NODE_ATTACHED;
	s->gone_at = 0;
	exit_record_clear(&s->told);
	r = pins_hold(s);
	if (r) {
		s->state = was;
		problem_add(ps, NULL, 0, NULL, "can't pin '%s' in '%s': %s", sched_name(s), s->folder, strerror(-r));
	}
	return r;
}

/* What the loader sets in every object of ours before it is loaded. */
static int sched_set_region(struct sched *s, uint64_t region, uint32_t entity)
{
	int r = object_set_u64(s->obj, "pool_region", region);

	return r ?: object_set_u64(s->obj, "pool_entity", entity);
}

/* Lay out the pool and give root its own region, which must be where root was told before it was loaded. */
static int sched_root_region(struct sched *s, const struct hierarchy *h, struct pool *pool)
{
	struct pool_request req = {
		.ctx_bytes = s->obj->facts.slab_ctx_bytes,
		.policy_bytes = s->obj->facts.policy_bytes,
		.max_tasks = h->root.max_tasks,
	};
	int r = pool_open(s->obj, pool);

	if (!r)
		r = pool_alloc(pool, &req, &s->entity, &s->region);
	if (!r && s->region != pool_first_region(pool->nr_pages))
		r = -EADDRNOTAVAIL;
	return r;
}

static int sched_try_root(struct sched *s, const struct hierarchy *h, const struct btf *kernel, struct pool *pool,
			  struct problems *ps)
{
	unsigned int line = h->root.sched_line ?: h->root.line;
	uint64_t nr_pages = pool_pages(h->root.pool_mb);
	int r;

	object_set_enums(s->obj, kernel);
	r = sched_set_region(s, pool_first_region(nr_pages), 0);
	if (!r)
		r = bpf_map__set_max_entries(s->obj->arena, nr_pages);
	if (!r)
		r = object_load(s->obj, ps);
	if (r)
		return r;
	r = sched_root_region(s, h, pool);
	if (r) {
		problem_add(ps, h->file, h->root.pool_mb_line ?: h->root.line, NULL, "can't lay out the pool: %s",
			    strerror(-r));
		return r;
	}
	return sched_link(s, h->file, line, ps);
}

int sched_attach_root(struct sched *s, const struct hierarchy *h, const struct btf *kernel, struct pool *pool,
		      struct problems *ps)
{
	int r = sched_try_root(s, h, kernel, pool, ps);

	if (r)
		sched_detach(s, pool, ps);
	return r;
}

/* Have the node's cgroup made; or see to it that it stays, if it was made once. */
static int sched_make_cgroup(struct sched *s, const char *file, struct problems *ps)
{
	const struct node *node = s->node;
	int r = node->create ? cgroup_make(node->cgroup, &s->made_cgroup) : cgroup_keep(node->cgroup);

	s->made_cgroup &= node->create;
	if (r)
		problem_add(ps, file, node->create ? node->lines.create : node->lines.cgroup, NULL,
			    "can't %s cgroup '%s': %s", node->create ? "create" : "open", node->cgroup, strerror(-r));
	return r;
}

int sched_weigh(const struct node *node, const char *file, struct problems *ps)
{
	int r = node->weight ? cgroup_set_weight(node->cgroup, node->weight) : 0;

	if (r)
		problem_add(ps, file, node->lines.weight, NULL, "can't set the weight of cgroup '%s': %s", node->cgroup,
			    strerror(-r));
	return r;
}

static int sched_read_cgroup(struct sched *s, const char *file, unsigned int *ret_weight, struct problems *ps)
{
	const struct node *node = s->node;
	int r = cgroup_id(node->cgroup, &s->cgroup_id) ?: cgroup_get_weight(node->cgroup, ret_weight);

	if (r)
		problem_add(ps, file, node->lines.cgroup, NULL, "can't open cgroup '%s': %s", node->cgroup,
			    strerror(-r));
	return r;
}

static int sched_get_region(struct sched *s, const char *file, unsigned int weight, const struct pool *pool,
			    struct problems *ps)
{
	const struct object_facts *f = &s->obj->facts;
	struct pool_request req = {
		.cgroup_id = s->cgroup_id,
		.parent = s->parent->entity,
		.weight = weight,
		.ctx_bytes = f->slab_ctx_bytes,
		.policy_bytes = f->policy_bytes,
		.max_tasks = sched_is_foreign(s) ? 0 : s->node->max_tasks,
		.foreign = sched_is_foreign(s),
	};
	int r = pool_alloc(pool, &req, &s->entity, &s->region);

	/* a fresh region counts anew */
	s->samples = (struct samples){};
	if (r == -ENOSPC)
		problem_add(ps, file, s->node->lines.max_tasks ?: s->node->lines.section,
			    "make pool_mb in [root] larger, or max_tasks smaller",
			    "no room in the pool for the region of [%s]: %" PRIu64 " pages", s->node->name,
			    sched_region_pages(s, s->node->max_tasks, pool->nr_cids));
	else if (r)
		problem_add(ps, file, s->node->lines.section, NULL, "can't get a region for [%s]: %s", s->node->name,
			    strerror(-r));
	if (r)
		return r;
	r = pool_own(pool, s->entity, &s->cids);
	if (r)
		problem_add(ps, file, s->node->lines.cpus, NULL, "can't give [%s] cids of its own: %s", s->node->name,
			    strerror(-r));
	return r;
}

/* What is set in an object before it is loaded. */
static int sched_prepare(struct sched *s, const struct btf *kernel, const struct pool *pool)
{
	int r;

	object_set_enums(s->obj, kernel);
	r = object_set_cgroup(s->obj, s->cgroup_id);
	if (r)
		return r;
	if (sched_is_foreign(s))
		return foreign_prepare(s->obj, s->cgroup_id, s->node->max_tasks);
	r = sched_set_region(s, s->region, s->entity);
	return r ?: object_share(s->obj, pool->root);
}

static struct sched *sched_root(struct sched *s)
{
	while (s->parent)
		s = s->parent;
	return s;
}

/* Have root look after a scheduler that publishes nothing. */
static int sched_watch(struct sched *s, const char *file, struct problems *ps)
{
	struct sched *root = sched_root(s);
	int r;

	if (!sched_is_foreign(s))
		return 0;
	r = foreign_watch(root, s->cgroup_id, s->entity);
	if (r)
		problem_add(ps, file, node_sched_line(s->node), NULL,
			    "root '%s' can't look after '%s' on '%s', which does not use the tree's pool: %s",
			    root->obj->facts.name, s->obj->facts.ops_name, s->node->cgroup, strerror(-r));
	s->watched = !r;
	return r;
}

static int sched_try(struct sched *s, const char *file, const struct btf *kernel, const struct pool *pool,
		     struct problems *ps)
{
	unsigned int weight;
	int r;

	r = sched_make_cgroup(s, file, ps);
	if (!r)
		r = sched_weigh(s->node, file, ps);
	if (!r)
		r = sched_read_cgroup(s, file, &weight, ps);
	if (!r)
		r = sched_get_region(s, file, weight, pool, ps);
	if (r)
		return r;
	r = sched_prepare(s, kernel, pool);
	if (r) {
		problem_add(ps, file, node_sched_line(s->node), NULL, "can't prepare '%s' for '%s': %s",
			    s->obj->facts.ops_name, s->node->cgroup, strerror(-r));
		return r;
	}
	r = object_load(s->obj, ps);
	if (!r)
		r = sched_watch(s, file, ps);
	return r ?: sched_link(s, file, node_sched_line(s->node), ps);
}

/* After an attempt: did somebody remove the cgroup? One that could not be made was never there. */
static bool sched_lost_cgroup(const struct sched *s)
{
	uint64_t id;

	if (!s->cgroup_id && s->node->create)
		return false;
	return cgroup_id(s->node->cgroup, &id) || id != s->cgroup_id;
}

int sched_attach(struct sched *s, const char *file, struct sched *parent, const struct btf *kernel,
		 const struct pool *pool, struct problems *ps)
{
	bool had_cgroup = s->made_cgroup;
	int r;

	s->parent = parent;
	s->cgroup_id = 0;
	r = sched_try(s, file, kernel, pool, ps);
	if (r && sched_lost_cgroup(s))
		r = -ESTALE;
	/* a cgroup that was made for an earlier attach stays while the tree does */
	if (r && had_cgroup)
		sched_release(s, pool, ps);
	else if (r)
		sched_detach(s, pool, ps);
	return r;
}

void sched_release(struct sched *s, const struct pool *pool, struct problems *ps)
{
	int r;

	pins_let_go(s);
	if (s->link)
		bpf_link__destroy(s->link);
	s->link = NULL;
	if (s->watched)
		foreign_unwatch(sched_root(s), s->cgroup_id);
	s->watched = false;
	if (s->entity) {
		r = pool_free(pool, s->entity);
		if (r)
			problem_add(ps, NULL, 0, NULL, "the region of '%s' is not freed: %s", sched_name(s),
				    strerror(-r));
	}
	s->entity = 0;
	s->region = 0;
}

void sched_detach(struct sched *s, const struct pool *pool, struct problems *ps)
{
	int r;

	sched_release(s, pool, ps);
	if (s->made_cgroup) {
		r = cgroup_remove(s->node->cgroup);
		if (r && r != -ENOENT)
			problem_add(ps, NULL, 0, "remove it with rmdir when its tasks are gone",
				    "cgroup '%s' is left: %s", s->node->cgroup, strerror(-r));
	}
	s->made_cgroup = false;
}

bool sched_is_shown(const struct sched *s)
{
	char path[300];

	sched_sysfs_path(s, path, sizeof(path));
	return !access(path, F_OK);
}

/* Is it no longer in sysfs, and has its record had the time to be complete? The kernel removes a parent's folder first. */
static bool sched_is_gone(struct sched *s, double now)
{
	if (sched_is_shown(s))
		s->gone_at = 0;
	else if (!s->gone_at)
		s->gone_at = now;
	return s->gone_at && (s->told.kind || now - s->gone_at > RECORD_WAIT_S);
}

bool sched_ended(struct sched *s, double now)
{
	if (s->state != NODE_ATTACHED)
		return false;
	object_exit_record(s->obj, &s->exit);
	if (!s->exit.kind && sched_is_gone(s, now)) {
		s->exit = s->told;
		s->told = (struct exit_record){};
		if (!s->exit.kind)
			exit_record_set(&s->exit, EXIT_KIND_UNKNOWN, 0, "it keeps no record of why");
	}
	if (!s->exit.kind)
		return false;
	s->state = NODE_EXITED;
	return true;
}
