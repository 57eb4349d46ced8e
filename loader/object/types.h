/* SPDX-License-Identifier: GPL-2.0 */
/*
 * types.h: BTF, the kernel's or an object's: that it can be trusted, and the look-ups that libbpf leaves to its users.
 */
#ifndef SCX_LOADER_TYPES_H
#define SCX_LOADER_TYPES_H

#include <sys/types.h>

#include <bpf/btf.h>

#include "cleanup.h"

#define TYPES_WHY_BYTES	160

struct elf_file;

DEFINE_CLEANUP(struct btf, btf__free)

/**
 * types_read - read BTF that may be anybody's, and check it: all that is looked up in it then is there, and ends
 * @elf: the file that it is of, or NULL: then it may say of sections what it likes
 * @why: TYPES_WHY_BYTES, for what is wrong with it, names in it included: one line, fit to be shown
 *
 * Returns NULL, with errno, when it can't be read: ENOMEM says no more.
 */
struct btf *types_read(const void *bytes, size_t size, const struct elf_file *elf, char *why);

/* The same of what libbpf has read. Returns 0, -EINVAL or -ENOMEM. */
int types_check(const struct btf *btf, const struct elf_file *elf, char *why);

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

/* Where in the struct a member of so many bytes is; -1 when there is none, or one of another size. */
ssize_t types_member_at(const struct btf *btf, const struct btf_type *t, const char *name, size_t size);

/* From now on types of @kernel, or of another copy of its BTF, are found fast, also by libbpf. */
void types_index(const struct btf *kernel);

#endif
