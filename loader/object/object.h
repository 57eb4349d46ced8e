/* SPDX-License-Identifier: GPL-2.0 */
/*
 * object.h: a scheduler object: its file, what it says about itself, and its way into the kernel.
 *
 *	object_find()  object_open()  object_set_*()  object_share()  object_load()  object_attach()
 *
 * Up to object_load() the kernel is not touched: what can be known from the file, values included, is checked by then.
 * What an object must be, to be opened at all, is in object_facts.c; how its flags fit root's is flags.c's.
 */
#ifndef SCX_LOADER_OBJECT_H
#define SCX_LOADER_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "exit.h"
#include "facts.h"
#include "file/hierarchy.h"

struct bpf_link;
struct bpf_map;
struct bpf_object;
struct btf;
struct btf_type;
struct image;

#define OBJECT_DUMP_BYTES	32768	/* of the kernel's debug dump; its own default */

enum object_role {
	OBJECT_ANY,	/* to look at it */
	OBJECT_SUB,
	OBJECT_ROOT,	/* must have the pool's programs, and ops.sub_attach */
};

/* What it takes, beside its link, to look after a scheduler that runs. Most are a root's. */
enum object_part {
	PART_EXIT,		/* the map of the exit record */
	PART_DUMP,		/* that of the kernel's debug dump */
	PART_LIVE,		/* that of the tunables which can change while it runs */
	NR_MEMORY_PARTS,	/* those are looked into */
	PART_OPS = NR_MEMORY_PARTS,	/* a map too, as are the next */
	PART_ARENA,		/* this one and two more are shared with all objects of the tree: see object_share() */
	PART_GROUPS,
	PART_PLACE_LOCKS,
	PART_REGION_ALLOC,	/* the pool's programs */
	PART_REGION_FREE,
	PART_CIDS_OWN,
	PART_CIDS_BAR,
	PART_FOREIGNERS,	/* foreign.c's map, and its programs */
	PART_FOREIGN_CHARGE,
	PART_FOREIGN_SWITCH,
	PART_FOREIGN_WAKEUP,
	PART_FOREIGN_WAKEUP_NEW,
	NR_PARTS
};

struct object {
	struct object_facts facts;
	struct image *image;		/* what it was opened from */
	struct bpf_object *bpf;
	struct bpf_map *ops, *arena, *rodata;	/* rodata may be NULL */
	struct bpf_map *live;		/* the tunables that can change while it runs; NULL: none can */
	struct bpf_map *exit_map;	/* what holds the exit record; NULL: the object keeps none */
	const struct btf_type *exit_type; /* the record's, in the object's own BTF, and where it lies in the map */
	size_t exit_offset;
	struct bpf_map *dump_map;	/* what holds the kernel's debug dump; NULL: the object keeps none */
	/* of one that is in the kernel */
	int part[NR_PARTS];		/* file descriptors; -1: it has no such part */
	/* by object_adopt(): libbpf did not load it, and owns nothing of it */
	bool adopted;
	struct {
		void *bytes;
		size_t size;
	} memory[NR_MEMORY_PARTS];
};

/* Where schedulers are looked for: folders, with colons between: $SCX_LOADER_PATH, or where ours are installed. */
const char *object_search_path(void);

/**
 * object_list - the scheduler objects on a search path
 *
 * Returns paths, sorted by name; of one name only the first on the path. Ends with NULL; freed by object_list_free().
 * Folders that can't be read are passed over.
 */
char **object_list(const char *search_path);
void object_list_free(char **list);
DEFINE_CLEANUP(char *, object_list_free)

/**
 * object_find - the file of a scheduler
 * @sched: NAME, for NAME.bpf.o on the search path, or a path: what has a slash
 * @where: where @sched was said, and @line, for problem_add()
 * @ret: the path; to be freed
 *
 * Returns 0, or -ENOENT after adding the problem.
 */
int object_find(const char *sched, const char *search_path, const char *where, unsigned int line, char **ret,
		struct problems *ps);

/**
 * object_open - read an object, check it, know its facts
 * @where: where it was asked for, and @line, for problem_add()
 *
 * Needs no privilege and asks nothing of the kernel. Returns 0, or -errno after adding all that is wrong with it:
 * -EINVAL it is not such an object, or what reading it answered.
 */
int object_open(const char *path, enum object_role role, const char *where, unsigned int line, struct object **ret,
		struct problems *ps);

/* The same of an image; @path: where that was read once. */
int object_open_image(struct image *image, const char *path, enum object_role role, const char *where,
		      unsigned int line, struct object **ret, struct problems *ps);

/* Whatever was loaded and is not held by a link or a pin goes too. NULL is fine. */
void object_free(struct object *obj);
DEFINE_CLEANUP(struct object, object_free)

/**
 * object_set_tunables - set tunables by name
 * @node: the section's name
 * @file: the file of the settings; those with line 0 came from options
 * @reserved: the other keys of such a section, to be suggested: config_node_key or config_root_key
 *
 * Returns 0, or -EINVAL after adding every key that is unknown and every value that does not fit.
 */
int object_set_tunables(struct object *obj, const struct settings *settings, const char *node, const char *file,
			const char *(*reserved)(size_t i), struct problems *ps);

/* Is there a variable of this name in .rodata? */
bool object_has_variable(const struct object *obj, const char *name);

/**
 * object_set_live - change a tunable of a loaded object, while its scheduler runs or not
 * @name: of a tunable that is live
 * @value: as text; NULL: its default
 *
 * Returns 0, or -EINVAL after adding the problem.
 */
int object_set_live(struct object *obj, const char *name, const char *value, struct problems *ps);

/* The memory of the tunables that can change while it runs, the kernel's once it is loaded; NULL: there are none. */
void *object_live(const struct object *obj);

/* Set an integer in .rodata by name. Returns 0, -ENOENT no such variable, -ERANGE it does not fit, -EINVAL no integer. */
int object_set_u64(struct object *obj, const char *name, uint64_t value);

/* Fill the variables __SCX_NAME with the enumerators SCX_NAME of the kernel. What the kernel lacks stays 0. */
void object_set_enums(struct object *obj, const struct btf *kernel);

/* Make it the scheduler of a cgroup (its inode number). Returns 0, or -ENOENT: built for a kernel without subs. */
int object_set_cgroup(struct object *obj, uint64_t cgroup_id);

/* Use the maps of a loaded root that make the tree one, the pool's arena above all, instead of its own. 0 or -errno. */
int object_share(struct object *obj, const struct object *root);

/**
 * object_place_arena - where this process is to have the object's own arena
 * @addr: the first of 4 GiB of addresses that nothing else uses
 *
 * libbpf maps it where the object says, over whatever is there: everybody says the same. Returns 0 or -errno.
 */
int object_place_arena(struct object *obj, uint64_t addr);

/**
 * object_on_program - from now on call @fn before each program of a scheduler goes to the verifier
 *
 * On a busy machine the programs of one object may take minutes, and the caller has no other word from them.
 */
void object_on_program(void (*fn)(void));

/**
 * object_load - bring maps and programs into the kernel
 *
 * Returns 0, or -errno after adding the problem, with libbpf's last lines. After an error the object can only be freed.
 */
int object_load(struct object *obj, struct problems *ps);

/* What a part is called, in the object and as a pin. */
const char *object_part_name(enum object_part part);

/**
 * object_adopt - take a part of a scheduler that an earlier loader loaded from these bytes, instead of loading it
 * @fd: a map or program; the object's from now on, also after an error
 *
 * Returns 0 or -errno.
 */
int object_adopt(struct object *obj, enum object_part part, int fd);

/* Hand the ops to the kernel; 0 does not mean that it took them, the exit record and sysfs tell. Returns 0 or -errno. */
int object_attach(struct object *obj, struct bpf_link **ret);

/**
 * object_exit_record - how the scheduler ended
 * @ret: kind is 0 while it runs; else reason and msg are to be freed
 *
 * Returns 0, or -ENOENT when the object keeps no record.
 */
int object_exit_record(const struct object *obj, struct exit_record *ret);

/* What the kernel wrote about it when it failed, to be freed; NULL: nothing. */
char *object_exit_dump(const struct object *obj);

#endif
