/* SPDX-License-Identifier: GPL-2.0 */
/*
 * flags.h: the SCX_OPS_* flags, and the rules between what a sub's object declares and what root and its parent do.
 *
 * The kernel checks one of these rules when a sub attaches, and ends root or ignores the sub's wish for the others.
 * All of them can be told from the objects before anything is loaded.
 */
#ifndef SCX_LOADER_FLAGS_H
#define SCX_LOADER_FLAGS_H

#include "facts.h"
#include "file/hierarchy.h"

struct btf;

/**
 * flags_check_root - may this be root, as far as its flags go?
 * @conf: its section; @file the file
 * @kernel: BTF of the kernel, or NULL: then the flags of Linux 7.3 count
 *
 * Returns 0, or -EINVAL after adding the problems.
 */
int flags_check_root(const struct object_facts *root, const struct root_conf *conf, const char *file,
		     const struct btf *kernel, struct problems *ps);

/**
 * flags_check - may this be a sub at that place of the tree?
 * @facts: its object
 * @parent: the object of the scheduler above it, which may be root's
 * @root: root's object
 * @node: where it is to attach; its parent says where @parent is attached
 * @file: the file of the node, NULL for one from the control socket
 * @kernel: as above
 *
 * Returns 0, or -EINVAL after adding the problems.
 */
int flags_check(const struct object_facts *facts, const struct object_facts *parent, const struct object_facts *root,
		const struct node *node, const char *file, const struct btf *kernel, struct problems *ps);

/* The bit of a flag by its name; 0 when it is unknown. */
uint64_t flags_bit(const char *name);

/* "ENQ_EXITING, TID_TO_TASK": the flags' names without SCX_OPS_, "" for none; to be freed. */
char *flags_text(uint64_t flags);

#endif
