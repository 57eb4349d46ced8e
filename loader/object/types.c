// SPDX-License-Identifier: GPL-2.0
/*
 * types.c: look-ups in BTF.
 */
#include <string.h>

#include "types.h"

const char *types_name(const struct btf *btf, const struct btf_type *t)
{
	return btf__name_by_offset(btf, t->name_off);
}

const struct btf_type *types_resolve(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (btf_is_mod(t) || btf_is_typedef(t))
		t = btf__type_by_id(btf, t->type);
	return t;
}

const struct btf_type *types_section(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_DATASEC);

	return id < 0 ? NULL : btf__type_by_id(btf, id);
}

const struct btf_type *types_var(const struct btf *btf, const struct btf_var_secinfo *info)
{
	return btf__type_by_id(btf, info->type);
}

const struct btf_var_secinfo *types_find_var(const struct btf *btf, const struct btf_type *section, const char *name)
{
	for (int i = 0; section && i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *info = &btf_var_secinfos(section)[i];

		if (!strcmp(types_name(btf, types_var(btf, info)), name))
			return info;
	}
	return NULL;
}

const struct btf_member *types_find_member(const struct btf *btf, const struct btf_type *t, const char *name)
{
	for (int i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), name))
			return &btf_members(t)[i];
	return NULL;
}

ssize_t types_member_at(const struct btf *btf, const struct btf_type *t, const char *name, size_t size)
{
	const struct btf_member *m = types_find_member(btf, t, name);

	if (!m || btf_member_bitfield_size(t, m - btf_members(t)) || btf__resolve_size(btf, m->type) != (__s64)size)
		return -1;
	return btf_member_bit_offset(t, m - btf_members(t)) / 8;
}
