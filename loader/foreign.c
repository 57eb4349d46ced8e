// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "foreign.h"
#include "sched.h"

#define ARENA_BYTES		(1ull << 32)
#define PROG_ASSOC_STRUCT_OPS	38	/* enum bpf_cmd, from Linux 7.0 */

static const char *const programs[FOREIGN_PROGS] = { "foreign_charge", "foreign_switch", "foreign_wakeup",
						     "foreign_wakeup_new" };

/* A variable that the object need not have. */
static int set_if_there(struct object *obj, const char *name, uint64_t value)
{
	int r = object_set_u64(obj, name, value);

	return r == -ENOENT ? 0 : r;
}

int foreign_prepare(struct object *obj, uint64_t cgroup_id, uint32_t entity, uint32_t max_tasks)
{
	int r = object_place_arena(obj, POOL_BASE + entity * ARENA_BYTES);

	r = r ?: set_if_there(obj, "sub_cgroup_id", cgroup_id);
	return r ?: set_if_there(obj, "max_tasks", max_tasks);
}

/* Calls of a program that is no callback of the scheduler are that scheduler's only once this is said. */
static int associate(const struct bpf_program *prog, const struct bpf_map *ops)
{
	struct {
		uint32_t map_fd, prog_fd, flags;
	} attr = { .map_fd = bpf_map__fd(ops), .prog_fd = bpf_program__fd(prog) };

	return syscall(SYS_bpf, PROG_ASSOC_STRUCT_OPS, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

static int watch_start(struct sched *root)
{
	for (size_t i = 0; i < FOREIGN_PROGS; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(root->obj->bpf, programs[i]);
		int r = prog ? associate(prog, root->obj->ops) : -ENOENT;

		if (r)
			return r;
		root->watch[i] = bpf_program__attach(prog);
		if (!root->watch[i])
			return -errno;
	}
	return 0;
}

static void watch_stop(struct sched *root)
{
	for (size_t i = 0; i < FOREIGN_PROGS; i++) {
		if (root->watch[i])
			bpf_link__destroy(root->watch[i]);
		root->watch[i] = NULL;
	}
}

int foreign_watch(struct sched *root, uint64_t cgroup_id, uint32_t entity)
{
	struct bpf_map *map = bpf_object__find_map_by_name(root->obj->bpf, "foreigners");
	int r;

	if (!map)
		return -ENOENT;
	r = bpf_map__update_elem(map, &cgroup_id, sizeof(cgroup_id), &entity, sizeof(entity), BPF_ANY);
	if (r)
		return r;
	r = root->nr_foreign ? 0 : watch_start(root);
	root->nr_foreign++;
	if (r)
		foreign_unwatch(root, cgroup_id);
	return r;
}

void foreign_unwatch(struct sched *root, uint64_t cgroup_id)
{
	struct bpf_map *map = bpf_object__find_map_by_name(root->obj->bpf, "foreigners");

	if (!--root->nr_foreign)
		watch_stop(root);
	bpf_map__delete_elem(map, &cgroup_id, sizeof(cgroup_id), 0);
}
