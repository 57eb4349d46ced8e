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
	struct hierarchy *h;		/* of the file as it was last carried out: its name and root; the nodes are scheds' */
	struct tree_options opts;
	struct btf *kernel;
	struct pool pool;
	struct sched *root;
	struct sched **scheds;		/* parents before their children */
	size_t nr_scheds;
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

/* The scheduler of this very cgroup, attached or not; NULL: none */
struct sched *tree_find(const struct tree *t, const char *cgroup);

/* Put a scheduler behind the others. Returns 0 or -ENOMEM. */
int tree_add(struct tree *t, struct sched *s);

/* Forget and free a scheduler. Those beneath it are @heir's then; NULL: root's. */
void tree_remove(struct tree *t, struct sched *s, struct sched *heir);

/* Do the regions of these nodes fit in the arena beside root's? Returns 0 or -ENOSPC after adding the problem. */
int tree_check_pool(const struct tree *t, struct sched *const *scheds, size_t nr, struct problems *ps);

/* Tell where the running tree differs from the file, for tree_read_status(). Returns 0 or -ENOMEM. */
int tree_compare_file(struct tree *t, struct tree_status *ret);

/* Attach a node's scheduler beneath its parent's, and say so. 0, or -errno after adding the problem. */
int tree_attach_one(struct tree *t, struct sched *s, struct problems *ps);

#endif
