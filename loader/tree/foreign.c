// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "foreign.h"
#include "pins.h"
#include "sched.h"

#define ARENA_BYTES		(1ull << 32)
#define PROG_ASSOC_STRUCT_OPS	38	/* enum bpf_cmd, from Linux 7.0 */

/* A variable that the object need not have. */
static int set_if_there(struct object *obj, const char *name, uint64_t value)
{
	int r = object_set_u64(obj, name, value);

	return r == -ENOENT ? 0 : r;
}

/* Where nothing of this process lies yet. An arena begins with its first page, and the kernel maps nothing else so low. */
static uint64_t free_addresses(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
	uint64_t addr = POOL_BASE;
	void *page;

	do {
		addr += ARENA_BYTES;
		page = mmap((void *)addr, POOL_PAGE, PROT_NONE, flags, -1, 0);
	} while (page == MAP_FAILED && errno == EEXIST);
	if (page != MAP_FAILED)
		munmap(page, POOL_PAGE);
	return addr;
}

int foreign_prepare(struct object *obj, uint64_t cgroup_id, uint32_t max_tasks)
{
	int r = object_place_arena(obj, free_addresses());

	r = r ?: set_if_there(obj, "sub_cgroup_id", cgroup_id);
	return r ?: set_if_there(obj, "max_tasks", max_tasks);
}

/* Calls of a program that is no callback of the scheduler are that scheduler's only once this is said. */
static int associate(int prog_fd, int ops_fd)
{
	struct {
		uint32_t map_fd, prog_fd, flags;
	} attr = { .map_fd = ops_fd, .prog_fd = prog_fd };

	return syscall(SYS_bpf, PROG_ASSOC_STRUCT_OPS, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

/* What the link of a program is pinned as. */
static const char *link_name(char *name, size_t size, size_t i)
{
	snprintf(name, size, "%s-link", object_part_name(PART_FOREIGN_CHARGE + i));
	return name;
}

static int watch_start(struct sched *root)
{
	const struct object *obj = root->obj;
	char name[64];

	for (size_t i = 0; i < FOREIGN_PROGS; i++) {
		int prog = obj->part[PART_FOREIGN_CHARGE + i], r;

		if (root->watch[i] >= 0)
			continue;
		r = prog < 0 ? -ENOENT : associate(prog, obj->part[PART_OPS]);
		if (r)
			return r;
		root->watch[i] = bpf_link_create(prog, 0, BPF_TRACE_RAW_TP, NULL);
		if (root->watch[i] < 0)
			return -errno;
		r = pins_put(root, link_name(name, sizeof(name), i), root->watch[i]);
		if (r)
			return r;
	}
	return 0;
}

static void watch_stop(struct sched *root)
{
	char name[64];

	for (size_t i = 0; i < FOREIGN_PROGS; i++) {
		pins_drop(root, link_name(name, sizeof(name), i));
		if (root->watch[i] >= 0)
			close(root->watch[i]);
		root->watch[i] = -1;
	}
}

int foreign_adopt(struct sched *root, struct sched *const *scheds, size_t nr)
{
	int map = root->obj->part[PART_FOREIGNERS];
	uint64_t cgroup_id, *before = NULL;
	char name[64];

	for (size_t i = 0; i < FOREIGN_PROGS; i++)
		root->watch[i] = pins_get(root, link_name(name, sizeof(name), i));
	for (size_t i = 0; i < nr; i++)
		root->nr_foreign += scheds[i]->watched;
	/* one whose attach was cut off is in the map and in no node */
	while (map >= 0 && !bpf_map_get_next_key(map, before, &cgroup_id)) {
		bool known = false;

		for (size_t i = 0; i < nr; i++)
			known |= scheds[i]->watched && scheds[i]->cgroup_id == cgroup_id;
		if (!known && bpf_map_delete_elem(map, &cgroup_id))
			return -errno;
		/* from the start again when one is gone */
		before = known ? &cgroup_id : NULL;
	}
	if (root->nr_foreign)
		return watch_start(root);
	watch_stop(root);
	return 0;
}

int foreign_watch(struct sched *root, uint64_t cgroup_id, uint32_t entity)
{
	int map = root->obj->part[PART_FOREIGNERS], r;

	if (map < 0)
		return -ENOENT;
	if (bpf_map_update_elem(map, &cgroup_id, &entity, BPF_ANY))
		return -errno;
	r = root->nr_foreign ? 0 : watch_start(root);
	root->nr_foreign++;
	if (r)
		foreign_unwatch(root, cgroup_id);
	return r;
}

void foreign_unwatch(struct sched *root, uint64_t cgroup_id)
{
	if (!--root->nr_foreign)
		watch_stop(root);
	bpf_map_delete_elem(root->obj->part[PART_FOREIGNERS], &cgroup_id);
}
