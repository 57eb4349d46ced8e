/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree_impl.h: the inside of a running tree, for the files that are the tree: tree.c makes and changes it, supervise.c looks
 * after what ends by itself, report.c reads what it does.
 */
#ifndef SCX_LOADER_TREE_IMPL_H
#define SCX_LOADER_TREE_IMPL_H

#include "sched.h"
#include "tree.h"

struct tree {
	const struct hierarchy *h;
	struct tree_options opts;
	struct btf *kernel;
	struct pool pool;
	struct sched *root;
	struct sched **scheds;		/* parents before their children */
	size_t nr_scheds;
	struct node **own_nodes;	/* those that came by tree_attach() */
	size_t nr_own_nodes;
};

/* Tell the user one line, see tree_event_fn. */
void tree_tell(struct tree *t, int level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Tell problems as events, those of something that goes on without what failed; frees them. */
void tree_tell_problems(struct tree *t, struct problems *ps);

/* Seconds of the monotonic clock. */
double tree_now(void);

/* The scheduler above a node, attached or not; NULL when it could not be opened. */
struct sched *tree_parent(const struct tree *t, const struct node *node);

/* The file that a node came from, NULL for one that a command brought. */
const char *tree_file_of(const struct tree *t, const struct node *node);

/* Attach a node's scheduler beneath its parent's, and say so. 0, or -errno after adding the problem. */
int tree_attach_one(struct tree *t, struct sched *s, struct problems *ps);

#endif
