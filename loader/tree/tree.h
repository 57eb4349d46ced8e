/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree.h: the running tree: root, the nodes attached beneath it, and what each of them gets.
 *
 * One struct tree a process. Nothing here prints: what happens is told through the event callback, what goes wrong
 * through struct problems. Not thread-safe: everything is called from the one event loop.
 */
#ifndef SCX_LOADER_TREE_H
#define SCX_LOADER_TREE_H

#include <systemd/sd-event.h>

#include "fields.h"
#include "file/hierarchy.h"
#include "kernel/pool.h"
#include "object/exit.h"

enum node_state {
	NODE_OPENED,		/* checked, and not attached yet */
	NODE_WAITING,		/* its cgroup is not there, or the node above waits: it is attached when it can be */
	NODE_ATTACHED,		/* its scheduler schedules its tasks */
	NODE_FAILED,		/* could not attach; its tasks stay with the parent */
	NODE_EXITED,		/* attached once, and ended; its tasks are with the parent */
	NODE_LEFT,		/* ended, and does not come back by itself: it failed too often, or somebody ended it */
};

typedef uint64_t node_waits[POOL_WAITS];	/* by how long: see pool_wait_bucket() */

/* What one scheduler (root or a node's) does and gets, read at one moment. */
struct node_status {
	NODE_FIELDS(FIELD_NO_NOTE, FIELD_DECLARE)
	double own_cpus;	/* what its own tasks had over the last seconds, see samples.h and shares.h */
};

struct group_status {
	GROUP_FIELDS(FIELD_NO_NOTE, FIELD_DECLARE)
};

/* The file of the tree, as it is now. */
struct file_status {
	const char *path;
	char *problem;		/* why it can't be read, NULL: it can */
	char **differences;	/* what tree_reload() would do, in words; NULL behind the last */
};

struct tree_status {
	struct file_status file;
	struct pool_status pool;
	struct node_status *nodes;	/* root first; each followed by all that is beneath it */
	size_t nr_nodes;
	struct group_status *groups;	/* those with a cpu.max */
	size_t nr_groups;
	uint32_t nr_online;		/* cids whose CPU is on */
};

struct pins;
struct tree;

enum tree_event_kind {
	EVENT_OTHER,
	EVENT_ATTACHED,
	EVENT_ENDED,		/* with the kernel's reason */
	EVENT_WAITS,		/* to be attached again */
	EVENT_LEFT,		/* is not attached again */
	EVENT_FAILED,		/* could not be attached */
	EVENT_DETACHED,
	EVENT_CHANGED,
};

/* What happened. All of it lives as long as the call. */
struct tree_event {
	int level;		/* of syslog: LOG_INFO or LOG_WARNING */
	enum tree_event_kind kind;
	const char *node;	/* name; NULL: it is about the tree */
	const char *text;	/* a line for the user: "attached 'web' (qmap) to '/web' in 0.4 s" */
	const char *dump;	/* what the kernel wrote about a scheduler that failed; NULL: nothing */
};

typedef void (*tree_event_fn)(void *arg, const struct tree_event *event);

struct tree_options {
	bool check_only;	/* all checks, the kernel's schedulers untouched */
	const char *btf;	/* with that: the file of a kernel to check for, whatever this machine is; or NULL */
	bool verbose;		/* libbpf's messages too */
	struct pins *pins;	/* where it is pinned, see pins.h; NULL: nowhere, and it ends with the process */
	tree_event_fn event;
	void *event_arg;
};

/**
 * tree_read_file - read a hierarchy file; of one that is wrong it is told, too, what else is wrong with its tree
 *
 * Returns as config_read().
 */
int tree_read_file(const char *file, const struct tree_options *opts, struct hierarchy **ret, struct problems *ps);

/**
 * tree_start - check everything, load root, attach every node parents first
 * @h: the hierarchy; taken over by the tree when there is one in the end, the caller's otherwise
 * @opts: copied
 * @ret: the running tree; NULL after an error and after a check
 * @ps: what is wrong; all of it, when the checks fail
 *
 * Returns 0, or -errno after everything that had been done is undone. With @h->keep_going a node that cannot attach is
 * left to its parent (NODE_FAILED), with its descendants, and reported by an event. One whose cgroup is not there waits
 * (NODE_WAITING), with its descendants; a check tells of it by an event.
 */
int tree_start(struct hierarchy *h, const struct tree_options *opts, struct tree **ret, struct problems *ps);

/**
 * tree_adopt - go on with the tree that an earlier loader has left in @opts->pins
 * @file: the hierarchy file from now on
 *
 * Nothing of what runs changes. What that loader had begun to attach is attached; what differs from the file is told, and
 * left to tree_reload(); what has ended meanwhile is for the next tree_poll() to notice.
 *
 * Returns 0, -ESTALE when that tree has ended or was being made or taken down: it is cleaned up then, told by events, and
 * tree_start() is next; or -errno after adding the problem: it runs on as it was.
 */
int tree_adopt(const char *file, const struct tree_options *opts, struct tree **ret, struct problems *ps);

/**
 * tree_attach - attach one more node
 * @node: copied; parent and depth are filled in here
 * @object: a descriptor of its object's file, which stays the caller's; -1: it is where the node says
 *
 * Returns 0 or -errno: -ENOENT the cgroup is not there, -EEXIST it has a scheduler, -EBUSY a cgroup below it has one, and those
 * of tree_start().
 */
int tree_attach(struct tree *t, struct node *node, int object, struct problems *ps);

/**
 * tree_detach - detach the node of a cgroup
 * @cgroup: as in struct node
 *
 * Returns 0 or -errno: -ENOENT no such node, -EBUSY it has children.
 */
int tree_detach(struct tree *t, const char *cgroup, struct problems *ps);

/**
 * tree_reload - read the file again, and make the tree what it says
 * @dry_run: only find out what would be done
 * @ret_steps: what was done, or would be: a line each; NULL behind the last. Freed by tree_steps_free() whatever is
 *	       returned. What the kernel or the pool refused is not in it.
 *
 * The file is checked as a whole, and nothing is changed when it, or anything that it names, is wrong. See plan.h for the
 * steps. When one fails the rest is not done: the problems tell which were, and which were not. The tasks of a node that
 * lost its scheduler are its parent's then, and another tree_reload() tries again.
 *
 * Returns 0 or -errno after adding the problems.
 */
int tree_reload(struct tree *t, bool dry_run, char ***ret_steps, struct problems *ps);

/**
 * tree_set - change keys of a node as if its section in the file said so
 * @name: of the node; "root" for [root]
 * @settings: KEY=VALUE; ends with NULL
 * @dry_run, @ret_steps: as of tree_reload()
 *
 * What cannot change in place has the node, with those beneath it, attached anew. Returns 0, -ENOENT no such node, and as
 * tree_reload().
 */
int tree_set(struct tree *t, const char *name, char *const *settings, bool dry_run, char ***ret_steps,
	     struct problems *ps);

void tree_steps_free(char **steps);

enum tree_verdict {
	TREE_GOES_ON,
	TREE_STOPS,		/* a node with on_exit = stop has ended, or somebody ended root */
	TREE_FAILED,		/* root has ended, and to start anew may help */
};

/**
 * tree_poll - look after the schedulers: to be called a few times a second
 *
 * Notices what ended, reports it by an event with the kernel's reason, releases what it held, and attaches again what
 * should be: see supervise.c.
 */
enum tree_verdict tree_poll(struct tree *t);

/**
 * tree_watch - notice at once when the cgroup comes that a node waits for, instead of at the next tree_poll()
 * @loop: outlives the tree
 */
void tree_watch(struct tree *t, sd_event *loop);

/**
 * tree_note_end - what the kernel told of a scheduler's end, for the next tree_poll()
 * @kind, @code, @reason: as in struct exit_record; the reason is copied
 *
 * A scheduler's own record says more. This is for one that keeps none.
 */
void tree_note_end(struct tree *t, uint64_t cgroup_id, int kind, int64_t code, const char *reason);

/* From now on tree_stop() leaves everything as it is, for the next loader to adopt. */
void tree_keep(struct tree *t);

/* Detach children first, then root; remove the cgroups that were made. What is down already stays so. */
void tree_take_down(struct tree *t);

/* The same, and free @t. NULL is fine. */
void tree_stop(struct tree *t);

/*
 * Which schedulers beneath root are attached, in a line, to be freed: "2 of 4 schedulers attached; waiting: svc; not: web".
 * Or NULL
 */
char *tree_summary(const struct tree *t);

/* To be called a few times a second: look at what every scheduler does, for tree_read_status() to tell of the last seconds. */
void tree_look_at_usage(struct tree *t);

/* Read what every scheduler does and gets. Returns 0 or -errno. Free with tree_status_free() before the next tree_*(). */
int tree_read_status(struct tree *t, struct tree_status *ret);
void tree_status_free(struct tree_status *st);

#endif
