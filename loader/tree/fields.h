/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fields.h: what a status has of a scheduler and of a cgroup, field by field: the structs of tree.h, the document (status.c)
 * and its types in the Varlink interface (interface.c) are made of these lists.
 *
 * FIELD(KIND, type, name) is a field, NOTE(text) tells of those behind it. Kinds: TEXT; NULLABLE, a text that may be NULL;
 * NUMBER; FLAG, a bool; and one each for what is more than that.
 */
#ifndef SCX_LOADER_FIELDS_H
#define SCX_LOADER_FIELDS_H

/* clang-format off */

/* Counters are totals since the attach, all of one moment. */
#define NODE_FIELDS(NOTE, FIELD)									\
	NOTE("The section of the hierarchy file; 'root' for the scheduler of the whole machine")	\
	FIELD(TEXT, const char *, name)									\
	NOTE("Below the cgroup2 mount; '/' for root")							\
	FIELD(TEXT, const char *, cgroup)								\
	NOTE("The name that the scheduler gives itself")						\
	FIELD(NULLABLE, const char *, sched)								\
	NOTE("The object file that it was loaded from")							\
	FIELD(NULLABLE, const char *, object)								\
	NOTE("The node above, null for root")								\
	FIELD(NULLABLE, const char *, parent)								\
	FIELD(NUMBER, unsigned int, depth)								\
	FIELD(STATE, enum node_state, state)								\
	NOTE("Whose cgroup it waits for, the node's own name or that of one above; null when it does not") \
	FIELD(NULLABLE, const char *, waits_for)							\
	NOTE("How its scheduler ended, null while it has not")						\
	FIELD(EXIT, struct exit_record, exit)								\
	NOTE("How it had ended when it was attached again, null when it was not")			\
	FIELD(EXIT, struct exit_record, last_exit)							\
	NOTE("How often it was attached again after an end")						\
	FIELD(NUMBER, unsigned int, nr_restarts)							\
	NOTE("cpu.weight of the cgroup")								\
	FIELD(NUMBER, uint32_t, weight)									\
	NOTE("cpu.max and cpu.max.burst of the cgroup; a quota of 0 is no limit")			\
	FIELD(NUMBER, uint64_t, quota_us)								\
	FIELD(NUMBER, uint64_t, period_us)								\
	FIELD(NUMBER, uint64_t, burst_us)								\
	NOTE("Periods of cpu.max that began, those in which it was used up, and for how long the cgroup was kept from running") \
	FIELD(NUMBER, uint64_t, nr_periods)								\
	FIELD(NUMBER, uint64_t, nr_throttled)								\
	FIELD(NUMBER, uint64_t, throttled_usec)								\
	NOTE("The cids that are its own, and which CPUs these are, as in '0-1,7'; null when it has none; and how many") \
	FIELD(NULLABLE, char *, cids)									\
	FIELD(NULLABLE, char *, cpus)									\
	FIELD(NUMBER, uint32_t, nr_cids)								\
	NOTE("It can use none of them now, and competes for all CPUs")					\
	FIELD(FLAG, bool, widened)									\
	NOTE("Its own tasks now; of them in its queue, on a CPU")					\
	FIELD(NUMBER, uint64_t, nr_tasks)								\
	FIELD(NUMBER, uint64_t, nr_queued)								\
	FIELD(NUMBER, uint64_t, nr_running)								\
	NOTE("Of the last seconds, in thousandths of a CPU: what it and all beneath it should have had by weight, and had") \
	FIELD(NUMBER, uint32_t, entitled_milli)								\
	FIELD(NUMBER, uint32_t, delivered_milli)							\
	NOTE("Of its tasks that woke up in the last seconds, 99 of 100 waited for less; 0: not at all; null: none woke up") \
	FIELD(WAIT, int64_t, p99_wait_ns)	/* -1: none woke up */					\
	NOTE("Totals since the scheduler was attached")							\
	FIELD(NUMBER, uint64_t, nr_enqueued)								\
	FIELD(NUMBER, uint64_t, nr_dispatched)								\
	FIELD(NUMBER, uint64_t, nr_direct)								\
	NOTE("Those of nr_direct that interrupted another node's task, because they were woken and it was ahead") \
	FIELD(NUMBER, uint64_t, nr_preempt)								\
	FIELD(NUMBER, uint64_t, nr_kept)								\
	FIELD(NUMBER, uint64_t, nr_reenq)								\
	FIELD(NUMBER, uint64_t, nr_reenq_cap)								\
	FIELD(NUMBER, uint64_t, nr_rescued)								\
	FIELD(NUMBER, uint64_t, nr_degraded)								\
	FIELD(NUMBER, uint64_t, nr_full)								\
	NOTE("Queued contexts whose task was gone when its turn came: lost, if it was not")		\
	FIELD(NUMBER, uint64_t, nr_orphans)								\
	NOTE("Tasks that woke up and waited for a CPU: for less than 1.024 us, then in each for less than twice as long") \
	FIELD(WAITS, node_waits, nr_waits)								\
	NOTE("CPU time charged to its tasks")								\
	FIELD(NUMBER, uint64_t, used_ns)								\
	NOTE("Task contexts; the stride is the bytes from one to the next")				\
	FIELD(NUMBER, uint64_t, slab_used)								\
	FIELD(NUMBER, uint64_t, slab_high)								\
	FIELD(NUMBER, uint64_t, slab_capacity)								\
	FIELD(NUMBER, uint64_t, slab_stride)								\
	NOTE("Its range of the pool: arena address, pages")						\
	FIELD(NUMBER, uint64_t, region)									\
	FIELD(NUMBER, uint64_t, region_pages)								\
	NOTE("Bytes of the kernel's pool for it in the arena, and of them in use; 0 when the kernel does not tell") \
	FIELD(NUMBER, uint64_t, kernel_bytes)								\
	FIELD(NUMBER, uint64_t, kernel_used)								\
	NOTE("Its scheduler is not of this tree: of its tasks only CPU time and dispatches are known")	\
	FIELD(FLAG, bool, foreign)									\
	NOTE("The loader made the cgroup and will remove it")						\
	FIELD(FLAG, bool, made_cgroup)									\
	NOTE("The cpu controller of its cgroup was taken away: its weight does not count")		\
	FIELD(FLAG, bool, unweighed)									\
	NOTE("It is not what the hierarchy file says now")						\
	FIELD(FLAG, bool, differs)

/* A cgroup that is no node, and has a cpu.max: what is not in the status of a node. */
#define GROUP_FIELDS(NOTE, FIELD)									\
	NOTE("Below the cgroup2 mount")									\
	FIELD(TEXT, char *, cgroup)									\
	FIELD(NUMBER, uint64_t, nr_periods)								\
	FIELD(NUMBER, uint64_t, nr_throttled)								\
	FIELD(NUMBER, uint64_t, throttled_usec)

/* Of a struct */
#define FIELD_DECLARE(kind, type, name)	type name;
#define FIELD_NO_NOTE(text)

/* clang-format on */

#endif
