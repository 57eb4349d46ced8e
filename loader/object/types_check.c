// SPDX-License-Identifier: GPL-2.0
/*
 * types_check.c: BTF that may be anybody's. libbpf has read it by now: each type is as long as its kind wants it, and
 * refers, for most, to types and names that are there. Whether those are of a kind that makes sense, whether a type ends,
 * and whether what lies in another one, or in a section, does so, libbpf does not ask, and goes by it. These are the
 * kernel's own rules, as far as somebody here goes by them.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf_file.h"
#include "text.h"
#include "types.h"

#define MAX_TYPES	(1 << 20)
#define MAX_DEPTH	64
#define BUSY		255

struct check {
	const struct btf *btf;
	const struct elf_file *elf;	/* NULL: its sections are not at hand */
	uint8_t *depth;			/* of each type; 0: not known; BUSY: it is being looked into */
	char *why;
};

static int __attribute__((format(printf, 2, 3))) refuse(const struct check *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->why, TYPES_WHY_BYTES, fmt, args);
	va_end(args);
	return -EINVAL;
}

static const struct btf_type *type(const struct check *c, __u32 id)
{
	return btf__type_by_id(c->btf, id);
}

static const char *name_of(const struct check *c, __u32 id)
{
	return types_name(c->btf, type(c, id));
}

/* What a type refers to: how many others, and the id of each. */
static __u32 nr_refs(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_UNKN:
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FLOAT:
	case BTF_KIND_FWD:
		return 0;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
		return btf_vlen(t);
	case BTF_KIND_FUNC_PROTO:
		return btf_vlen(t) + 1;
	case BTF_KIND_ARRAY:
		return 2;
	}
	return 1;
}

static __u32 ref(const struct btf_type *t, __u32 i)
{
	if (btf_is_composite(t))
		return btf_members(t)[i].type;
	if (btf_is_datasec(t))
		return btf_var_secinfos(t)[i].type;
	if (btf_is_func_proto(t) && i < btf_vlen(t))
		return btf_params(t)[i].type;
	if (btf_is_array(t))
		return i ? btf_array(t)->index_type : btf_array(t)->type;
	return t->type;
}

/* Is what it refers to part of it? */
static bool holds(const struct btf_type *t)
{
	return btf_is_composite(t) || btf_is_array(t) || btf_is_mod(t) || btf_is_typedef(t) || btf_is_var(t);
}

static bool is_ref(const struct btf_type *t, const struct btf_type *to)
{
	if (!to || btf_is_decl_tag(t))
		return to;
	if (btf_is_datasec(t))
		return btf_is_var(to) || btf_is_func(to);
	if (btf_is_func(t))
		return btf_is_func_proto(to);
	return !btf_is_func(to) && !btf_is_var(to) && !btf_is_datasec(to) && !btf_is_decl_tag(to);
}

static int check_refs(const struct check *c, __u32 id)
{
	const struct btf_type *t = type(c, id);

	for (__u32 i = 0; i < nr_refs(t); i++)
		if (!is_ref(t, type(c, ref(t, i))))
			return btf_is_datasec(t) ? refuse(c, "'%s' has what is no variable", name_of(c, id)) :
						   refuse(c, "type %u refers to what is no type", id);
	return 0;
}

static int check_name(const struct check *c, __u32 id, __u32 offset)
{
	const char *name = btf__name_by_offset(c->btf, offset);

	return name && text_is_plain(name) ? 0 : refuse(c, "a name of type %u can't be shown", id);
}

static int check_names(const struct check *c, __u32 id)
{
	const struct btf_type *t = type(c, id);
	int err = check_name(c, id, t->name_off);

	for (int i = 0; btf_is_composite(t) && i < btf_vlen(t) && !err; i++)
		err = check_name(c, id, btf_members(t)[i].name_off);
	return err;
}

static int check_number(const struct check *c, __u32 id, __u32 max)
{
	__u32 size = type(c, id)->size;

	if (!size || size > max || size & (size - 1))
		return refuse(c, "'%s' is a number of %u bytes", name_of(c, id), size);
	return 0;
}

static int check_members(const struct check *c, __u32 id)
{
	const struct btf_type *t = type(c, id);

	for (int i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		__u32 bits = btf_member_bitfield_size(t, i), at = btf_member_bit_offset(t, i);
		__s64 size;

		size = btf__resolve_size(c->btf, m->type);
		if (size < 0 || (!bits && at % 8) || at + (bits ?: 8 * (uint64_t)size) > 8 * (uint64_t)t->size)
			return refuse(c, "'%s' of '%s' is not within it", btf__name_by_offset(c->btf, m->name_off),
				      name_of(c, id));
	}
	return 0;
}

/* A variable in a section that is in the file must have a place there, and be no larger than that. */
static int check_place(const struct check *c, const struct btf_type *section, const struct btf_var_secinfo *info)
{
	const char *name = types_name(c->btf, section);
	__s64 size = btf__resolve_size(c->btf, info->type);

	for (size_t i = 0; c->elf && i < c->elf->nr_sections; i++) {
		const struct elf_file_section *s = &c->elf->sections[i];

		if (strcmp(s->name, name))
			continue;
		if (info->offset > s->size || info->size > s->size - info->offset)
			return refuse(c, "'%s' is not within '%s'", name_of(c, info->type), name);
		if (size < 0 || size > info->size)
			return refuse(c, "'%s' is larger than its place in '%s'", name_of(c, info->type), name);
	}
	return 0;
}

static int check_section(const struct check *c, __u32 id)
{
	const struct btf_type *t = type(c, id);
	int err = 0;

	for (int i = 0; i < btf_vlen(t) && !err; i++) {
		const struct btf_var_secinfo *info = &btf_var_secinfos(t)[i];

		if (btf_is_var(type(c, info->type)))
			err = check_place(c, t, info);
		/* functions are the kernel's, and in no section of the file */
		else if (c->elf && elf_file_find(c->elf, name_of(c, id)))
			err = refuse(c, "'%s' has what is no variable", name_of(c, id));
	}
	return err;
}

static int check_kind(const struct check *c, __u32 id)
{
	switch (btf_kind(type(c, id))) {
	case BTF_KIND_INT:
		return check_number(c, id, 16);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return check_number(c, id, 8);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return check_members(c, id);
	case BTF_KIND_DATASEC:
		return check_section(c, id);
	}
	return 0;
}

/* How deep types lie in this one, itself counted, below @above others; or -EINVAL. */
static int look_into(const struct check *c, __u32 id, int above)
{
	const struct btf_type *t = type(c, id);
	int deepest = 0;

	if (c->depth[id] == BUSY)
		return refuse(c, "'%s' is within itself", name_of(c, id));
	if (above + c->depth[id] >= MAX_DEPTH)
		return refuse(c, "'%s' lies deeper in others than %d", name_of(c, id), MAX_DEPTH);
	if (c->depth[id])
		return c->depth[id];
	c->depth[id] = BUSY;
	for (__u32 i = 0; holds(t) && i < nr_refs(t); i++) {
		int depth = look_into(c, ref(t, i), above + 1);

		if (depth < 0)
			return depth;
		deepest = depth > deepest ? depth : deepest;
	}
	c->depth[id] = deepest + 1;
	return deepest + 1;
}

int types_check(const struct btf *btf, const struct elf_file *elf, char *why)
{
	__u32 nr = btf__type_cnt(btf);
	_cleanup_(freep) uint8_t *depth = calloc(nr, 1);
	const struct check c = { btf, elf, depth, why };
	int err = 0;

	if (!depth)
		return -ENOMEM;
	if (nr > MAX_TYPES)
		return refuse(&c, "it has %u types, and %u are allowed", nr, MAX_TYPES);
	/* names first: what is told of a type names others, too */
	for (__u32 id = 1; id < nr && !err; id++)
		err = check_names(&c, id);
	for (__u32 id = 1; id < nr && !err; id++)
		err = check_refs(&c, id);
	for (__u32 id = 1; id < nr && !err; id++)
		err = look_into(&c, id, 0) < 0 ? -EINVAL : 0;
	for (__u32 id = 1; id < nr && !err; id++)
		err = check_kind(&c, id);
	return err;
}

struct btf *types_read(const void *bytes, size_t size, const struct elf_file *elf, char *why)
{
	_cleanup_(btf__freep) struct btf *btf = NULL;
	struct btf_header hdr = {};

	memcpy(&hdr, bytes, size < sizeof(hdr) ? size : sizeof(hdr));
	/* in the byte order of this machine, and a later version may be longer */
	if (hdr.magic != BTF_MAGIC || hdr.version != BTF_VERSION || hdr.hdr_len < sizeof(hdr) || hdr.hdr_len % 4) {
		snprintf(why, TYPES_WHY_BYTES, "it is none, or of another version");
		errno = EINVAL;
		return NULL;
	}
	btf = btf__new(bytes, size);
	if (!btf) {
		snprintf(why, TYPES_WHY_BYTES, "%s", strerror(errno));
		return NULL;
	}
	errno = -types_check(btf, elf, why);
	return errno ? NULL : take_ptr(btf);
}
