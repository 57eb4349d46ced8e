// SPDX-License-Identifier: GPL-2.0
#include "samples.h"

const struct sample *samples_newest(const struct samples *s)
{
	static const struct sample none;

	return s->nr ? &s->ring[(s->next + SAMPLES_NR - 1) % SAMPLES_NR] : &none;
}

/* The one to compare with: there are at least two. */
static const struct sample *oldest(const struct samples *s)
{
	unsigned int i = s->nr < SAMPLES_NR ? 0 : s->next, left = s->nr - 2;

	for (; left && samples_newest(s)->at_s - s->ring[i].at_s > SAMPLES_WINDOW_S; left--)
		i = (i + 1) % SAMPLES_NR;
	return &s->ring[i];
}

void samples_add(struct samples *s, const struct sample *now)
{
	s->ring[s->next] = *now;
	s->next = (s->next + 1) % SAMPLES_NR;
	if (s->nr < SAMPLES_NR)
		s->nr++;
}

/* What all but one in a hundred waited for less than: the end of the bucket in which that one is. */
static int64_t p99_wait_ns(const struct sample *then, const struct sample *now)
{
	uint64_t nr = 0, more = 0;

	for (unsigned int i = 0; i < POOL_WAITS; i++)
		nr += now->nr_waits[i] - then->nr_waits[i];
	/* one that was sent back is not counted there any more: the number may fall */
	if (now->nr_at_once > then->nr_at_once)
		nr += now->nr_at_once - then->nr_at_once;
	if (!nr)
		return -1;
	for (unsigned int i = POOL_WAITS; i-- > 0;) {
		more += now->nr_waits[i] - then->nr_waits[i];
		if (more * 100 > nr)
			return pool_wait_below_ns(i);
	}
	return 0;
}

struct usage samples_usage(const struct samples *s)
{
	const struct sample *then, *now = samples_newest(s);
	double seconds;

	if (s->nr < 2)
		return (struct usage){ .p99_wait_ns = -1 };
	then = oldest(s);
	seconds = now->at_s - then->at_s;
	if (seconds <= 0)
		return (struct usage){ .p99_wait_ns = -1 };
	return (struct usage){
		.cpus = (now->used_ns - then->used_ns) / 1e9 / seconds,
		.entitled = (now->entitled_s - then->entitled_s) / seconds,
		.p99_wait_ns = p99_wait_ns(then, now),
	};
}
