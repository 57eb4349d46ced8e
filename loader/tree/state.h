/* SPDX-License-Identifier: GPL-2.0 */
/*
 * state.h: what a loader writes down of the tree that it runs, for the one that comes after it (pins.h): only what neither
 * the pinned objects nor the arena nor the cgroups tell. Knows no kernel.
 *
 * Of root, and of the tree:
 *
 *	scx-loader=1		STATE_LAYOUT; always the first
 *	loader=0.1		the version that wrote it
 *	file=, line=		the hierarchy file; where [root] stands in it, 0: nowhere
 *	object=			the file that root was loaded from
 *	key.KEY=, set.KEY=	reserved keys of its section; its tunables
 *	stopping=1		it is being taken down
 *
 * Of a node:
 *
 *	name=, cgroup=, sched=, line=, object=, key.KEY=, set.KEY=
 *	state=opened		to be attached; attached, when its link is pinned
 *	state=failed|exited|left|waiting	not to be attached, or not yet
 *	cgroup_id=, entity=, region=, cids=	what it was given when it was attached
 *	restarts=, failures=, exit.kind=, exit.code=, exit.reason=, exit.msg=
 *	last.kind=, ...		how it ended the time before
 *	attempts=		how often it was begun to attach it and nobody came to say how that went: cleared after each
 */
#ifndef SCX_LOADER_STATE_H
#define SCX_LOADER_STATE_H

#include "record.h"
#include "sched.h"

#define STATE_LAYOUT	1	/* of the records, and of the directory in pins.h */

/* Write down the tree, @h, and its root; @stopping: it is being taken down. Returns 0 or -ENOMEM. */
int state_write_root(const struct hierarchy *h, const char *object, bool stopping, struct record *ret);

/* Write down a node's scheduler. Returns 0 or -ENOMEM. */
int state_write(const struct sched *s, struct record *ret);

/**
 * state_read_root - a hierarchy without nodes, as it was written down
 * @where: for messages
 *
 * Returns 0, or -EINVAL after adding the problem.
 */
int state_read_root(const struct record *r, const char *where, struct hierarchy **ret, struct problems *ps);

/* Fill in a scheduler: the node, and all that was written down but the object. The same returns. */
int state_read(const struct record *r, const char *where, struct sched *s, struct problems *ps);

#endif
