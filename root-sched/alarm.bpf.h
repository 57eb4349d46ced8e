/* SPDX-License-Identifier: GPL-2.0 */
/*
 * alarm.bpf.h: a timer for each cid, root's. It makes the cid look for work again: when the chunk that bandwidth.bpf.h
 * reserved for its task is used up, when the moment is over that turns.bpf.h gave it, or, on an idle cid, when an entity that
 * is parked may run again.
 *
 * Set by root's dispatch on the cid. An alarm that is not wanted any more is not cancelled (that would cost more) but told
 * to do nothing.
 */
#ifndef SCX_TREE_ALARM_BPF_H
#define SCX_TREE_ALARM_BPF_H

#include "bandwidth.bpf.h"

enum alarm_for {
	ALARM_NONE,
	ALARM_LOOK,		/* for work, if the cid is idle */
	ALARM_CHUNK,		/* of a task that is limited */
	ALARM_TURN,
};

struct cid_alarm {
	struct bpf_timer timer;
	u64 what;		/* enum alarm_for */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POOL_MAX_CIDS);
	__type(key, u32);
	__type(value, struct cid_alarm);
} alarms SEC(".maps");

static int alarm_rings(void *map, u32 *cid, struct cid_alarm *a)
{
	u64 what = a->what;

	/* a task that came to the cid without a dispatch has no chunk to be used up; a CPU that is gone must not be kicked */
	if (!what || !pool_cid(*cid)->online || (what == ALARM_CHUNK && !bandwidth_limits(pool_cid(*cid)->entity)))
		return 0;
	scx_bpf_kick_cid(*cid, what == ALARM_LOOK ? SCX_KICK_IDLE : SCX_KICK_PREEMPT);
	return 0;
}

/**
 * alarm_set - have a cid kicked after a while, or not any more
 */
static __always_inline void alarm_set(s32 cid, enum alarm_for what, u64 after_ns)
{
	u32 key = cid;
	struct cid_alarm *a = bpf_map_lookup_elem(&alarms, &key);

	if (!a)
		return;
	a->what = what;
	if (what)
		bpf_timer_start(&a->timer, after_ns, 0);
}

/* Make the alarms of all cids. Returns 0 or -errno. */
static __noinline s32 alarm_init(u32 nr_cids)
{
	u32 cid;
	s32 ret;

	bpf_for(cid, 0, nr_cids) {
		u32 key = cid;
		struct cid_alarm *a = bpf_map_lookup_elem(&alarms, &key);

		if (!a)
			return -ENOENT;
		ret = bpf_timer_init(&a->timer, &alarms, CLOCK_MONOTONIC) ?:
			      bpf_timer_set_callback(&a->timer, alarm_rings);
		if (ret)
			return ret;
	}
	return 0;
}

#endif
