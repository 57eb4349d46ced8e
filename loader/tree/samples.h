/* SPDX-License-Identifier: GPL-2.0 */
/*
 * samples.h: what a scheduler did in the last seconds, from a few looks at its counters.
 *
 * The last SAMPLES_NR samples stay: the newest less the oldest that is not older than SAMPLES_WINDOW_S is what happened
 * meanwhile. Knows nothing of the kernel.
 */
#ifndef SCX_LOADER_SAMPLES_H
#define SCX_LOADER_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "root-sched/pool_abi.h"

#define SAMPLES_NR		26
#define SAMPLES_WINDOW_S	5.1

/* Counters: they only grow. */
struct sample {
	double at_s;
	uint64_t used_ns;
	uint64_t nr_at_once; /* tasks that were placed without queueing */
	uint64_t nr_waits[POOL_WAITS];
	double entitled_s; /* CPU seconds that it was entitled to; usage.c's */
};

struct samples {
	struct sample ring[SAMPLES_NR];
	unsigned int nr, next;
};

/* What happened in the last seconds. */
struct usage {
	double cpus, entitled; /* that its tasks had; that it and all beneath it should have had */
	int64_t p99_wait_ns;   /* 99 of 100 that woke up waited for less; 0: not at all; -1: none woke up */
};

/* The last one taken; all zeroes when there is none. */
const struct sample *samples_newest(const struct samples *s);

void samples_add(struct samples *s, const struct sample *now);

struct usage samples_usage(const struct samples *s);

#endif
