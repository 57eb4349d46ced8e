/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree_impl.h: the inside of a running tree, for the files that are the tree: check.c looks at it before, tree.c makes and changes
 * it, adopt.c takes it over from an earlier loader, supervise.c looks after what ends by itself, report.c reads what it does.
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
	sd_event *loop;			/* NULL: there is only tree_poll() */
	bool keep;			/* for another loader */
	double look_at;			/* when to look at the usage again, see usage.c */
	double look_at_owned;		/* when to look again at whose CPUs are whose, see owned.c */
	double look_at_weights;		/* and at their weights, see weights.c */
};

/* Tell the user one line, see tree_event_fn: about the tree, or about a node. */
void tree_tell(struct tree *t, int level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void tree_tell_of(struct tree *t, const struct sched *s, enum tree_event_kind kind, int level, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* Tell problems as events, those of something that goes on without what failed; frees them. @s: could not be attached */
void tree_tell_problems(struct tree *t, struct problems *ps);
void tree_tell_failure(struct tree *t, const struct sched *s, struct problems *ps);

/*
 * Attach a node's scheduler beneath its parent's, and say so. 0, or -errno after adding the problem; -ESTALE: its cgroup is not
 * there any more.
 */
int tree_attach_one(struct tree *t, struct sched *s, struct problems *ps);

/* The same from a fresh object: what was loaded once cannot be loaded again. */
int tree_attach_anew(struct tree *t, struct sched *s, struct problems *ps);

/**
 * supervise_attach - attach a node's scheduler, or have it wait: for its cgroup, or with the node above
 * @anew: from a fresh object
 *
 * That somebody removes the cgroup meanwhile is no failure. Returns 0, or -errno after adding the problem.
 */
int supervise_attach(struct tree *t, struct sched *s, bool anew, struct problems *ps);

/* One that had ended under an earlier loader: does it come back? */
void supervise_adopted(struct tree *t, struct sched *s);

/* Seconds of the monotonic clock. */
double tree_now(void);

/* The scheduler above a node, attached or not; NULL when it could not be opened. */
struct sched *tree_parent(const struct tree *t, const struct node *node);

/* The file that a node came from, NULL for one that a command brought. */
const char *tree_file_of(const struct tree *t, const struct node *node);

/*
 * The bytes from which a node comes again, NULL: from where it says. A file that a command brought need not be there for the
 * loader, which may see another file system than who gave the command.
 */
struct image *tree_image_of(const struct tree *t, const struct sched *s);

/* The scheduler of this very cgroup, attached or not; NULL: none */
struct sched *tree_find(const struct tree *t, const char *cgroup);

/* Put a scheduler behind the others. */
void tree_add(struct tree *t, struct sched *s);

/* Forget and free a scheduler. Those beneath it are @heir's then; NULL: root's. */
void tree_remove(struct tree *t, struct sched *s, struct sched *heir);

/*
 * Everything that can be known before the kernel's schedulers are touched, of a tree in which nothing is opened yet. 0, or -errno
 * after adding all problems.
 */
int tree_check(struct tree *t, const struct hierarchy *h, struct problems *ps);

/* Choose a node's own cids, if it wants some and has none yet. 0, or -errno after adding the problem. */
int tree_choose_cids(struct tree *t, struct sched *s, struct problems *ps);

/* Do the regions of these nodes fit in the arena beside root's? Returns 0 or -ENOSPC after adding the problem. */
int tree_check_pool(const struct tree *t, struct sched *const *scheds, size_t nr, struct problems *ps);

/* Add up what a scheduler counts in its region, cid by cid. */
void sched_read_region(const struct sched *s, uint32_t nr_cids, struct node_status *st);

/* Tell where the running tree differs from the file, for tree_read_status(). */
void tree_compare_file(struct tree *t, struct tree_status *ret);

/* Look, once a second, whether nodes with CPUs of their own can use them, and tell when that changes. */
void tree_look_at_owned(struct tree *t);

/* Look, once a second, whether the nodes' cgroups have the weights that they were given, and tell when that changes. */
void tree_look_at_weights(struct tree *t);

/* Free it without touching what runs. */
void tree_free(struct tree *t);

/* Write down how the tree is now, for a loader to come; what can't be is told by an event. */
void tree_record(struct tree *t);

#endif
