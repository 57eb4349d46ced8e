/* SPDX-License-Identifier: GPL-2.0 */
/*
 * object_facts.h: between object.c and object_facts.c: what must be true of an object, before libbpf opens it and
 * after.
 */
#ifndef SCX_LOADER_OBJECT_FACTS_H
#define SCX_LOADER_OBJECT_FACTS_H

#include "object.h"

struct btf_var_secinfo;

#define OBJECT_OPS_STRUCT	"sched_ext_ops_cid"
#define OBJECT_LIVE_SECTION	".data.live"	/* of TUNABLE_LIVE() */

#define REMAKE_HINT	"make or install it again"	/* what else to do with a file that is damaged? */

/* The object that is being opened, and where to tell what is wrong with it. */
struct subject {
	const char *path;
	enum object_role role;
	const char *where;
	unsigned int line;
	struct problems *ps;
};

/* Say something about it, behind its path. */
#define subject_refuse(s, hint, fmt, ...) \
	problem_add((s)->ps, (s)->where, (s)->line, hint, "'%s' " fmt, (s)->path, ##__VA_ARGS__)

/**
 * facts_check_image - what can be refused without opening the object: no ELF file for BPF, damaged, no scheduler, ...
 *
 * libbpf would refuse most of it too, in words for somebody else. Fills in path and name, and what only the file tells:
 * calls_tid_to_task. Returns 0, or -errno after adding the problems.
 */
int facts_check_image(const struct subject *s, const struct image *image, struct object_facts *facts);

/**
 * facts_read - read the facts of an open object, and refuse what its role does not allow
 *
 * Returns 0, -EINVAL after adding the problems, or -ENOMEM.
 */
int facts_read(const struct subject *s, struct object *obj);

/* A variable of a section as libbpf has it: info->size bytes; NULL when they are not all there. */
void *facts_bytes(const struct bpf_map *section, const struct btf_var_secinfo *info);

void facts_clear(struct object_facts *facts);

#endif
