/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pins.h: the folder in bpffs that keeps a tree alive without its loader, and tells the next one all about it.
 *
 *	/sys/fs/bpf/scx-loader/
 *	    tree		record (state.h) of the tree and of root; comes first, goes last
 *	    root/		root:
 *		object		  the bytes of its object file (image.h)
 *		PART		  each part (object.h)
 *		PART-link	  what root looks after foreign schedulers with (foreign.h), while there are any
 *		link		  its link: the scheduler runs as long as this is here
 *	    nodes/N/		each node, in the order in which they came:
 *		object
 *		record
 *		PART, link	  while its scheduler is attached
 *
 * Every prefix of what is done is understood, since a loader can be killed between any two steps:
 *
 *  - A folder is a node's once it has a record; before that it is nothing, and goes.
 *  - A node is attached when it has a link, and that is pinned last. What is attached and not pinned yet ends with the
 *    loader. It is unpinned first.
 *  - A node without a link is attached by the next loader if its record says `opened`. So a step of a change that was
 *    cut off is finished, or as if never begun: the client had no answer.
 *  - What is replaced is pinned as NAME-new first, and then renamed.
 *  - A tree whose record says that it is being taken down is taken down.
 *
 * The folders are root's alone, and are worked on through their descriptors (folder.h): others could put something else
 * where a path leads.
 *
 * Who holds the lock (flock) on the folder is the one loader of this machine. A folder without a record of the layout that
 * this loader knows is somebody else's, and is left alone.
 */
#ifndef SCX_LOADER_PINS_H
#define SCX_LOADER_PINS_H

#include <stdbool.h>

#include "record.h"
#include "tree.h"

#define PINS_FOLDER	"/sys/fs/bpf/scx-loader"

struct bpf_link;
struct pins;
struct sched;

/**
 * pins_open - make the folder or open it, and lock it
 *
 * Returns 0, or -errno after adding the problem: -EBUSY another loader has it, -EPROTO it is somebody else's.
 */
int pins_open(const char *path, struct pins **ret, struct problems *ps);

/* Let go of the lock; the folder goes when no tree is in it. NULL is fine. */
void pins_close(struct pins *p);

const char *pins_path(const struct pins *p);

/* The record of the tree that is there; NULL: none is. */
const struct record *pins_tree(const struct pins *p);

/* Write down the tree: @h and @root. @stopping: it will be taken down. 0 or -errno. */
int pins_write_tree(struct pins *p, const struct hierarchy *h, struct sched *root, bool stopping);

/* Make a folder for a node's scheduler, with its record. 0, or -errno after adding the problem. */
int pins_add(struct pins *p, struct sched *s, struct problems *ps);

/* Write down how a scheduler is now, if that has changed. 0 or -errno. */
int pins_record(struct sched *s);

/* Pin a scheduler that has attached. 0 or -errno; without a folder there is nothing to do. */
int pins_hold(struct sched *s);

/* Unpin it, its link first: it runs as long as this process has that open. */
void pins_let_go(const struct sched *s);

/* Remove a node's folder. */
void pins_remove(struct sched *s);

/* One thing of a scheduler: pin it, open it (a file descriptor or -errno), unpin it. */
int pins_put(const struct sched *s, const char *name, int fd);
int pins_get(const struct sched *s, const char *name);
void pins_drop(const struct sched *s, const char *name);
struct bpf_link *pins_open_link(const struct sched *s);	/* NULL with errno */

/**
 * pins_nodes - the numbers of the nodes' folders, in order
 * @ret: to be freed
 *
 * Returns how many, or -errno.
 */
int pins_nodes(const struct pins *p, unsigned int **ret);

/* Give a scheduler the folder of a node, which is there; root's with @nr 0. 0 or -errno. */
int pins_bind(const struct pins *p, struct sched *s, unsigned int nr);

/* Let go of it; it stays. */
void pins_unbind(struct sched *s);

/* The record of a scheduler's folder. 0 or -errno: -ENOENT it has none. */
int pins_read(const struct sched *s, struct record *ret);

/**
 * pins_take_down - end what is pinned, whatever ABI it has, from the leaves up; remove the cgroups that were made
 * @tell: called with each node that had a scheduler: its name and its cgroup; may be NULL
 * @ps: what is left
 *
 * Was root's scheduler pinned?
 */
bool pins_take_down(struct pins *p, void (*tell)(void *arg, const char *name, const char *cgroup), void *arg,
		    struct problems *ps);

/* After the schedulers of a tree were taken down: nothing is left of it. */
void pins_clear(struct pins *p);

#endif
