/* SPDX-License-Identifier: GPL-2.0 */
/*
 * types.h: the look-ups in BTF, the kernel's or an object's, that libbpf leaves to its users.
 */
#ifndef SCX_LOADER_TYPES_H
#define SCX_LOADER_TYPES_H

#include <bpf/btf.h>

const char *types_name(const struct btf *btf, const struct btf_type *t);

/* The type behind typedefs and qualifiers. */
const struct btf_type *types_resolve(const struct btf *btf, __u32 id);

/* A section of variables, such as ".rodata"; NULL when there is none. */
const struct btf_type *types_section(const struct btf *btf, const char *name);

/* A variable's place in a section, and the variable behind it. types_find_var() answers NULL when there is none. */
const struct btf_var_secinfo *types_find_var(const struct btf *btf, const struct btf_type *section, const char *name);
const struct btf_type *types_var(const struct btf *btf, const struct btf_var_secinfo *info);

/* A member of a struct, by name; NULL when there is none. */
const struct btf_member *types_find_member(const struct btf *btf, const struct btf_type *t, const char *name);

/* From now on types of @kernel, or of another copy of its BTF, are found fast, also by libbpf. */
void types_index(const struct btf *kernel);

#endif
