// SPDX-License-Identifier: GPL-2.0
/*
 * floor CGROUP...: attach the scheduler of floor.bpf.o as root, and again as a sub of each cgroup. Says
 * "attached" when all are; keeps them until it is killed.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OBJECT "/usr/lib/scx-test/objects/floor.bpf.o"

static uint64_t *cgroup_id_of(const struct bpf_object *obj, const struct bpf_map *ops)
{
	const struct btf *btf = bpf_object__btf(obj);
	const struct btf_type *t =
		btf__type_by_id(btf, btf__find_by_name_kind(btf, "sched_ext_ops_cid", BTF_KIND_STRUCT));
	const struct btf_member *m = t ? btf_members(t) : NULL;
	size_t size;	/* libbpf insists */

	for (int i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, m[i].name_off), "sub_cgroup_id"))
			return bpf_map__initial_value(ops, &size) + m[i].offset / 8;
	errx(EXIT_FAILURE, "no sub-schedulers in the types of %s", OBJECT);
}

static void attach(const char *cgroup)
{
	struct bpf_object *obj = bpf_object__open_file(OBJECT, NULL);
	struct bpf_map *ops = obj ? bpf_object__find_map_by_name(obj, "floor_ops") : NULL;
	struct stat st = {};

	if (!ops)
		err(EXIT_FAILURE, "%s", OBJECT);
	if (cgroup && stat(cgroup, &st))
		err(EXIT_FAILURE, "%s", cgroup);
	*cgroup_id_of(obj, ops) = st.st_ino;
	if (bpf_object__load(obj) || !bpf_map__attach_struct_ops(ops))
		err(EXIT_FAILURE, "'%s' is not attached", cgroup ?: "root");
}

int main(int argc, char **argv)
{
	attach(NULL);
	for (int i = 1; i < argc; i++)
		attach(argv[i]);
	puts("attached");
	fflush(stdout);
	pause();
	return EXIT_SUCCESS;
}
