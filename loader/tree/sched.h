/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sched.h: one scheduler of the tree, from its node to the kernel and back.
 *
 * sched_open*() checks everything that can be checked without touching the kernel's schedulers; sched_attach*() then takes
 * the steps of attaching, each of which may fail: cgroup, region, object, link, and the verification that the kernel
 * really took it. sched_detach() undoes, in reverse, as many of those as were taken.
 */
#ifndef SCX_LOADER_SCHED_H
#define SCX_LOADER_SCHED_H

#include "cleanup.h"
#include "foreign.h"
#include "object/object.h"
#include "record.h"
#include "samples.h"
#include "tree.h"

struct bpf_link;

struct sched {
	struct node *node;		/* its own; NULL: root */
	struct object *obj;
	struct sched *parent;		/* NULL: root itself */
	enum node_state state;
	struct exit_record exit;
	struct exit_record last_exit;	/* how it ended before it was attached again */
	struct exit_record told;	/* by the kernel, of one that may keep no record; see tree_note_end() */
	double gone_at;			/* since when the kernel does not show it; 0: it does */
	/* supervise.c's */
	double attached_at;
	double restart_at;		/* 0: not planned */
	bool with_parent;		/* and not before its parent, which has ended, is attached again */
	unsigned int nr_failures;	/* that are not forgiven yet */
	unsigned int nr_restarts;
	unsigned int nr_attempts;	/* to attach it, that are open: those of loaders that died of it, too */
	sd_event_source *comeback;	/* while its cgroup is gone: sees one come */
	struct samples samples;		/* see usage.c */
	double released_at;		/* when a change took its tasks from it, to give it them back; see reload.c */
	/* what is held while attached, in the order in which it was got */
	struct cid_set cids;		/* its own; kept over restarts */
	bool widened;			/* but it can use none of them now, see owned.c */
	bool unweighed;			/* its cgroup has no cpu controller any more, see weights.c */
	unsigned int weight_told;	/* what somebody else made of its weight, 0: nothing */
	bool made_cgroup;
	uint64_t cgroup_id;
	uint32_t entity;		/* 0: none, or root */
	uint64_t region;
	bool watched;			/* root looks after what it does: see foreign.h */
	struct bpf_link *link;
	/* root's: the links of what it looks after foreign schedulers with, -1 each while it does not; and of how many */
	int watch[FOREIGN_PROGS];
	unsigned int nr_foreign;
	/* see pins.h */
	char *folder;			/* where it is pinned; NULL: nowhere */
	int folder_fd;
	struct record recorded;		/* its record there */
};

/* One with nothing in it. */
struct sched *sched_new(void);

/* Not built on sub-scheds/sub.bpf.h: it publishes nothing. Root's own objects are no subs. */
static inline bool sched_is_foreign(const struct sched *s)
{
	return s->node && !s->obj->facts.uses_pool;
}

/* "web", "/web"; "root", "/". */
const char *sched_name(const struct sched *s);
const char *sched_cgroup(const struct sched *s);

/**
 * sched_open_root - check and open the root scheduler
 * @kernel: the running kernel's BTF
 *
 * Returns 0 or -errno after adding all problems.
 */
int sched_open_root(const struct hierarchy *h, const struct btf *kernel, struct sched **ret, struct problems *ps);

/**
 * sched_open_object - check and open a node's scheduler: object, tunables, flags against root's
 * @node: copied
 * @image: the object's bytes; NULL: they are read from where the node says
 * @file: the file of the node, NULL when it came from a command
 * @root, @parent: opened; NULL when that failed: then the rules between them and this one are not checked
 */
int sched_open_object(const struct node *node, struct image *image, const char *file, const struct sched *root,
		      const struct sched *parent, const struct btf *kernel, struct sched **ret, struct problems *ps);

/* The same, and the cgroup as far as it is there: see cgroup_check(). */
int sched_open(const struct node *node, struct image *image, const char *file, const struct sched *root,
	       const struct sched *parent, const struct btf *kernel, struct sched **ret, struct problems *ps);

/* Give a node's cgroup the weight that the node says, if it does. @file as of sched_open(). 0, or -errno after adding the problem. */
int sched_weigh(const struct node *node, const char *file, struct problems *ps);

/* Have what its object calls itself, and where that was, be text that can be shown. */
void sched_mend(struct sched *s);

/* Pages that its region takes, guard included. */
uint64_t sched_region_pages(const struct sched *s, uint32_t max_tasks, uint32_t nr_cids);

/**
 * sched_attach_root - load root, lay out the pool, attach
 * @kernel: the running kernel's BTF
 * @pool: filled in
 *
 * Returns 0, or -errno after adding the problem; then everything is undone.
 */
int sched_attach_root(struct sched *s, const struct hierarchy *h, const struct btf *kernel, struct pool *pool,
		      struct problems *ps);

/*
 * The same for a node beneath @parent, which is attached. @file as in sched_open(). -ESTALE: its cgroup is not there, or went
 * meanwhile, whatever problem that was.
 */
int sched_attach(struct sched *s, const char *file, struct sched *parent, const struct btf *kernel,
		 const struct pool *pool, struct problems *ps);

/**
 * sched_release - give up the link and the region of one that has ended by itself
 *
 * Its cgroup stays while the tree does: tasks live there, more may come, and it may be attached again.
 */
void sched_release(struct sched *s, const struct pool *pool, struct problems *ps);

/**
 * sched_detach - give up all that attaching got; the object stays, to be looked at
 * @ps: what could not be undone
 *
 * Its tasks are the parent's when this returns. Children must be gone.
 */
void sched_detach(struct sched *s, const struct pool *pool, struct problems *ps);

/* Does the kernel show it as attached? */
bool sched_is_shown(const struct sched *s);

/*
 * Look whether it has ended by itself: true once, and @s->exit tells how. By its own record; one that keeps none has ended
 * when the kernel no longer shows it, as the kernel told if it did. @now: as of tree_now()
 */
bool sched_ended(struct sched *s, double now);

/* What the kernel's pool for it in the arena holds, and how much of that is in use. Leaves both alone when it is not told. */
void sched_read_kernel_pool(const struct sched *s, uint64_t *ret_bytes, uint64_t *ret_used);

void sched_free(struct sched *s);
DEFINE_CLEANUP(struct sched, sched_free)

#endif
