// SPDX-License-Identifier: GPL-2.0
/* test_groups.c: what work each group and each scheduler has, in a small pool that is made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "loader/tree/groups.h"

#define NR_ENTITIES	16
#define NR_CIDS		4

enum { WEB = ENTITY_FIRST, WEB_MAIN, BATCH, BATCH_JOB, BATCH_WORK, ALIEN, ALIEN_CHILD, ENDED, NOBODY };

static struct pool_hdr hdr;
static struct entity entities[NR_ENTITIES];
static struct cid_state cids[NR_CIDS];
static struct place bound[2 * NR_CIDS];
static struct region_hdr regions[NR_ENTITIES];
static uint64_t idle[2 + NR_CIDS / 64 + 1];

static void entity(uint32_t nr, enum entity_state state, uint32_t parent, uint32_t sched, int64_t queued)
{
	entities[nr] = (struct entity){ .state = state,
					.parent = parent,
					.sched = sched,
					.depth = nr ? entities[parent].depth + 1 : 0,
					.machine.queue.nr = queued };
	if (state == ENTITY_ATTACHED || state == ENTITY_RESERVED)
		entities[nr].region = (uint64_t)&regions[nr];
}

/*
 * /web and /web/batch are nodes, /web/main and two groups of /web/batch are none. /alien has a foreign scheduler. That of
 * /ended has ended.
 */
static int make_pool(void **)
{
	memset(regions, 0, sizeof(regions));
	memset(entities, 0, sizeof(entities));
	memset(idle, 0, sizeof(idle));
	hdr = (struct pool_hdr){ .nr_entities = NR_ENTITIES, .nr_cids = NR_CIDS, .idle = (uint64_t)idle };
	entity(ENTITY_ROOT, ENTITY_ATTACHED, 0, 0, 4);
	entity(ENTITY_KERNEL, ENTITY_PLAIN, 0, 0, 1);
	entity(ENTITY_OWN, ENTITY_PLAIN, 0, 0, 2);
	entity(WEB, ENTITY_ATTACHED, 0, WEB, 2);
	entity(WEB_MAIN, ENTITY_PLAIN, WEB, WEB, 5);
	entity(BATCH, ENTITY_ATTACHED, WEB, BATCH, 2);
	entity(BATCH_JOB, ENTITY_PLAIN, BATCH, BATCH, 7);
	entity(BATCH_WORK, ENTITY_PLAIN, BATCH, BATCH, 1);
	entity(ALIEN, ENTITY_ATTACHED, 0, ALIEN, 1);
	entities[ALIEN].foreign = 1;
	entities[ALIEN].wants = 1;
	entity(ALIEN_CHILD, ENTITY_PLAIN, ALIEN, ALIEN, 0);
	entity(ENDED, ENTITY_RESERVED, 0, 0, 3);
	for (uint32_t cid = 0; cid < NR_CIDS; cid++)
		cids[cid] = (struct cid_state){ .online = 1, .cpu = cid + 10, .entity = BATCH_JOB };
	return 0;
}

static void check(uint32_t nr, int64_t waiting, int64_t running, int64_t sched_waiting, int64_t sched_running)
{
	struct pool_groups g;
	const struct pool_group *group;

	groups_read(&hdr, entities, cids, -1, &g);
	assert_int_equal(g.nr, NR_ENTITIES);
	group = &g.list[nr];
	assert_int_equal(group->own.waiting, waiting);
	assert_int_equal(group->own.running, running);
	assert_int_equal(group->sched_own.waiting, sched_waiting);
	assert_int_equal(group->sched_own.running, sched_running);
	groups_free(&g);
}

/* A group's queue has tasks; that of a group with children has the children. */
static void test_waiting(void **)
{
	check(ENTITY_ROOT, 0, 0, 6, 0);
	check(ENTITY_OWN, 2, 0, 0, 0);
	check(WEB, 0, 0, 5, 0);
	check(WEB_MAIN, 5, 0, 0, 0);
	check(BATCH, 0, 0, 8, 4);
	check(BATCH_JOB, 7, 4, 0, 0);
	check(ENDED, 3, 0, 0, 0);
	check(NOBODY, 0, 0, 0, 0);
	entities[BATCH_WORK].machine.queue.nr = -1;
	check(BATCH_WORK, 0, 0, 0, 0);
}

/* Tasks that are bound to a cid are in a queue of their own; a list that leads nowhere ends all the same. */
static void test_bound(void **)
{
	for (size_t i = 0; i < 2 * NR_CIDS; i++)
		bound[i] = (struct place){ .queue.nr = 10, .sibling = (uint64_t)&bound[(i + 1) % (2 * NR_CIDS)] };
	bound[1].sibling = 0;
	entities[WEB_MAIN].places = (uint64_t)&bound[0];
	check(WEB_MAIN, 25, 0, 0, 0);
	check(WEB, 0, 0, 25, 0);
	entities[WEB_MAIN].places = (uint64_t)&bound[2];
	check(WEB_MAIN, 45, 0, 0, 0);
}

/* Of a task without a context only the scheduler is known. */
static void test_plain(void **)
{
	regions[BATCH].nr_plain = 3;
	check(BATCH, 3, 0, 11, 4);
	regions[BATCH].nr_plain = -3;
	check(BATCH, 0, 0, 8, 4);
}

static void test_foreign(void **)
{
	check(ALIEN, 1, 0, 1, 0);
	entities[ALIEN].wants = 0;
	check(ALIEN, 0, 0, 0, 0);
	cids[0].entity = ALIEN;
	check(ALIEN, 0, 1, 0, 1);
}

static void test_running(void **)
{
	struct pool_groups g;

	cids[0].online = 0;
	idle[2] = 1 << 3;
	check(BATCH_JOB, 7, 2, 0, 0);
	cids[1].entity = WEB_MAIN;
	check(BATCH, 0, 0, 8, 1);
	check(WEB, 0, 0, 5, 1);
	cids[1].entity = NOBODY;
	check(WEB, 0, 0, 5, 0);
	cids[1].entity = NR_ENTITIES;
	check(WEB, 0, 0, 5, 0);
	/* but on one CPU */
	groups_read(&hdr, entities, cids, 12, &g);
	assert_int_equal(g.list[BATCH].sched_own.running, 0);
	groups_free(&g);
}

/* A slot that is being filled is passed over. */
static void test_torn(void **)
{
	entities[BATCH_WORK].parent = NR_ENTITIES;
	check(BATCH, 0, 0, 7, 4);
	entities[BATCH_JOB].sched = NR_ENTITIES;
	check(BATCH, 2, 0, 2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_waiting, make_pool), cmocka_unit_test_setup(test_bound, make_pool),
		cmocka_unit_test_setup(test_plain, make_pool),	 cmocka_unit_test_setup(test_foreign, make_pool),
		cmocka_unit_test_setup(test_running, make_pool), cmocka_unit_test_setup(test_torn, make_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
