// SPDX-License-Identifier: GPL-2.0
/*
 * types_index.c: find a type of the kernel by its name without going through all 120,000 of them.
 *
 * libbpf goes through them for each function of the kernel that an object calls, which is a fifth of the time that loading
 * takes, and reads them anew for each object. It does so with btf__find_by_name_kind(), which is defined here once more: the
 * dynamic linker gives libbpf, too, the program's own. (A libbpf that was linked so as to use nothing but its own does as
 * before.)
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "types.h"

/* The ids of the types that have names; where is a hash of kind and name, or the next free place. */
static struct {
	__u32 *ids;
	__u32 mask;
	__u32 type_cnt;
} known;

static __u32 first_place(const char *name, __u32 kind)
{
	__u32 hash = 2166136261u ^ kind;	/* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return hash & known.mask;
}

static bool is_named(const struct btf *btf, __u32 id, const char *name, __u32 kind)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	return btf_kind(t) == kind && !strcmp(types_name(btf, t), name);
}

void types_index(const struct btf *kernel)
{
	__u32 nr = btf__type_cnt(kernel), size = 1;

	while (size < 2 * nr)
		size *= 2;
	free(known.ids);
	known.ids = calloc(size, sizeof(*known.ids));
	if (!known.ids)
		return;
	known.mask = size - 1;
	known.type_cnt = nr;
	for (__u32 id = 1; id < nr; id++) {
		const struct btf_type *t = btf__type_by_id(kernel, id);
		__u32 at;

		if (!t->name_off)
			continue;
		at = first_place(types_name(kernel, t), btf_kind(t));
		while (known.ids[at])
			at = (at + 1) & known.mask;
		known.ids[at] = id;
	}
}

/* Of several types with that name the first, as libbpf has it. */
__s32 btf__find_by_name_kind(const struct btf *btf, const char *name, __u32 kind)
{
	__u32 nr = btf__type_cnt(btf);

	if (kind == BTF_KIND_UNKN || !strcmp(name, "void"))
		return 0;
	/* one with as many types is the same kernel's */
	if (known.ids && nr == known.type_cnt) {
		for (__u32 at = first_place(name, kind); known.ids[at]; at = (at + 1) & known.mask)
			if (is_named(btf, known.ids[at], name, kind))
				return known.ids[at];
	} else {
		for (__u32 id = 1; id < nr; id++)
			if (is_named(btf, id, name, kind))
				return id;
	}
	errno = ENOENT;
	return -ENOENT;
}
