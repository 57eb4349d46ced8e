/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hierarchy.h: the tree that a file describes: nodes, their parents, the order in which they attach.
 *
 * config.c makes a hierarchy from a file, the control socket makes a node from a request; everything after that works on
 * these structs and knows no file format. A hierarchy is owned by whoever made it and never changes while a tree runs.
 */
#ifndef SCX_LOADER_HIERARCHY_H
#define SCX_LOADER_HIERARCHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
	unsigned int section, cgroup, sched, weight, max_tasks, create, on_exit;
};

struct node {
	char *name;		/* the section's name */
	char *cgroup;		/* below the cgroup2 mount: begins with a slash, no slash at the end, never "/" */
	char *sched;		/* a name on the search path, or a path to an object */
	unsigned int weight;	/* cpu.weight, 1-10000; 0: leave the cgroup's */
	uint32_t max_tasks;	/* capacity of the slab */
	bool create;		/* make the cgroup when it is missing */
	enum on_exit on_exit;
	struct settings settings;
	struct node *parent;	/* the node whose cgroup is the nearest above; NULL: beneath root */
	unsigned int depth;	/* 1: directly beneath root */
	struct node_lines lines;
};

struct root_conf {
	char *sched;		/* "root" unless the file says otherwise */
	uint32_t pool_mb;	/* size of the arena */
	uint32_t max_tasks;	/* capacity of root's own slab */
	struct settings settings;
	unsigned int line;	/* of [root]; 0: no such section */
	unsigned int pool_mb_line, max_tasks_line, sched_line;
};

struct hierarchy {
	char *file;		/* as the user named it */
	struct root_conf root;
	struct node **nodes;	/* parents before their children; otherwise in the file's order */
	size_t nr_nodes;
	bool keep_going;	/* [root] on_failure = continue: the tree stays up without a node that cannot attach */
};

#endif
