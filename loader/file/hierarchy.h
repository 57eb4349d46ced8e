/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hierarchy.h: the tree that a file describes: nodes, their parents, the order in which they attach.
 *
 * config.c makes a hierarchy from a file, the control socket makes a node from a request; all after that works on
 * these structs and knows no file format. A hierarchy is owned by whoever made it. A running tree has copies of its nodes,
 * each owned by its scheduler (sched.h), which change as the tree does.
 */
#ifndef SCX_LOADER_HIERARCHY_H
#define SCX_LOADER_HIERARCHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cids.h"
#include "problem.h"

#define HIERARCHY_MAX_DEPTH	3	/* below root: SCX_SUB_MAX_DEPTH is 4 with root */

enum on_exit { ON_EXIT_LEAVE, ON_EXIT_RESTART, ON_EXIT_STOP };

/* A tunable of a scheduler, by name, as text: object.c knows its type and range. */
struct setting {
	char *key;
	char *value;
	unsigned int line;	/* 0: from a command's option */
};

struct settings {
	struct setting *list;
	size_t nr;
};

/* Where the keys of a node were said, for messages; 0 where the default holds. */
struct node_lines {
	unsigned int section, cgroup, sched, weight, cpus, max_tasks, create, on_exit, restart_delay_ms, parent;
};

struct node {
	char *name;		/* the section's name */
	char *cgroup;		/* below the cgroup2 mount: begins with a slash, no slash at the end, never "/" */
	char *sched;		/* a name on the search path, or a path to an object */
	unsigned int weight;	/* cpu.weight, 1-10000; 0: leave the cgroup's */
	struct cpus cpus;	/* cids of its own */
	uint32_t max_tasks;	/* capacity of the slab */
	bool create;		/* make the cgroup when it is missing */
	enum on_exit on_exit;
	uint32_t restart_delay_ms;	/* before the first restart */
	struct settings settings;
	struct node *parent;	/* the node whose cgroup is the nearest above; NULL: beneath root */
	unsigned int depth;	/* 1: directly beneath root */
	char *said_parent;	/* what the file says the parent is; NULL: nothing */
	struct node_lines lines;
	uint32_t given;		/* which reserved keys were said: section.c's */
};

/* The defaults */
#define NODE_SCHED		"fair"
#define NODE_MAX_TASKS		8192
#define NODE_RESTART_DELAY_MS	1000

struct root_conf {
	char *sched;		/* "root" unless the file says otherwise */
	uint32_t pool_mb;	/* size of the arena */
	uint32_t max_tasks;	/* capacity of root's own slab */
	struct settings settings;
	unsigned int line;	/* of [root]; 0: no such section */
	unsigned int pool_mb_line, max_tasks_line, sched_line, on_failure_line;
	uint32_t given;		/* as in struct node */
};

struct hierarchy {
	char *file;		/* as the user named it */
	struct root_conf root;
	struct node **nodes;	/* parents before their children; otherwise in the file's order */
	size_t nr_nodes;
	bool keep_going;	/* [root] on_failure = continue: the tree stays up without a node that cannot attach */
};

/* Add a copy of a setting. */
void settings_add(struct settings *settings, const char *key, const char *value, unsigned int line);
const struct setting *settings_find(const struct settings *settings, const char *key);

/* Replace the value of a key, or forget the key: @value NULL. */
void settings_set(struct settings *settings, const char *key, const char *value, unsigned int line);

/* Add copies of all settings of @from whose keys are not there. */
void settings_add_missing(struct settings *settings, const struct settings *from);
void settings_free(struct settings *settings);

/**
 * node_new - make a node with every default
 * @cgroup: as struct node wants it; NULL when it is not known yet
 * @sched: NULL: the default
 *
 * All strings are copied.
 */
struct node *node_new(const char *name, const char *cgroup, const char *sched);

/* The line to speak of a node's scheduler: where it was said, else the section's. */
unsigned int node_sched_line(const struct node *node);

/* A copy, with the same parent. */
struct node *node_copy(const struct node *node);
void node_free(struct node *node);

/* Give each what the other one is but for the place: parent and depth stay. */
void node_swap(struct node *a, struct node *b);

/* Make a hierarchy without nodes and with every default. */
struct hierarchy *hierarchy_new(const char *file);
void hierarchy_free(struct hierarchy *h);

/* Make a copy without nodes. */
struct hierarchy *hierarchy_copy_root(const struct hierarchy *h);

/* Add a node at the end; the hierarchy owns it then. */
void hierarchy_add(struct hierarchy *h, struct node *node);

/**
 * hierarchy_finish - what only shows when all nodes are there: parents, depths, the order, the rules between nodes
 *
 * A node without a cgroup is left alone: that problem was told where the node came from. Returns 0, or -EINVAL after
 * adding all problems.
 */
int hierarchy_finish(struct hierarchy *h, struct problems *ps);

/* The node of this very cgroup, and the nearest one strictly above it; NULL: none. @cgroup is as in struct node. */
struct node *hierarchy_find(const struct hierarchy *h, const char *cgroup);
struct node *hierarchy_above(const struct hierarchy *h, const char *cgroup);

/* Is a cgroup below another one? */
bool hierarchy_is_below(const char *above, const char *cgroup);

/**
 * hierarchy_cgroup_path - check a cgroup's path as a user writes it
 * @ret_path: as struct node wants it: without a slash at the end
 * @ret_why: after -EINVAL: what is wrong with it, for a message
 *
 * Returns 0 or -EINVAL.
 */
int hierarchy_cgroup_path(const char *text, char **ret_path, const char **ret_why);

#endif
