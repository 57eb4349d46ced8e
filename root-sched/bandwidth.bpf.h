/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bandwidth.bpf.h: cpu.max of cgroups, nodes or not: how much CPU time an entity and all beneath it may use in each period.
 *
 * An entity has used_ns, the CPU time charged to it since it has a limit, and allowed_ns, up to where used_ns may grow. At
 * the end of a period allowed_ns grows by the quota, to no more than quota and burst above what is used: what was
 * overdrawn is paid back, what was left over is lost but for the burst. No timer does that: whoever wants to know whether
 * an entity may run brings it up to date first.
 *
 * What a task has run is charged when its slice ends, too late to stop at the quota. So a task of a limited entity is only
 * started by root's dispatch (it is queued though it could be placed at once), and there a *chunk* of what is left is
 * reserved for the cid, on every level; root's alarm (alarm.bpf.h) interrupts the cid when the chunk is used up. The next
 * dispatch of the cid has the task that ran charged (sub_settle), whoever's it is, and gives back the chunk. So all cids
 * together use no more than the quota, but for the latency of a timer.
 *
 * An entity that may not run is parked: out of the heap of its queue until there is quota again (dispatch.bpf.h). A task of
 * its that waits for too long all the same gets a moment on credit, as any other does: see turns.bpf.h.
 *
 * Who has no limit, and lies beneath none, pays for none of this: `limits` counts them.
 *
 * Writers: quota, period and burst by the cpuctl callbacks, which the kernel serialises; used_ns and reserved_ns by everybody,
 * with atomic additions; allowed_ns by who moves period_end on, with compare-and-exchange.
 */
#ifndef SCX_TREE_BANDWIDTH_BPF_H
#define SCX_TREE_BANDWIDTH_BPF_H

#include "queue.bpf.h"

#define BANDWIDTH_CHUNK_NS	4000000ull
#define BANDWIDTH_MIN_NS	20000ull	/* about what an interrupt and two switches take */
#define BANDWIDTH_MISSED	1024		/* periods that are made up for at most, so that nothing overflows */
#define BANDWIDTH_NO_QUOTA	(~0ull)		/* the kernel's RUNTIME_INF */

/* Is an entity, or one above it, limited? */
static __always_inline bool bandwidth_limits(u32 nr)
{
	return pool_entity_at(nr)->limits;
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
 * bandwidth_due - when an entity may be given a cid, as far as its own limit goes
 * @now: scx_bpf_now()
 *
 * Returns 0 when it may now; else when to look again, which is sooner than the next period when what is left is all reserved
 * for cids that may not need it.
 */
static __noinline u64 bandwidth_due(u32 nr, u64 now)
{
	entity_t *e = pool_entity_at(nr);

	if (!e->limited)
		return 0;
	bandwidth_refill(e, now);
	if ((s64)(e->allowed_ns - e->used_ns - e->reserved_ns) > 0)
		return 0;
	return (s64)(e->allowed_ns - e->used_ns) > 0 ? now + BANDWIDTH_CHUNK_NS : e->period_end;
}

/* May a task of an entity be started now, as far as the limits on its way up go? */
static __always_inline bool bandwidth_left(u32 nr)
{
	u64 now = scx_bpf_now();
	u32 i;

	bpf_for(i, 0, POOL_MAX_LEVELS) {
		if (!nr || !pool_entity_at(nr)->limits)
			break;
		if (bandwidth_due(nr, now))
			return false;
		nr = pool_entity_at(nr)->parent;
		barrier_var(nr);
	}
	return true;
}

/* An entity is parked, or let run again. For the time that status tells. */
static __always_inline void bandwidth_parked(entity_t *e, u64 now)
{
	if (!e->parked_at)
		e->parked_at = now;
}

static __always_inline void bandwidth_unparked(entity_t *e, u64 now)
{
	u64 since = e->parked_at;

	e->parked_at = 0;
	if (since && (s64)(now - since) > 0)
		e->throttled_ns += now - since;
}

/* A cid that goes idle now is to look again then. */
static __always_inline void bandwidth_wait(s32 cid, u64 due)
{
	cid_state_t *c = pool_cid(cid);

	if (!c->due || (s64)(due - c->due) < 0)
		c->due = due;
}

/* Reserve on every level, or give back. */
static __noinline void bandwidth_reserve(u32 nr, s64 ns)
{
	u32 i;

	bpf_for(i, 0, POOL_MAX_LEVELS) {
		entity_t *e = pool_entity_at(nr);

		if (!nr)
			break;
		if (e->limited) {
			__sync_fetch_and_add(&e->reserved_ns, ns);
			/* the next dispatch is to see what that left over */
			if (ns < 0 && e->parked_at)
				place_at(e->machine.up)->queue.parked_until = 0;
		}
		nr = e->parent;
		barrier_var(nr);
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
	s64 chunk = BANDWIDTH_CHUNK_NS;

	if (!bandwidth_limits(nr))
		return 0;
	c->reserved_for = nr;
	bpf_for(i, 0, POOL_MAX_LEVELS) {
		entity_t *e = pool_entity_at(nr);
		s64 left = e->allowed_ns - e->used_ns - e->reserved_ns;

		if (!nr)
			break;
		if (e->limited && left < chunk)
			chunk = left;
		nr = e->parent;
		barrier_var(nr);
	}
	if (chunk < (s64)BANDWIDTH_MIN_NS)
		chunk = BANDWIDTH_MIN_NS;
	bandwidth_reserve(c->reserved_for, chunk);
	c->reserved_ns = chunk;
	return chunk;
}

/* Is this entity the other, or beneath it? (As group_is_in(), which comes later.) */
static __always_inline bool bandwidth_is_below(u32 nr, u32 top, u32 depth)
{
	while (nr && pool_entity_at(nr)->depth > depth && can_loop)
		nr = pool_entity_at(nr)->parent;
	return nr == top;
}

/* An entity is limited now, or not any more: those beneath it have one limit more or less above them. */
static __noinline void bandwidth_count(u32 nr, s32 delta)
{
	u32 depth = pool_entity_at(nr)->depth, i;

	__sync_fetch_and_add(&pool_hdr()->nr_limited, delta);
	bpf_for(i, ENTITY_FIRST, pool_hdr()->nr_entities) {
		entity_t *e = pool_entity_at(i);

		if (e->state != ENTITY_FREE && e->depth >= depth && bandwidth_is_below(i, nr, depth))
			e->limits += delta;
	}
}

/**
 * bandwidth_set - limit an entity
 * @period_us, @quota_us, @burst_us: as in cpu.max and cpu.max.burst; a quota of BANDWIDTH_NO_QUOTA is no limit
 *
 * What is set already is left alone: a cgroup that goes from one scheduler to another has no new period.
 */
static __noinline void bandwidth_set(u32 nr, u64 period_us, u64 quota_us, u64 burst_us)
{
	entity_t *e = pool_entity_at(nr);
	u32 limited = quota_us != BANDWIDTH_NO_QUOTA && period_us, was = e->limited;
	u64 most_us = period_us * POOL_MAX_CIDS;	/* so that nothing overflows: no machine has more to give */

	if (quota_us > most_us)
		quota_us = most_us;
	if (burst_us > most_us)
		burst_us = most_us;
	if (!limited && !was)
		return;
	if (limited && was && e->period_ns == period_us * 1000 && e->quota_ns == quota_us * 1000 &&
	    e->burst_ns == burst_us * 1000)
		return;
	e->period_ns = period_us * 1000;
	e->quota_ns = limited ? quota_us * 1000 : 0;
	e->burst_ns = limited ? burst_us * 1000 : 0;
	e->allowed_ns = e->used_ns + e->quota_ns;
	e->period_end = scx_bpf_now() + e->period_ns;
	e->limited = limited;
	if (was != limited)
		bandwidth_count(nr, limited ? 1 : -1);
}

#endif
