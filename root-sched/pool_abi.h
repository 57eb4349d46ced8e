/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pool_abi.h: what root, the subs and the loader share in the arena. For both sides of the BPF border.
 *
 * The pool is the one arena of the tree, owned by root and mapped at POOL_BASE by everybody, so that a pointer in it
 * means the same to a BPF program and to the loader:
 *
 *   page 0 | pool_hdr | cid states, idle cmask | guard | ... | entities | places | guard | region | guard | region | guard ...
 *
 * Page 0 is claimed and left alone: offset 0 must stay NULL. Header, cid states and entities have fixed addresses: nobody
 * needs a relocation, or a particular libbpf, to find them.
 *
 * One writer a block; each struct names it. A counter that several CPUs write lives once per cid (struct region_cid).
 * Regions separate their owners' data; they do not protect it: any program of the tree can reach the whole arena.
 *
 * Words: every cgroup with the cpu controller is a *group*, and has an *entity*, which competes for CPUs with its siblings. A
 * *node* is an entity to which a scheduler may be attached: it has a *region*, the range of pages that belongs to that scheduler;
 * the region's *slab* holds one *task context* for each task of its. All other groups are *plain*: the scheduler of the nearest
 * node above queues their tasks.
 *
 * Where an entity competes is a *place*: one for the whole machine, and one for each cid to which tasks of its are bound. A
 * place has a *queue*, in which the tasks of the group and the places of its children compete, and is a rival in the queue of the place
 * above.
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
#define POOL_VERSION		5
#define POOL_PAGE		4096ull
#ifdef __TARGET_ARCH_arm64
#define POOL_BASE		(1ull << 32)
#else
#define POOL_BASE		(1ull << 44)		/* as upstream's schedulers choose it */
#endif
#define POOL_MAX_BYTES		(1ull << 32)		/* the kernel's limit for an arena */
#define POOL_MAX_CIDS		4096
#define POOL_MAX_ENTITIES	65536			/* a power of two; a pool has fewer: see pool_nr_entities() */
#define POOL_MAX_LEVELS		16			/* of entities, root included; what lies deeper competes as part of the one above */
#define POOL_NAME_LEN		16
#define POOL_WAITS		24			/* buckets of waiting times */

/* Entities that have no cgroup of their own, children of root: what the root cgroup holds. */
#define ENTITY_ROOT		0
#define ENTITY_KERNEL		1	/* the kernel's threads */
#define ENTITY_OWN		2	/* all other tasks of the root cgroup */
#define ENTITY_FIRST		3	/* of a cgroup */

enum entity_state {
	ENTITY_FREE,		/* the slot may be taken */
	ENTITY_PLAIN,		/* a group; the scheduler of the node above queues its tasks */
	ENTITY_RESERVED,	/* the same, and it has a region: a scheduler is to be attached, or was */
	ENTITY_ATTACHED,	/* its scheduler queues its tasks, and those of the plain groups below */
};

enum rival_kind {
	RIVAL_TASK,
	RIVAL_PLACE,
};

/* Where a rival is. */
enum rival_state {
	RIVAL_OUT,
	RIVAL_IN,		/* in its queue's heap */
	RIVAL_ASIDE,		/* taken out by a dispatch to which it brought nothing, until that is over */
	RIVAL_PARKED,		/* taken out because its cpu.max is used up, until there is some again */
};

/*
 * What competes in a queue. Written under the queue's lock, but for vtime: with atomic additions by whoever runs it, and state,
 * with compare-and-exchange.
 */
struct rival {
	__u64 key;		/* vtime as it was when the rival was put in: the heap's order */
	__u64 vtime;		/* virtual time: CPU time in ns, scaled by 1024 / weight */
	__u64 child, next, prev;	/* in the heap, arena addresses */
	__u32 weight;		/* on the kernel's scale: 1024 is nice 0, or a cpu.weight of 100 */
	__u32 state;		/* enum rival_state */
	__u32 kind;		/* enum rival_kind */
	__u32 running;		/* of a place: weights of the tasks that run from it, as far as is known; atomic additions */
};

/* A competition. Under its lock (see queue.bpf.h), but for what says otherwise. */
struct queue {
	__u64 top;		/* of the heap */
	__u64 clock;		/* the virtual time that the competition has reached; plain stores, it only grows */
	__u32 load;		/* weights of the rivals in the heap */
	__s32 nr;		/* rivals that have work: tasks that wait, places whose nr is not 0; atomic additions */
	__u64 parked;		/* rivals that are RIVAL_PARKED: a list by next */
	__u64 parked_until;	/* ns: when to look at them again; 0 (by everybody): now */
};

struct place {
	struct rival rival;	/* in the queue of the place above */
	struct queue queue;
	__u64 up;		/* the place above; 0: there is none */
	__u64 sibling;		/* the next place of the same entity */
	__u16 entity;
	__s16 cid;		/* -1: the machine */
	__s32 runs;		/* from how many of those below it something runs, as far as is known; atomic additions */
	__u64 last;		/* a policy's: see fifo.bpf.c */
};

/*
 * An entity. The first line is written by the scheduler that has the cgroup, from its cpuctl callbacks, which the kernel
 * serialises, and by root's pool programs; the last one is its cpu.max, see bandwidth.bpf.h.
 */
struct entity {
	__u64 cgroup_id;	/* inode number of the cgroup; 0: none of its own */
	__u64 region;		/* arena address of its region; 0: a plain group */
	__u64 generation;	/* grows each time that the slot is taken */
	__u32 state;		/* enum entity_state */
	__u32 parent;		/* entity number; root's is 0 */
	__u32 sched;		/* the node whose scheduler queues its tasks: itself, or one above */
	__u32 weight;		/* cpu.weight of the cgroup, 1-10000 */
	__u16 depth;		/* 0 for root, 1 for its children */
	__u16 known;		/* the kernel has told a scheduler of the cgroup */
	__u16 idle;		/* its cpu.idle */
	__u16 exclusive;	/* 1: it has cids of its own, and runs on no others; in effect, see cids.bpf.h */
	__u16 foreign;		/* 1: its scheduler is not of this tree and publishes nothing; see foreign.bpf.h */
	__u16 limits;		/* how many of it and those above it are limited */
	__u32 limited;		/* it has a cpu.max */

	struct place machine;

	__u64 places;		/* its places on cids: a list by sibling */
	__u64 seen;		/* of a foreign one: when a task of its last wanted a CPU or got one, ns */
	__u32 wants;		/* of a foreign one: it is counted as a task that waits; with compare-and-exchange */
	__u32 next_node;	/* of a node: the next one, see pool_hdr.first_node; by root's pool programs */
	__u64 nr_throttled;	/* periods of cpu.max in which it was used up */
	__u64 nr_periods;	/* of cpu.max that began; by who moves period_end on */
	__u64 throttled_ns;	/* for so long it was not let run */
	__u32 owns;		/* it was given cids of its own; by root's pool programs, as is the next */
	__u32 barred;		/* but its cgroup's cpuset has none of them */
	__u64 pad1;

	__u64 quota_ns;		/* CPU time in each period */
	__u64 period_ns;
	__u64 burst_ns;		/* of what was left over, so much may be used later */
	__u64 used_ns;		/* charged to it and all beneath it since it is limited */
	__u64 reserved_ns;	/* for cids that run its tasks now */
	__u64 allowed_ns;	/* up to where used_ns may grow */
	__u64 period_end;
	__u64 parked_at;	/* ns: since when it is not let run; 0: it is */
	__u64 pad2;
};

/*
 * Written by root's callbacks for that cid, under its rq lock; read by everybody. What is near a cid, and its CPU, by root
 * when it starts: cids are ordered by topology, so each core, last-level cache and node is a range, from the first cid up
 * to the end.
 */
struct cid_state {
	__u32 online;		/* 0: the CPU is unplugged */
	__u32 entity;		/* whose task was sent here last (by everybody) */
	__u64 run;		/* and from which place, and of what weight: see place_runs() (by everybody) */
	__u64 task_vtime;	/* that task's (by everybody) */
	__u64 nr_dispatch;	/* calls of root's dispatch */
	__u64 nr_idle;		/* times that the cid went idle */
	__u64 held_ns;		/* CPU time that a foreign scheduler's task has had here since it got the cid */
	__u64 interrupted_at;	/* ns: when a task was last interrupted here by one of its own group (by everybody) */
	__u64 due;		/* ns: when to look for work again; 0: when somebody has some */

	/* what root's dispatch tells the schedulers beneath it that it asks */
	__u64 turn;		/* arena address of the one task context that is wanted, see turns.bpf.h; 0: any */
	__s32 from;		/* the tasks that are bound to this cid are wanted; -1: those that are bound to none */
	__u32 settling;		/* the task that ran is to be charged, and no task dispatched */
	/* see bandwidth.bpf.h */
	__u64 reserved_ns;	/* of the task's entity and of those above it */
	__u32 reserved_for;	/* that entity */
	__u32 owner;		/* entity number of the node that has the cid as its own, 0: nobody; in effect, see cids.bpf.h */
	/* see turns.bpf.h */
	__u64 looked_at;	/* ns: when it last looked for tasks that have waited for too long */
	__u32 look_entity, look_task;	/* and where it goes on */
	__u64 credit_ns;	/* CPU time that such tasks may have here */
	__u64 lent_at;		/* ns: when another than the owner was last asked first */

	__u16 core, core_end;
	__u16 llc, llc_end;
	__u16 node, node_end;
	__u16 cpu;
	__u16 turn_again;	/* the last look found one: there may be more */
	__u64 bound_vtime;	/* CPU time here of tasks that are bound to it, ns, scaled by the weights that compete */
	__u64 other_vtime;	/* and of the others, while such a task waits */
	__u32 given;		/* the deepest node that was given the cid as its own, 0: none (by root's pool programs) */
	__u32 pad0;
	__u64 pad1[3];

	struct place bound;	/* root's, for this cid */
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
	__u64 idle;		/* arena address of a struct scx_cmask: idle cids */
	__u64 places;		/* of the table of places on cids */
	__u32 nr_entities;	/* slots of either table */
	__u32 nr_places;	/* places handed out at least once */
	__u64 free_places;	/* those given back: a list by sibling. Both under the lock of place 0 */
	__u32 nr_limited;	/* entities that have a cpu.max; atomic additions */
	__u32 nr_owned;		/* cids that have an owner */
	__s32 nr_roaming;	/* tasks that wait bound to one cid, and may run on others; atomic additions */
	__u32 nr_groups;	/* entities of cgroups; atomic additions */
	__u32 nr_left_out;	/* cgroups that got none; atomic additions */
	__u32 next_slot;	/* where the search for a free slot goes on; a hint */
	__u32 first_node;	/* entity number: all nodes but root are a list by next_node; 0 ends it */
	__u32 unsettled;	/* until then (s) the kernel may hold tasks of which no queue tells; by everybody */
	__u32 grants;		/* grows when nodes may use other cids than before; see sub_regrant() */
	__u32 pad0;
	__u64 pad1[7];
};

#define POOL_HDR_ADDR		(POOL_BASE + POOL_PAGE)
#define POOL_CIDS_ADDR		(POOL_HDR_ADDR + POOL_PAGE)
#define POOL_ENTITIES_ADDR	(POOL_BASE + (2ull << 20))	/* behind the states of POOL_MAX_CIDS */

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
	__u64 charging;		/* the place to which what follows is to be charged */
	__u64 uncharged_ns;
	__u64 ecaps;		/* capabilities in effect on this cid (state, not a counter) */
	/* slab cache of this cid: see slab.bpf.h */
	__u64 slab_free;	/* arena address of the first free context */
	__u32 slab_nr_free;
	__u32 pad0;
	__u64 nr_slab_refill;	/* batches taken from the common list */

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
	__u32 granted;		/* pool_hdr.grants as it was when the owner last granted cids to those below; read at each dispatch */
	__u32 granting;		/* it does so now; with compare-and-exchange */
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
	__s64 nr_plain;		/* tasks that wait without a context */
	__u64 nr_turns;		/* tasks that had waited for too long and were let run for a moment */
	__u64 nr_lock_failed;	/* tasks that wait without a context because a queue's lock was not to be had */
	__u64 ctx_bytes;	/* of a task context, without the cmask behind it; by root's pool program */
	__u64 nr_children;	/* schedulers attached beneath the owner */
	__u64 ask_next;		/* the node to look at next, see dispatch_overlooked(); a hint */
	__u64 held;		/* arena address of a struct scx_cmask, scratch of who is granting: cids that a child can have */
	__u64 pad[6];
};

/*
 * What weight the root cgroup's tasks have together, as one group, among root's other groups, of which @heaviest is the highest
 * weight of a node: beside a node of 10,000 a hundredth of the machine would be too little for who logs in.
 */
static inline __u32 pool_own_weight(__u32 heaviest)
{
	return heaviest > 1000 ? heaviest / 10 : 100;
}

/* A cpu.weight on the kernel's scale, and cpu.idle, which is the weight of SCHED_IDLE. */
static inline __u32 pool_load_weight(__u32 weight, __u32 idle)
{
	__u32 load = (weight ? weight : 100) * 1024 / 100;

	return idle ? 3 : load;
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

/* Pages from page 0 to the first guard. */
static inline __u64 pool_head_pages(__u32 nr_cids)
{
	__u64 bytes = POOL_CIDS_ADDR - POOL_BASE + nr_cids * sizeof(struct cid_state) + pool_cmask_bytes(nr_cids);

	return (bytes + POOL_PAGE - 1) / POOL_PAGE;
}

/* How many groups a pool of so many pages is made for: an eighth of it is their tables. */
static inline __u32 pool_nr_entities(__u64 nr_pages)
{
	__u64 nr = nr_pages / 8 * POOL_PAGE / (sizeof(struct entity) + sizeof(struct place));

	return nr < POOL_MAX_ENTITIES ? nr : POOL_MAX_ENTITIES;
}

/* Pages of the tables of entities and places. */
static inline __u64 pool_table_pages(__u64 nr_pages)
{
	__u64 bytes = pool_nr_entities(nr_pages) * (sizeof(struct entity) + sizeof(struct place));

	return (bytes + POOL_PAGE - 1) / POOL_PAGE;
}

/* The first guard of all regions; the first region (root's own) is behind it. */
static inline __u64 pool_first_region(__u64 nr_pages)
{
	return POOL_ENTITIES_ADDR + (pool_table_pages(nr_pages) + 1) * POOL_PAGE;
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

/* The cpuset of an entity's cgroup leaves it none of its own cids, or some again. */
struct pool_bar_args {
	__u32 entity;
	__u32 barred;
	__s32 err;		/* -EINVAL: it has none */
};

_Static_assert(sizeof(struct rival) == 56, "as expected");
_Static_assert(sizeof(struct place) == 128, "two cache lines");
_Static_assert(sizeof(struct entity) == 320, "five cache lines");
_Static_assert(sizeof(struct cid_state) == 320, "five cache lines");
_Static_assert(POOL_ENTITIES_ADDR > POOL_CIDS_ADDR + POOL_MAX_CIDS * sizeof(struct cid_state) + 1024,
	       "room for all cids");
_Static_assert(sizeof(struct pool_hdr) == 192, "fixed place");
_Static_assert(sizeof(struct region_cid) == 320, "five cache lines: the last three are the waits");
_Static_assert(sizeof(struct region_hdr) == 256, "four cache lines");

#endif
