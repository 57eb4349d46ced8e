/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bandwidth.bpf.h: cpu.max of the nodes' cgroups: how much CPU time an entity and all beneath it may use in each period.
 *
 * An entity has used_ns, the CPU time charged to it since it has a limit, and allowed_ns, up to where used_ns may grow. At
 * the end of a period allowed_ns grows by the quota, to no more than quota and burst above what is used: what was
 * overdrawn is paid back, what was left over is lost but for the burst. No timer does that: whoever wants to know whether
 * an entity may run brings it up to date first.
 *
 * What a task has run is charged when its slice ends, too late to stop at the quota. So a task of a limited entity is only
 * started by root's dispatch (a limited node queues what it could place at once), and there a *chunk* of what is left is
 * reserved for the cid, on every level; root's alarm (alarm.bpf.h) interrupts the cid when the chunk is used up. The next
 * dispatch of the cid has the task that ran charged (sub_settle), whoever's it is, and gives back the chunk. So all cids
 * together use no more than the quota, but for the latency of a timer.
 *
 * An entity that may not run is skipped by its parent's dispatch, see delegation.bpf.h. Its tasks must not wait until the
 * kernel's watchdog ends their scheduler: each gets its *turn* in TURN_NS, whatever the quota, on credit.
 *
 * Writers: quota, period and burst by ops.cpuctl_set_bandwidth, sub_attach and sub_detach of the parent; used_ns and
 * reserved_ns by everybody, with atomic additions; allowed_ns by who moves period_end on, with compare-and-exchange.
 */
#ifndef SCX_TREE_BANDWIDTH_BPF_H
#define SCX_TREE_BANDWIDTH_BPF_H

#include "pool.bpf.h"

#define BANDWIDTH_CHUNK_NS	4000000ull
#define BANDWIDTH_MIN_NS	20000ull	/* about what an interrupt and two switches take */
#define BANDWIDTH_MISSED	1024		/* periods that are made up for at most, so that nothing overflows */
#define BANDWIDTH_NO_QUOTA	(~0ull)		/* the kernel's RUNTIME_INF */
#define ENTITY_MAX_LEVELS	4		/* SCX_SUB_MAX_DEPTH: root and three below */

/* Is an entity, or one above it, limited? */
static __always_inline bool bandwidth_limits(u32 nr)
{
	u32 i;

	if (!pool_hdr()->nr_limited)
		return false;
	for (i = 0; i < ENTITY_MAX_LEVELS - 1; i++) {
		entity_t *e = pool_entity_at(nr);

		if (e->limited)
			return true;
		nr = e->parent;
	}
	return false;
}

/* Begin the period that it is time for. */
static __always_inline void bandwidth_refill(entity_t *e, u64 now)
{
	u64 end = e->period_end, used = e->used_ns + e->reserved_ns, missed, allowed, most;

	if ((s64)(now - end) < 0)
		return;
	missed = (now - end) / e->period_ns + 1;
	if (__sync_val_compare_and_swap(&e->period_end, end, end + missed * e->period_ns) != end)
		return;
	e->nr_periods += missed;
	if ((s64)(used - e->allowed_ns) >= 0)
		e->nr_throttled++;
	allowed = e->allowed_ns + e->quota_ns * (missed < BANDWIDTH_MISSED ? missed : BANDWIDTH_MISSED);
	most = used + e->quota_ns + e->burst_ns;
	e->allowed_ns = (s64)(most - allowed) < 0 ? most : allowed;
}

/**
 * bandwidth_due - when an entity may be given a cid
 * @now: scx_bpf_now()
 *
 * Returns 0 when it may now; else when to look again, which is sooner than the next period when a task's turn comes
 * before, or when what is left is all reserved for cids that may not need it.
 */
static __noinline u64 bandwidth_due(u32 nr, u64 now)
{
	entity_t *e = pool_entity_at(nr);
	u64 queued, turn, end;

	if (!e->limited)
		return 0;
	bandwidth_refill(e, now);
	if ((s64)(e->allowed_ns - e->used_ns - e->reserved_ns) > 0)
		return 0;
	queued = e->nr_queued;
	turn = e->ran_at + TURN_NS / ((s64)queued > 0 ? queued : 1);
	if ((s64)(now - turn) >= 0)
		return 0;
	end = (s64)(e->allowed_ns - e->used_ns) > 0 ? now + BANDWIDTH_CHUNK_NS : e->period_end;
	return (s64)(turn - end) < 0 ? turn : end;
}

/* May an entity be given a cid now? */
static __always_inline bool bandwidth_may_run(u32 nr)
{
	return !pool_entity_at(nr)->limited || !bandwidth_due(nr, scx_bpf_now());
}

/* May a task of an entity be started now, as far as the limits on its way up go? */
static __always_inline bool bandwidth_left(u32 nr)
{
	u64 now = scx_bpf_now();
	u32 i;

	for (i = 0; nr && i < ENTITY_MAX_LEVELS - 1; i++) {
		if (bandwidth_due(nr, now))
			return false;
		nr = pool_entity_at(nr)->parent;
	}
	return true;
}

/* A cid that goes idle now is to look again then. */
static __always_inline void bandwidth_wait(s32 cid, u64 due)
{
	cid_state_t *c = pool_cid(cid);

	if (!c->due || (s64)(due - c->due) < 0)
		c->due = due;
}

/* Reserve on every level, or give back. */
static __always_inline void bandwidth_reserve(u32 nr, s64 ns)
{
	u32 i;

	for (i = 0; nr && i < ENTITY_MAX_LEVELS - 1; i++) {
		entity_t *e = pool_entity_at(nr);

		__sync_fetch_and_add(&e->reserved_ns, ns);
		/* the parent's next dispatch is to see what that left over */
		if (ns < 0 && e->place == HEAP_PARKED)
			pool_entity_at(e->parent)->parked_until = 0;
		nr = e->parent;
	}
}

/* Give back what is reserved for a cid: by its dispatch, or because the entity goes. */
static __always_inline void bandwidth_release(cid_state_t *c)
{
	u64 ns = __sync_lock_test_and_set(&c->reserved_ns, 0);

	if (ns)
		bandwidth_reserve(c->reserved_for, -ns);
}

/**
 * bandwidth_grant - reserve the next chunk for the entity whose task a cid has been given
 *
 * Returns the chunk, ns; 0 when nothing limits the entity.
 */
__noinline u64 bandwidth_grant(s32 cid)
{
	cid_state_t *c = pool_cid(cid);
	u32 nr = c->entity, i;
	u64 now = scx_bpf_now();
	s64 chunk = BANDWIDTH_CHUNK_NS;

	if (!bandwidth_limits(nr))
		return 0;
	c->reserved_for = nr;
	for (i = 0; i < ENTITY_MAX_LEVELS - 1; i++) {
		entity_t *e = pool_entity_at(nr);
		s64 left = e->allowed_ns - e->used_ns - e->reserved_ns;

		if (e->limited) {
			e->ran_at = now;
			if (left < chunk)
				chunk = left;
		}
		nr = e->parent;
	}
	if (chunk < (s64)BANDWIDTH_MIN_NS)
		chunk = BANDWIDTH_MIN_NS;
	bandwidth_reserve(c->reserved_for, chunk);
	c->reserved_ns = chunk;
	return chunk;
}

/**
 * bandwidth_set - limit an entity
 * @period_us, @quota_us, @burst_us: as in cpu.max and cpu.max.burst; a quota of BANDWIDTH_NO_QUOTA is no limit
 */
static __noinline void bandwidth_set(u32 nr, u64 period_us, u64 quota_us, u64 burst_us)
{
	entity_t *e = pool_entity_at(nr);
	u32 limited = quota_us != BANDWIDTH_NO_QUOTA && period_us;
	u64 most_us = period_us * POOL_MAX_CIDS;	/* so that nothing overflows: no machine has more to give */

	if (quota_us > most_us)
		quota_us = most_us;
	if (burst_us > most_us)
		burst_us = most_us;
	e->period_ns = period_us * 1000;
	e->quota_ns = limited ? quota_us * 1000 : 0;
	e->burst_ns = limited ? burst_us * 1000 : 0;
	e->allowed_ns = e->used_ns + e->quota_ns;
	e->period_end = scx_bpf_now() + e->period_ns;
	if (e->limited == limited)
		return;
	e->limited = limited;
	__sync_fetch_and_add(&pool_hdr()->nr_limited, limited ? 1 : -1);
}

/* The quota that a cgroup has already when its scheduler attaches: no callback tells it. */
static __noinline void bandwidth_attach(u32 nr, u64 cgroup_id)
{
	struct cgroup *cgrp = bpf_cgroup_from_id(cgroup_id);
	struct cgroup_subsys_state *css;

	if (!cgrp)
		return;
	css = BPF_CORE_READ(cgrp, subsys[bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id)]);
	if (css) {
		struct task_group *tg = container_of(css, struct task_group, css);

		bandwidth_set(nr, BPF_CORE_READ(tg, scx.bw_period_us), BPF_CORE_READ(tg, scx.bw_quota_us),
			      BPF_CORE_READ(tg, scx.bw_burst_us));
	}
	bpf_cgroup_release(cgrp);
}

/* An entity goes: so does its limit, and what is reserved for its tasks. */
static __noinline void bandwidth_detach(u32 nr)
{
	u32 nr_cids = pool_hdr()->nr_cids, cid;

	bandwidth_set(nr, 0, BANDWIDTH_NO_QUOTA, 0);
	bpf_for(cid, 0, nr_cids)
		if (pool_cid(cid)->reserved_for == nr)
			bandwidth_release(pool_cid(cid));
}

#endif
