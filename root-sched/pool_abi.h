/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pool_abi.h: what root, the subs and the loader share in the arena. For both sides of the BPF border.
 *
 * The pool is the one arena of the tree, owned by root and mapped at POOL_BASE by everybody, so that a pointer in it
 * means the same to a BPF program and to the loader:
 *
 *   page 0 | pool_hdr | entity[POOL_MAX_ENTITIES] | cid states, idle cmask | guard | region | guard | region | guard ...
 *
 * Page 0 is claimed and left alone: offset 0 must stay NULL. What lies before the first guard has fixed places: nobody
 * needs a relocation, or a particular libbpf, to find it.
 *
 * One writer a block; each struct names it. A counter that several CPUs write lives once per cid (struct region_cid).
 * Regions separate their owners' data; they do not protect it: any program of the tree can reach the whole arena.
 *
 * Words: an *entity* is what competes for a CPU at one level: root (entity 0) or the sub of one node. Its *region* is the
 * range of pages that belongs to it; the region's *slab* holds one *task context* for each task of its.
 */
#ifndef SCX_TREE_POOL_ABI_H
#define SCX_TREE_POOL_ABI_H

#ifndef __bpf__
#include <stdint.h>
#include <stddef.h>
#include <linux/types.h>
#define __arena
#endif

#define POOL_MAGIC		0x6c6f6f7078637300ull	/* "\0scxpool" */
#define POOL_VERSION		3
#define POOL_PAGE		4096ull
#ifdef __TARGET_ARCH_arm64
#define POOL_BASE		(1ull << 32)
#else
#define POOL_BASE		(1ull << 44)		/* as upstream's schedulers choose it */
#endif
#define POOL_MAX_BYTES		(1ull << 32)		/* the kernel's limit for an arena */
#define POOL_MAX_CIDS		4096
#define POOL_MAX_ENTITIES	1024			/* a power of two */
#define POOL_NAME_LEN		16
#define POOL_WAITS		24			/* buckets of waiting times */

enum entity_state {
	ENTITY_FREE,		/* the slot may be taken */
	ENTITY_RESERVED,	/* slot and region allocated; no scheduler attached */
	ENTITY_ATTACHED,	/* its scheduler competes for CPUs */
};

/* Where an entity is while it has work, and for a while after. */
enum heap_place {
	HEAP_OUT,
	HEAP_NEWS,		/* among those that its parent has not taken up yet */
	HEAP_IN,
	HEAP_ASIDE,		/* taken out by a dispatch to which it brought nothing, until that is over */
	HEAP_PARKED,		/* taken out because its cpu.max is used up, until the next period */
};

/*
 * An entity. The first line is written by root's pool programs, and by the parent's sub_attach/sub_detach (the kernel
 * serialises those); the second by everybody who runs the entity's tasks, with atomic operations; the third is its place
 * among those who have work, see heap.bpf.h; the fourth is its cpu.max, see bandwidth.bpf.h.
 */
struct entity {
	__u64 cgroup_id;	/* inode number of the node's cgroup; 0 for root */
	__u64 region;		/* arena address of its region */
	__u64 generation;	/* grows each time that the slot is taken */
	__u32 state;		/* enum entity_state */
	__u32 parent;		/* entity number of the scheduler above; root's is 0 */
	__u32 weight;		/* cpu.weight of the cgroup, 1-10000 */
	__u32 inv_weight;	/* 2^16 * 100 / weight: virtual ns per 2^16 ns of CPU time */
	__u32 first_child;	/* entity number; 0 ends the list, as root is nobody's child */
	__u32 next_sibling;
	__u16 depth;		/* 0 for root, 1 for its children */
	__u16 own_weight;	/* of its own tasks among its children: pool_own_weight() */
	__u32 foreign;		/* 1: its scheduler is not of this tree and publishes nothing; see foreign.bpf.h */
	__u32 limited;		/* it has a cpu.max */
	__u32 exclusive;	/* 1: it has cids of its own, and runs on no others */

	__s64 nr_queued;	/* tasks waiting in its own queue and those of every entity below it */
	__u64 vtime;		/* CPU time of the subtree in ns, scaled by 100 / weight */
	__u64 vnow;		/* the virtual time reached by the competitors at its level (itself and its children) */
	__s64 nr_own;		/* tasks waiting in its own queue */
	__u64 own_vtime;	/* CPU time of its own tasks, ns, scaled by 100 / own_weight: they compete as one of the children */
	__u64 seen;		/* of a foreign one: when a task of its last wanted a CPU or got one, ns */
	__u32 wants;		/* of a foreign one: nr_queued is 1, and not 0; with compare-and-exchange */
	__s32 nr_captive;	/* those of nr_queued that may only run on cids that others own */
	__u64 nr_throttled;	/* periods of cpu.max in which it was used up */

	/* by everybody, with compare-and-exchange */
	__u32 place;		/* enum heap_place */
	__u32 news;		/* its children that got work since it looked: a list by next_news */
	__u32 next_news;
	/* under the parent's lock, but for heap_top: under its own */
	__u32 heap_top;		/* of its children */
	__u64 heap_key;		/* vtime as it was when the entity was put in */
	__u32 heap_child, heap_next;
	__u32 heap_prev;	/* the sibling before it; the first child's is the one above */
	/* by its dispatch */
	__u32 ask_next;		/* the child to look at next, see delegation_ask_overlooked() */
	/* under the parent's lock, as above */
	__u32 parked;		/* its children that are HEAP_PARKED: a list by heap_next */
	__u32 turn_vtime;	/* the low half of vtime when its parent's dispatch looked last; see delegation_turn_due() */
	__u64 parked_until;	/* ns: when to look at them again; 0 (by everybody): now */
	__u64 nr_periods;	/* of cpu.max that began; by who moves period_end on */

	__u64 quota_ns;		/* CPU time in each period */
	__u64 period_ns;
	__u64 burst_ns;		/* of what was left over, so much may be used later */
	__u64 used_ns;		/* charged to it and all beneath it since it is limited */
	__u64 reserved_ns;	/* for cids that run its tasks now */
	__u64 allowed_ns;	/* up to where used_ns may grow */
	__u64 period_end;
	__u64 ran_at;		/* when a cid was given to it last; where nothing limits it, when its parent saw that it had run */
};

/*
 * Written by root's callbacks for that cid, under its rq lock; read by everybody. What is near a cid, and its CPU, by root
 * when it starts: cids are ordered by topology, so each core, last-level cache and node is a range, from the first cid up
 * to the end.
 */
struct cid_state {
	__u32 online;		/* 0: the CPU is unplugged */
	__u32 entity;		/* whose task was sent here last (by everybody) */
	__u64 task_vtime;	/* how much that one had run, on the scale of its scheduler's tasks; 0: as much as any (by everybody) */
	__u64 nr_dispatch;	/* calls of root's dispatch */
	__u64 nr_idle;		/* times that the cid went idle */
	__u64 held_ns;		/* CPU time that a foreign scheduler's task has had here since it got the cid */
	/* see bandwidth.bpf.h */
	__u64 reserved_ns;	/* of the task's entity and of those above it (sub_detach may take it back) */
	__u32 reserved_for;	/* that entity */
	__u32 settling;		/* root wants the task that ran charged, and no task dispatched */
	__u64 due;		/* ns: when to look for work again; 0: when somebody has some */

	__u16 core, core_end;
	__u16 llc, llc_end;
	__u16 node, node_end;
	__u16 cpu;
	__u16 owner;		/* entity number of the node that has it as its own, 0: nobody (by root's pool programs) */
	/* by everybody's dispatch on that cid, under its rq lock; see exclusive.bpf.h */
	__u16 lent_ms[3];	/* when others than the owner were asked first, by the depth of who asked; ms */
	__u16 lent_to[3];	/* and whom */
	__s32 nr_captive;	/* tasks that wait for this cid though others own it (by everybody, atomic) */
	__u64 interrupted_at;	/* ns: when a task was last interrupted here by one of its own scheduler (by everybody) */
	__u64 pad[3];
};

/*
 * The header. Written by root's pool programs, which the loader runs one at a time; the idle mask by all schedulers,
 * with compare-and-exchange (a claimed cid is a cleared bit).
 */
struct pool_hdr {
	__u64 magic;
	__u32 version;
	__u32 nr_cids;
	__u64 nr_pages;		/* the arena's size */
	__u64 nr_fixed;		/* pages before the first guard, page 0 included */
	__u64 nr_region;	/* pages in regions */
	__u64 nr_guard;		/* guard pages */
	__u64 nr_high;		/* the highest nr_region ever */
	__u64 generation;	/* generation of the newest entity */
	__u64 entities;		/* arena addresses of the tables that follow */
	__u64 cids;
	__u64 idle;		/* struct scx_cmask: idle cids */
	__u64 unsettled;	/* until then (ns) the kernel may hold tasks of which nr_queued does not tell; by everybody */
	__u32 nr_limited;	/* entities that have a cpu.max; by the parents, with atomic additions */
	__u32 nr_owned;		/* cids that have an owner */
	__u64 pad[3];
};

#define POOL_HDR_ADDR		(POOL_BASE + POOL_PAGE)
#define POOL_ENTITIES_ADDR	(POOL_HDR_ADDR + POOL_PAGE)
#define POOL_CIDS_ADDR		(POOL_ENTITIES_ADDR + POOL_MAX_ENTITIES * sizeof(struct entity))

/*
 * Per-cid counters of one scheduler. Written by its callbacks on that cid, with interrupts off; what belongs to the slab under
 * the lock of that. Times in ns.
 */
struct region_cid {
	__u64 nr_enqueued;	/* tasks queued by the policy */
	__u64 nr_dispatched;	/* tasks given to this cid by the policy's dispatch */
	__u64 nr_direct;	/* tasks sent to an idle cid, or their own, without queueing */
	__u64 nr_preempt;	/* those of nr_direct that interrupted another */
	__u64 nr_kept;		/* slices extended because nobody else wanted the cid */
	__u64 nr_reenq;		/* tasks that the kernel gave back before they ran, as their cid was taken (SCX_ENQ_IMMED) */
	__u64 nr_reenq_cap;	/* re-enqueues for a missing capability */
	__u64 nr_rescued;	/* inserts with SCX_ENQ_RESCUE */
	__u64 nr_degraded;	/* enqueues of tasks without a context */
	__u64 used_ns;		/* CPU time charged to its tasks */
	__u64 charged_ns;	/* up to where used_ns is charged to the entity */
	__u64 ecaps;		/* capabilities in effect on this cid (state, not a counter) */
	/* slab cache of this cid: see slab.bpf.h */
	__u64 slab_free;	/* arena address of the first free context */
	__u32 slab_nr_free;
	__u32 pad0;
	__u64 nr_slab_refill;	/* batches taken from the common list */
	__u64 pad1;

	/*
	 * Tasks that woke up and had to be queued, by how long they waited for a CPU, see pool_wait_bucket(). Those of
	 * nr_direct did not wait.
	 */
	__u64 nr_waits[POOL_WAITS];
};

/* The first bucket: less than 2^10 ns, each next one: less than twice as much; the last: anything above. */
static inline __u32 pool_wait_bucket(__u64 ns)
{
	__u32 i;

	for (i = 0, ns >>= 10; ns && i < POOL_WAITS - 1; i++)
		ns >>= 1;
	return i;
}

/* What all waits of a bucket are below, ns; of the last one it is only a name. */
static inline __u64 pool_wait_below_ns(__u32 bucket)
{
	return 1024ull << bucket;
}

/*
 * A region begins with this. The first part is written by root's pool program when the region is made, the rest by the
 * region's owner: what the comment says.
 */
struct region_hdr {
	__u64 magic;		/* POOL_MAGIC */
	__u32 version;
	__u32 entity;		/* the owner's number */
	__u64 generation;	/* the owner's generation: tells a reused region from the one that was there */
	__u64 nr_pages;		/* of the region, this header's included, guards not */
	__u64 cids;		/* arena address of struct region_cid[nr_cids] */
	__u64 usable;		/* arena address of a struct scx_cmask: cids on which the owner may run tasks */
	__u64 home;		/* the same: those of `usable` that are nobody's, the owner's, or of one above it */
	__u64 held;		/* the same, scratch of sub_attach: cids that can be granted to a child */
	__u64 policy;		/* arena address of the policy's own block */
	__u64 slab;		/* arena address of the first task context */

	__u64 slab_stride;	/* bytes from one task context to the next */
	__u64 slab_capacity;	/* contexts, as configured */
	/* under the slab's common lock, see slab.bpf.h */
	__u64 slab_free;	/* common list of free contexts */
	__u64 slab_next;	/* contexts handed out at least once: those above were never touched */
	/* the owner's callbacks, with atomic additions */
	__u64 slab_used;	/* contexts that belong to a task now */
	__u64 slab_high;	/* the most that ever did */
	__u64 nr_full;		/* tasks for which no context was left */
	__u64 nr_tasks;		/* tasks of this scheduler, with and without a context */
	__u64 nr_orphans;	/* queued contexts whose task was gone when its turn came */
	__u64 vnow;		/* the furthest vtime of a task that came out of the queue; plain stores: a hint */
	__u64 pad[4];
};

/*
 * What weight a scheduler's own tasks have among its children, of which @heaviest is the highest weight. The kernel's threads
 * are among root's own: beside a node of 10,000 a hundredth of the machine would be too little for them, and what they do
 * while RCU waits would take so long that the kernel ends root.
 */
static inline __u32 pool_own_weight(__u32 heaviest)
{
	return heaviest > 1000 ? heaviest / 10 : 100;
}

/* Bytes of a cmask for nr_cids cids, its 16-byte head included: see struct scx_cmask in the kernel's ext/types.h. */
static inline __u64 pool_cmask_bytes(__u32 nr_cids)
{
	return 16 + 8 * (((__u64)nr_cids + 63) / 64 + 1);
}

/* Bytes from one task context to the next: what the policy declares, then the task's cmask; whole cache lines. */
static inline __u64 slab_stride(__u32 ctx_bytes, __u32 nr_cids)
{
	return (ctx_bytes + pool_cmask_bytes(nr_cids) + 63) & ~63ull;
}

/* Pages of the fixed part, page 0 included; the first guard is behind it, the first region (root's own) behind that. */
static inline __u64 pool_fixed_pages(__u32 nr_cids)
{
	__u64 bytes = POOL_CIDS_ADDR - POOL_BASE + nr_cids * sizeof(struct cid_state) + pool_cmask_bytes(nr_cids);

	return (bytes + POOL_PAGE - 1) / POOL_PAGE;
}

static inline __u64 pool_first_region(__u32 nr_cids)
{
	return POOL_BASE + (pool_fixed_pages(nr_cids) + 1) * POOL_PAGE;
}

/* Pages that a region needs: header, per-cid counters, three masks of cids, the policy's own block, the slab. */
static inline __u64 region_pages(__u32 nr_cids, __u64 policy_bytes, __u32 ctx_bytes, __u64 max_tasks)
{
	__u64 bytes = sizeof(struct region_hdr) + nr_cids * sizeof(struct region_cid) +
		      3 * ((pool_cmask_bytes(nr_cids) + 63) & ~63ull) + ((policy_bytes + 63) & ~63ull) +
		      max_tasks * slab_stride(ctx_bytes, nr_cids);

	return (bytes + POOL_PAGE - 1) / POOL_PAGE;
}

/*
 * Arguments of root's pool programs (BPF_PROG_RUN, context in place). `err` answers 0 or a negative errno.
 */
struct pool_init_args {
	__u32 nr_cids;
	__s32 err;
	__u64 nr_pages;
};

struct pool_alloc_args {
	__u64 cgroup_id;
	__u32 parent;		/* entity number */
	__u32 weight;
	__u64 policy_bytes;
	__u32 ctx_bytes;	/* of a task context without its cmask */
	__u32 max_tasks;	/* 0: no slab */
	__u32 foreign;
	__u32 pad;
	__u64 region;		/* answer */
	__u32 entity;		/* answer */
	__s32 err;		/* -ENOSPC: no room in the arena, -EEXIST: the cgroup has one, -ENFILE: no slot left */
};

struct pool_free_args {
	__u32 entity;
	__s32 err;
};

/* Makes the cids from first up to end an entity's own. They must be its parent's, or nobody's beneath root. */
struct pool_own_args {
	__u32 entity;
	__u32 first, end;
	__s32 err;		/* -EBUSY: one is somebody else's, -EINVAL: no such cids */
};

_Static_assert(sizeof(struct entity) == 256, "four cache lines");
_Static_assert(sizeof(struct cid_state) == 128, "two cache lines");
_Static_assert(sizeof(struct pool_hdr) == 128, "fixed place");
_Static_assert(sizeof(struct region_cid) == 320, "five cache lines: the last three are the waits");
_Static_assert(sizeof(struct region_hdr) == 192, "three cache lines");

#endif
