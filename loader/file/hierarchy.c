// SPDX-License-Identifier: GPL-2.0
/*
 * hierarchy.c: make and free nodes and hierarchies; find parents and the order of attaching from the cgroups' paths.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "hierarchy.h"
#include "text.h"

#define ROOT_MAX_TASKS		16384
#define ROOT_POOL_MB		64
#define CGROUP_MOUNT		"/sys/fs/cgroup"

void settings_add(struct settings *settings, const char *key, const char *value, unsigned int line)
{
	settings->list = mem(reallocarray(settings->list, settings->nr + 1, sizeof(*settings->list)));
	settings->list[settings->nr++] = (struct setting){ copy_text(key), copy_text(value), line };
}

const struct setting *settings_find(const struct settings *settings, const char *key)
{
	for (size_t i = 0; i < settings->nr; i++)
		if (!strcmp(settings->list[i].key, key))
			return &settings->list[i];
	return NULL;
}

static void setting_clear(struct setting *set)
{
	free(set->key);
	free(set->value);
}

void settings_set(struct settings *settings, const char *key, const char *value, unsigned int line)
{
	for (size_t i = 0; i < settings->nr; i++) {
		struct setting *set = &settings->list[i];

		if (strcmp(set->key, key))
			continue;
		setting_clear(set);
		memmove(set, set + 1, (--settings->nr - i) * sizeof(*set));
		break;
	}
	if (value)
		settings_add(settings, key, value, line);
}

void settings_add_missing(struct settings *settings, const struct settings *from)
{
	for (size_t i = 0; i < from->nr; i++)
		if (!settings_find(settings, from->list[i].key))
			settings_add(settings, from->list[i].key, from->list[i].value, from->list[i].line);
}

void settings_free(struct settings *settings)
{
	for (size_t i = 0; i < settings->nr; i++)
		setting_clear(&settings->list[i]);
	free(settings->list);
	*settings = (struct settings){};
}

struct node *node_new(const char *name, const char *cgroup, const char *sched)
{
	struct node *node = mem(calloc(1, sizeof(*node)));

	node->max_tasks = NODE_MAX_TASKS;
	node->restart_delay_ms = NODE_RESTART_DELAY_MS;
	node->name = copy_text(name);
	node->cgroup = copy_text(cgroup);
	node->sched = copy_text(sched ?: NODE_SCHED);
	return node;
}

unsigned int node_sched_line(const struct node *node)
{
	return node->lines.sched ?: node->lines.section;
}

struct node *node_copy(const struct node *node)
{
	struct node *copy = mem(malloc(sizeof(*copy)));

	*copy = *node;
	copy->settings = (struct settings){};
	copy->name = copy_text(node->name);
	copy->cgroup = copy_text(node->cgroup);
	copy->sched = copy_text(node->sched);
	copy->said_parent = copy_text(node->said_parent);
	settings_add_missing(&copy->settings, &node->settings);
	return copy;
}

void node_free(struct node *node)
{
	if (!node)
		return;
	free(node->name);
	free(node->cgroup);
	free(node->sched);
	free(node->said_parent);
	settings_free(&node->settings);
	free(node);
}

void node_swap(struct node *a, struct node *b)
{
	struct node was = *a;

	*a = *b;
	a->parent = was.parent;
	a->depth = was.depth;
	was.parent = b->parent;
	was.depth = b->depth;
	*b = was;
}

struct hierarchy *hierarchy_new(const char *file)
{
	struct hierarchy *h = mem(calloc(1, sizeof(*h)));

	h->root.pool_mb = ROOT_POOL_MB;
	h->root.max_tasks = ROOT_MAX_TASKS;
	h->root.sched = copy_text("root");
	h->file = copy_text(file);
	return h;
}

void hierarchy_free(struct hierarchy *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->nr_nodes; i++)
		node_free(h->nodes[i]);
	free(h->nodes);
	free(h->root.sched);
	settings_free(&h->root.settings);
	free(h->file);
	free(h);
}

struct hierarchy *hierarchy_copy_root(const struct hierarchy *h)
{
	struct hierarchy *copy = mem(malloc(sizeof(*copy)));

	*copy = *h;
	copy->nodes = NULL;
	copy->nr_nodes = 0;
	copy->root.settings = (struct settings){};
	copy->file = copy_text(h->file);
	copy->root.sched = copy_text(h->root.sched);
	settings_add_missing(&copy->root.settings, &h->root.settings);
	return copy;
}

void hierarchy_add(struct hierarchy *h, struct node *node)
{
	h->nodes = mem(reallocarray(h->nodes, h->nr_nodes + 1, sizeof(*h->nodes)));
	h->nodes[h->nr_nodes++] = node;
}

struct node *hierarchy_find(const struct hierarchy *h, const char *cgroup)
{
	for (size_t i = 0; i < h->nr_nodes; i++)
		if (h->nodes[i]->cgroup && !strcmp(h->nodes[i]->cgroup, cgroup))
			return h->nodes[i];
	return NULL;
}

bool hierarchy_is_below(const char *above, const char *cgroup)
{
	size_t len = strlen(above);

	return !strncmp(above, cgroup, len) && cgroup[len] == '/';
}

struct node *hierarchy_above(const struct hierarchy *h, const char *cgroup)
{
	struct node *nearest = NULL;

	for (size_t i = 0; i < h->nr_nodes; i++) {
		struct node *node = h->nodes[i];

		if (!node->cgroup || !hierarchy_is_below(node->cgroup, cgroup))
			continue;
		if (!nearest || hierarchy_is_below(nearest->cgroup, node->cgroup))
			nearest = node;
	}
	return nearest;
}

static bool has_dots(const char *path)
{
	while ((path = strstr(path, "/."))) {
		size_t len = strcspn(++path, "/");

		if (len == 1 || (len == 2 && path[1] == '.'))
			return true;
	}
	return false;
}

int hierarchy_cgroup_path(const char *text, char **ret_path, const char **ret_why)
{
	size_t len = strlen(text);

	*ret_path = NULL;
	if (*text != '/')
		*ret_why = "it does not begin with '/'";
	else if (len == 1)
		*ret_why = "it is root's";
	else if (strstr(text, "//"))
		*ret_why = "it has an empty component";
	else if (has_dots(text))
		*ret_why = "it has a component '.' or '..'";
	else if (hierarchy_is_below(CGROUP_MOUNT, text) || !strcmp(text, CGROUP_MOUNT))
		*ret_why = "it includes the mount point";
	else
		*ret_path = mem(strndup(text, text[len - 1] == '/' ? len - 1 : len));
	return *ret_path ? 0 : -EINVAL;
}

static int check_shared_cgroups(const struct hierarchy *h, struct problems *ps)
{
	int err = 0;

	for (size_t i = 0; i < h->nr_nodes; i++) {
		const struct node *node = h->nodes[i], *first = node->cgroup ? hierarchy_find(h, node->cgroup) : node;

		if (first == node)
			continue;
		problem_add(ps, h->file, node->lines.cgroup, "give each node a cgroup of its own",
			    "[%s] has the cgroup '%s', which is that of [%s] in line %u", node->name, node->cgroup,
			    first->name, first->lines.cgroup);
		err = -EINVAL;
	}
	return err;
}

/* Put a node behind its ancestors. A depth of 0 marks the nodes that have no place yet. */
static void place_node(struct node *node, struct node **order, size_t *nr)
{
	if (node->depth)
		return;
	if (node->parent)
		place_node(node->parent, order, nr);
	node->depth = node->parent ? node->parent->depth + 1 : 1;
	order[(*nr)++] = node;
}

static void sort_nodes(struct hierarchy *h)
{
	struct node **order = mem(calloc(h->nr_nodes + 1, sizeof(*order)));
	size_t nr = 0;

	for (size_t i = 0; i < h->nr_nodes; i++) {
		struct node *node = h->nodes[i];

		node->parent = node->cgroup ? hierarchy_above(h, node->cgroup) : NULL;
		node->depth = 0;
	}
	for (size_t i = 0; i < h->nr_nodes; i++)
		place_node(h->nodes[i], order, &nr);
	free(h->nodes);
	h->nodes = order;
}

static void print_chain(const struct node *node, FILE *out)
{
	if (node->parent) {
		print_chain(node->parent, out);
		fputs(" > ", out);
	}
	fprintf(out, "[%s]", node->name);
}

static int check_depth(const struct hierarchy *h, const struct node *node, struct problems *ps)
{
	_cleanup_(freep) char *chain = NULL;
	FILE *out;

	if (node->depth <= HIERARCHY_MAX_DEPTH)
		return 0;
	out = text_open(&chain);
	print_chain(node, out);
	text_close(out);
	problem_add(ps, h->file, node->lines.cgroup,
		    "leave out a node of these: its tasks stay with the scheduler above",
		    "[%s] is nested %u deep, and the kernel's limit below root is %d: %s", node->name, node->depth,
		    HIERARCHY_MAX_DEPTH, chain);
	return -EINVAL;
}

int hierarchy_finish(struct hierarchy *h, struct problems *ps)
{
	int err = check_shared_cgroups(h, ps);

	sort_nodes(h);
	for (size_t i = 0; i < h->nr_nodes; i++)
		err = check_depth(h, h->nodes[i], ps) ?: err;
	return err;
}
