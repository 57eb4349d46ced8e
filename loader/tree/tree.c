// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "object/bpf_log.h"
#include "cleanup.h"
#include "file/config.h"
#include "kernel/cgroup.h"
#include "kernel/kernel.h"
#include "object/image.h"
#include "pins.h"
#include "text.h"
#include "tree_impl.h"

/* Of a scheduler that has ended goes with it what the kernel wrote. */
static void tell(struct tree *t, const struct sched *s, enum tree_event_kind kind, int level, const char *fmt,
		 va_list args)
{
	_cleanup_(freep) char *dump = kind == EVENT_ENDED ? object_exit_dump(s->obj) : NULL;
	_cleanup_(freep) char *text = NULL;
	struct tree_event event = { level, kind, .node = s ? sched_name(s) : NULL, .dump = dump };

	if (!t->opts.event)
		return;
	event.text = text = text_ofv(fmt, args);
	text_mend_lines(text);
	t->opts.event(t->opts.event_arg, &event);
}

void tree_tell(struct tree *t, int level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tell(t, NULL, EVENT_OTHER, level, fmt, args);
	va_end(args);
}

void tree_tell_of(struct tree *t, const struct sched *s, enum tree_event_kind kind, int level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tell(t, s, kind, level, fmt, args);
	va_end(args);
}

void tree_tell_failure(struct tree *t, const struct sched *s, struct problems *ps)
{
	for (size_t i = 0; i < ps->nr; i++) {
		const struct problem *p = &ps->list[i];

		tree_tell_of(t, s, s ? EVENT_FAILED : EVENT_OTHER, LOG_WARNING, "%s%s%s", p->where ?: "",
			     p->where ? ": " : "", p->text);
	}
	problems_free(ps);
}

void tree_tell_problems(struct tree *t, struct problems *ps)
{
	tree_tell_failure(t, NULL, ps);
}

double tree_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

struct sched *tree_find(const struct tree *t, const char *cgroup)
{
	for (size_t i = 0; i < t->nr_scheds; i++)
		if (!strcmp(t->scheds[i]->node->cgroup, cgroup))
			return t->scheds[i];
	return NULL;
}

static bool tree_find_name(const struct tree *t, const char *name)
{
	for (size_t i = 0; i < t->nr_scheds; i++)
		if (!strcmp(t->scheds[i]->node->name, name))
			return true;
	return !strcmp(name, "root");
}

struct sched *tree_parent(const struct tree *t, const struct node *node)
{
	return node->parent ? tree_find(t, node->parent->cgroup) : t->root;
}

void tree_add(struct tree *t, struct sched *s)
{
	t->scheds = mem(reallocarray(t->scheds, t->nr_scheds + 1, sizeof(*t->scheds)));
	t->scheds[t->nr_scheds++] = s;
}

void tree_remove(struct tree *t, struct sched *s, struct sched *heir)
{
	size_t i = 0;

	for (size_t j = 0; j < t->nr_scheds; j++) {
		struct sched *child = t->scheds[j];

		if (child->node->parent != s->node)
			continue;
		child->parent = heir ?: t->root;
		child->node->parent = child->parent->node;
	}
	while (t->scheds[i] != s)
		i++;
	memmove(&t->scheds[i], &t->scheds[i + 1], (--t->nr_scheds - i) * sizeof(*t->scheds));
	pins_remove(s);
	sched_free(s);
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->nr_scheds; i++)
		sched_free(t->scheds[i]);
	free(t->scheds);
	sched_free(t->root);
	btf__free(t->kernel);
	hierarchy_free(t->h);
	free(t);
}
DEFINE_CLEANUP(struct tree, tree_free)
DEFINE_CLEANUP(struct hierarchy, hierarchy_free)

const char *tree_file_of(const struct tree *t, const struct node *node)
{
	return node->lines.section ? t->h->file : NULL;
}

struct image *tree_image_of(const struct tree *t, const struct sched *s)
{
	return !tree_file_of(t, s->node) && strchr(s->node->sched, '/') ? s->obj->image : NULL;
}

int tree_attach_one(struct tree *t, struct sched *s, struct problems *ps)
{
	const char *file = tree_file_of(t, s->node);
	struct sched *parent = tree_parent(t, s->node);
	double start = tree_now();
	int r;

	if (parent->state != NODE_ATTACHED) {
		problem_add(ps, file, s->node->lines.section, NULL, "'%s' is not attached: its parent '%s' is not",
			    s->node->name, sched_name(parent));
		return -EHOSTDOWN;
	}
	r = tree_choose_cids(t, s, ps);
	if (r)
		return r;
	/* if this loader dies of it, the next one knows */
	s->nr_attempts++;
	pins_record(s);
	r = sched_attach(s, file, parent, t->kernel, &t->pool, ps);
	s->nr_attempts = 0;
	pins_record(s);
	if (r)
		return r;
	s->attached_at = tree_now();
	tree_tell_of(t, s, EVENT_ATTACHED, LOG_INFO, "attached '%s' (%s) to '%s' in %.1f s", s->node->name,
		     s->obj->facts.ops_name, s->node->cgroup, s->attached_at - start);
	return 0;
}

/* Write down what is to be attached, before anything is. */
static int tree_pin_all(struct tree *t, struct problems *ps)
{
	int r = t->opts.pins ? pins_write_tree(t->opts.pins, t->h, t->root, false) : 0;

	if (r)
		problem_add(ps, NULL, 0, NULL, "can't pin the tree in '%s': %s", pins_path(t->opts.pins), strerror(-r));
	for (size_t i = 0; i < t->nr_scheds && !r; i++)
		r = pins_add(t->opts.pins, t->scheds[i], ps);
	return r;
}

void tree_record(struct tree *t)
{
	int r = t->opts.pins ? pins_write_tree(t->opts.pins, t->h, t->root, false) : 0;

	for (size_t i = 0; i < t->nr_scheds && !r; i++)
		r = pins_record(t->scheds[i]);
	if (r)
		tree_tell(t, LOG_WARNING, "can't write down in '%s' how the tree is now: %s", pins_path(t->opts.pins),
			  strerror(-r));
}

static int tree_attach_all(struct tree *t, struct problems *ps)
{
	double start = tree_now();
	int r;

	r = tree_pin_all(t, ps);
	if (r)
		return r;
	r = sched_attach_root(t->root, t->h, t->kernel, &t->pool, ps);
	if (r)
		return r;
	tree_tell_of(t, t->root, EVENT_ATTACHED, LOG_INFO, "attached '%s' as root in %.1f s",
		     t->root->obj->facts.ops_name, tree_now() - start);
	for (size_t i = 0; i < t->nr_scheds; i++) {
		struct problems own = {};

		r = supervise_attach(t, t->scheds[i], false, t->h->keep_going ? &own : ps);
		if (r && !t->h->keep_going)
			return r;
		if (r)
			t->scheds[i]->state = NODE_FAILED;
		pins_record(t->scheds[i]);
		tree_tell_failure(t, t->scheds[i], &own);
	}
	return 0;
}

/* What is said of the machine is what the kernel says. */
static void tell_root_down(struct tree *t)
{
	_cleanup_(freep) char *other = kernel_scheduler();

	tree_tell_of(t, t->root, EVENT_DETACHED, other ? LOG_WARNING : LOG_INFO,
		     "detached '%s'; %s%s%s has the machine", t->root->obj->facts.ops_name,
		     other ? "scheduler '" : "the kernel's own scheduler", other ?: "", other ? "'" : "");
}

void tree_take_down(struct tree *t)
{
	struct problems ps = {};

	if (t->opts.pins && t->root && t->root->link)
		pins_write_tree(t->opts.pins, t->h, t->root, true);
	for (size_t i = t->nr_scheds; i-- > 0;) {
		struct sched *s = t->scheds[i];
		bool attached = s->state == NODE_ATTACHED && s->link;

		sched_detach(s, &t->pool, &ps);
		if (attached)
			tree_tell_of(t, s, EVENT_DETACHED, LOG_INFO, "detached '%s' (%s) from '%s'", s->node->name,
				     s->obj->facts.ops_name, s->node->cgroup);
		pins_remove(s);
	}
	if (t->root && t->root->link) {
		sched_detach(t->root, &t->pool, &ps);
		tell_root_down(t);
	}
	pins_clear(t->opts.pins);
	tree_tell_problems(t, &ps);
}

int tree_start(struct hierarchy *h, const struct tree_options *opts, struct tree **ret, struct problems *ps)
{
	_cleanup_(tree_freep) struct tree *t = mem(calloc(1, sizeof(*t)));
	int r;

	*ret = NULL;
	t->h = h;
	t->opts = *opts;
	bpf_log_show(opts->verbose ? stderr : NULL);
	bpf_log_start();
	r = tree_check(t, h, ps);
	if (!r && !opts->check_only) {
		r = tree_attach_all(t, ps);
		if (!r) {
			*ret = take_ptr(t);
			return 0;
		}
		tree_take_down(t);
	}
	t->h = NULL;
	return r;
}

int tree_read_file(const char *file, const struct tree_options *opts, struct hierarchy **ret, struct problems *ps)
{
	_cleanup_(hierarchy_freep) struct hierarchy *h = NULL;
	struct tree_options only = { .check_only = true, .btf = opts->btf, .verbose = opts->verbose };
	int r = config_read_some(file, &h, ps);

	if (!r)
		*ret = take_ptr(h);
	else if (h)
		tree_start(h, &only, &(struct tree *){ NULL }, ps);
	return r;
}

/* A node that a command brings: its parent is the nearest above, and none may be below. */
static int tree_place_node(struct tree *t, struct node *node, struct problems *ps)
{
	size_t len = strlen(node->cgroup);

	node->parent = NULL;
	node->depth = 1;
	for (size_t i = 0; i < t->nr_scheds; i++) {
		const struct node *n = t->scheds[i]->node;
		size_t n_len = strlen(n->cgroup);

		if (!strcmp(n->cgroup, node->cgroup)) {
			problem_add(ps, NULL, 0, "detach it first", "cgroup '%s' has a scheduler: [%s]", node->cgroup,
				    n->name);
			return -EEXIST;
		}
		if (!strncmp(n->cgroup, node->cgroup, len) && n->cgroup[len] == '/') {
			problem_add(ps, NULL, 0, "detach it first: schedulers attach from the top down",
				    "cgroup '%s' has a scheduler below it: [%s] on '%s'", node->cgroup, n->name,
				    n->cgroup);
			return -EBUSY;
		}
		/* parents come before their children: the last that fits is the nearest */
		if (!strncmp(node->cgroup, n->cgroup, n_len) && node->cgroup[n_len] == '/') {
			node->parent = t->scheds[i]->node;
			node->depth = n->depth + 1;
		}
	}
	if (tree_find_name(t, node->name)) {
		problem_add(ps, NULL, 0, "detach it first, or put this one into the file under another name",
			    "cgroup '%s' would be node [%s], a name that is taken", node->cgroup, node->name);
		return -EEXIST;
	}
	if (node->depth > HIERARCHY_MAX_DEPTH) {
		problem_add(ps, NULL, 0, NULL, "'%s' would be %u levels beneath root; the kernel allows %d",
			    node->cgroup, node->depth, HIERARCHY_MAX_DEPTH);
		return -ELOOP;
	}
	return 0;
}

/* What a client has opened. 0, or -errno after adding the problem. */
static int read_object(const struct node *node, int fd, struct image **ret, struct problems *ps)
{
	char path[32];
	int r;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = image_read(path, ret);
	if (r)
		problem_add(ps, NULL, 0, NULL, "can't read '%s': %s", node->sched, strerror(-r));
	return r;
}

/* Who gives a command wants it done now. */
static int check_cgroup(const struct node *node, struct problems *ps)
{
	uint64_t id;
	int r = node->create ? 0 : cgroup_id(node->cgroup, &id);

	if (r)
		problem_add(ps, NULL, 0, r == -ENOENT ? "create it, or add '-o create=yes'" : NULL,
			    "can't open cgroup '%s': %s", node->cgroup, strerror(-r));
	return r;
}

int tree_attach(struct tree *t, struct node *node, int object, struct problems *ps)
{
	_cleanup_(image_putp) struct image *image = NULL;
	_cleanup_(sched_freep) struct sched *s = NULL;
	int r;

	r = tree_place_node(t, node, ps);
	if (!r)
		r = check_cgroup(node, ps);
	if (!r && object >= 0)
		r = read_object(node, object, &image, ps);
	if (!r)
		r = sched_open(node, image, NULL, t->root, tree_parent(t, node), t->kernel, &s, ps);
	if (!r)
		r = pins_add(t->opts.pins, s, ps);
	if (r)
		return r;
	r = tree_attach_one(t, s, ps);
	if (r)
		pins_remove(s);
	else
		tree_add(t, take_ptr(s));
	return r;
}

int tree_detach(struct tree *t, const char *cgroup, struct problems *ps)
{
	struct sched *s = tree_find(t, cgroup);
	struct problems left = {};

	if (!s) {
		problem_add(ps, NULL, 0, "see 'scx-loader status'", "no scheduler of this tree is on cgroup '%s'",
			    cgroup);
		return -ENOENT;
	}
	for (size_t i = 0; i < t->nr_scheds; i++) {
		if (t->scheds[i]->node->parent != s->node)
			continue;
		problem_add(ps, NULL, 0, "detach it first", "'%s' has a scheduler beneath it: [%s] on '%s'",
			    s->node->name, t->scheds[i]->node->name, t->scheds[i]->node->cgroup);
		return -EBUSY;
	}
	sched_detach(s, &t->pool, &left);
	tree_tell_of(t, s, EVENT_DETACHED, LOG_INFO, "detached '%s' (%s) from '%s'", s->node->name,
		     s->obj->facts.ops_name, cgroup);
	tree_tell_problems(t, &left);
	tree_remove(t, s, s->parent);
	return 0;
}

void tree_keep(struct tree *t)
{
	tree_record(t);
	tree_tell(t, LOG_INFO, "the tree is left to the next loader");
	t->keep = true;
}

void tree_stop(struct tree *t)
{
	if (!t)
		return;
	if (!t->keep)
		tree_take_down(t);
	tree_free(t);
}
