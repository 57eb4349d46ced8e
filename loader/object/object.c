// SPDX-License-Identifier: GPL-2.0
/*
 * object.c: open a scheduler object, set what is to be set, load it, attach it, read how it ended.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf_log.h"
#include "file/config.h"
#include "flags.h"
#include "image.h"
#include "object_facts.h"
#include "text.h"
#include "types.h"

/* Programs, and maps by the names that they have; a map without one is known by what is in it. */
static const struct part {
	const char *pin, *map, *program;
} parts[] = {
	[PART_EXIT] = { .pin = "exit" },
	[PART_DUMP] = { .pin = "dump" },
	[PART_LIVE] = { .pin = "live" },
	[PART_OPS] = { .pin = "ops" },
	[PART_ARENA] = { .pin = "arena" },
	[PART_GROUPS] = { .map = "groups" },
	[PART_PLACE_LOCKS] = { .map = "place_locks" },
	[PART_REGION_ALLOC] = { .program = "region_alloc" },
	[PART_REGION_FREE] = { .program = "region_free" },
	[PART_CIDS_OWN] = { .program = "cids_own" },
	[PART_CIDS_BAR] = { .program = "cids_bar" },
	[PART_FOREIGNERS] = { .map = "foreigners" },
	[PART_FOREIGN_CHARGE] = { .program = "foreign_charge" },
	[PART_FOREIGN_SWITCH] = { .program = "foreign_switch" },
	[PART_FOREIGN_WAKEUP] = { .program = "foreign_wakeup" },
	[PART_FOREIGN_WAKEUP_NEW] = { .program = "foreign_wakeup_new" },
};

static void find_maps(struct object *obj)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	struct bpf_map *map = NULL;

	while ((map = bpf_object__next_map(obj->bpf, map))) {
		const struct btf_type *t = btf__type_by_id(btf, bpf_map__btf_value_type_id(map));

		if (bpf_map__type(map) == BPF_MAP_TYPE_ARENA)
			obj->arena = map;
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS && !strcmp(types_name(btf, t), OBJECT_OPS_STRUCT))
			obj->ops = map;
	}
	obj->rodata = bpf_object__find_map_by_name(obj->bpf, ".rodata");
	obj->live = bpf_object__find_map_by_name(obj->bpf, OBJECT_LIVE_SECTION);
}

static int open_image(const struct subject *s, struct image *image, struct object **ret)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	_cleanup_(object_freep) struct object *obj = mem(calloc(1, sizeof(*obj)));
	_cleanup_(freep) char *said = NULL;
	char why[128];
	int err;

	for (size_t i = 0; i < NR_PARTS; i++)
		obj->part[i] = -1;
	bpf_log_start();
	err = facts_check_image(s, image, &obj->facts);
	if (err)
		return err;
	opts.object_name = obj->facts.name;
	obj->bpf = bpf_object__open_mem(image->bytes, image->size, &opts);
	if (!obj->bpf) {
		libbpf_strerror(-errno, why, sizeof(why));
		said = bpf_log_tail();
		subject_refuse(s, NULL, "can't be opened by libbpf: %s%s", why, said);
		return -EINVAL;
	}
	find_maps(obj);
	err = facts_read(s, obj);
	if (err)
		return err;
	*ret = take_ptr(obj);
	return 0;
}

int object_open_image(struct image *image, const char *path, enum object_role role, const char *where,
		      unsigned int line, struct object **ret, struct problems *ps)
{
	const struct subject s = { .path = path, .role = role, .where = where, .line = line, .ps = ps };
	int err = open_image(&s, image, ret);

	if (err == -ENOMEM)
		problem_add(ps, where, line, NULL, "can't open '%s': %s", path, strerror(-err));
	if (!err) {
		image->nr_users++;
		(*ret)->image = image;
	}
	return err;
}

int object_open(const char *path, enum object_role role, const char *where, unsigned int line, struct object **ret,
		struct problems *ps)
{
	_cleanup_(image_putp) struct image *image = NULL;
	int err = image_read(path, &image);

	if (err)
		problem_add(ps, where, line, NULL, "can't open '%s': %s", path, strerror(-err));
	return err ?: object_open_image(image, path, role, where, line, ret, ps);
}

static void let_go(struct object *obj)
{
	for (size_t i = 0; i < NR_MEMORY_PARTS; i++)
		if (obj->memory[i].bytes)
			munmap(obj->memory[i].bytes, obj->memory[i].size);
	for (size_t i = 0; i < NR_PARTS; i++)
		if (obj->part[i] >= 0)
			close(obj->part[i]);
}

void object_free(struct object *obj)
{
	if (!obj)
		return;
	if (obj->adopted)
		let_go(obj);
	facts_clear(&obj->facts);
	bpf_object__close(obj->bpf);
	image_put(obj->image);
	free(obj);
}

/* What became of a key that there was */
static const char *gone_key(const char *key, const char *node)
{
	return strcmp(key, "metrics") || strcmp(node, "root") ?
		       NULL :
		       "leave it out: 'scx-loader metrics --listen ADDRESS' serves them, a program of its own";
}

/* No such tunable: say which key was probably meant. */
static int refuse_key(const struct object_facts *facts, const char *key, const char *node, const char *where,
		      unsigned int line, const char *(*reserved)(size_t i), struct problems *ps)
{
	_cleanup_(freep) const char **known = NULL;
	const char *near, *name, *hint = NULL;
	size_t nr = 0;

	while (reserved(nr))
		nr++;
	known = mem(calloc(nr + facts->nr_tunables + 1, sizeof(*known)));
	for (nr = 0; (name = reserved(nr)); nr++)
		known[nr] = name;
	for (size_t i = 0; i < facts->nr_tunables; i++)
		known[nr + i] = facts->tunables[i].name;
	near = config_suggest(key, known);
	if (!near)
		hint = gone_key(key, node) ?: "'scx-loader list' shows the keys of each scheduler";
	problem_add(ps, where, line, hint, "unknown key '%s' in [%s]%s%s%s", key, node, near ? "; did you mean '" : "",
		    near ?: "", near ? "'?" : "");
	return -EINVAL;
}

/* Set a field of the ops. Returns 0, or -ENOENT: built for a kernel without it. */
static int set_ops_u64(struct object *obj, const char *name, uint64_t value)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_type *ops = btf__type_by_id(btf, bpf_map__btf_value_type_id(obj->ops));
	ssize_t at = types_member_at(btf, ops, name, sizeof(value));

	if (at < 0)
		return -ENOENT;
	memcpy((char *)bpf_map__initial_value(obj->ops, NULL) + at, &value, sizeof(value));
	return 0;
}

/* What a map holds: of one that libbpf did not load, where object_adopt() has mapped it. NULL: there is no such map. */
static void *memory(const struct object *obj, enum object_part part, size_t *ret_size)
{
	const struct bpf_map *maps[] = {
		[PART_EXIT] = obj->exit_map, [PART_DUMP] = obj->dump_map, [PART_LIVE] = obj->live
	};

	*ret_size = obj->memory[part].size;
	if (obj->memory[part].bytes)
		return obj->memory[part].bytes;
	return maps[part] ? bpf_map__initial_value(maps[part], ret_size) : NULL;
}

void *object_live(const struct object *obj)
{
	return memory(obj, PART_LIVE, &(size_t){ 0 });
}

static int set_tunable(struct object *obj, const struct setting *set, const char *node, const char *file,
		       const char *(*reserved)(size_t i), struct problems *ps)
{
	const struct tunable *t = object_find_tunable(&obj->facts, set->key);
	_cleanup_(freep) char *option = NULL;
	uint64_t *flags = &obj->facts.flags;
	size_t size;
	char *value;
	int err;

	if (!set->line)
		file = option = text_of("option '%s=%s'", set->key, set->value);
	if (!t)
		return refuse_key(&obj->facts, set->key, node, file, set->line, reserved, ps);
	value = (char *)bpf_map__initial_value(t->live ? obj->live : obj->rodata, &size) + t->offset;
	err = tunable_parse(t, set->value, value, file, set->line, ps);
	if (err || !t->flag)
		return err;
	*flags = *value ? *flags | flags_bit(t->flag) : *flags & ~flags_bit(t->flag);
	return set_ops_u64(obj, "flags", *flags);
}

int object_set_tunables(struct object *obj, const struct settings *settings, const char *node, const char *file,
			const char *(*reserved)(size_t i), struct problems *ps)
{
	int err = 0;

	for (size_t i = 0; i < settings->nr; i++)
		err = set_tunable(obj, &settings->list[i], node, file, reserved, ps) ?: err;
	return err;
}

bool object_has_variable(const struct object *obj, const char *name)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);

	return types_find_var(btf, types_section(btf, ".rodata"), name);
}

int object_set_live(struct object *obj, const char *name, const char *value, struct problems *ps)
{
	const struct tunable *t = object_find_tunable(&obj->facts, name);
	char *place;
	uint64_t v = 0;
	int err;

	err = tunable_parse(t, value ?: t->def, &v, NULL, 0, ps);
	if (err)
		return err;
	/* programs read it meanwhile */
	place = (char *)object_live(obj) + t->offset;
	switch (t->size) {
	case 1:
		__atomic_store_n((uint8_t *)place, v, __ATOMIC_RELAXED);
		break;
	case 2:
		__atomic_store_n((uint16_t *)place, v, __ATOMIC_RELAXED);
		break;
	case 4:
		__atomic_store_n((uint32_t *)place, v, __ATOMIC_RELAXED);
		break;
	case 8:
		__atomic_store_n((uint64_t *)place, v, __ATOMIC_RELAXED);
		break;
	}
	return 0;
}

int object_set_u64(struct object *obj, const char *name, uint64_t value)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_var_secinfo *info = types_find_var(btf, types_section(btf, ".rodata"), name);
	void *bytes = facts_bytes(obj->rodata, info);

	if (!bytes)
		return -ENOENT;
	if (!btf_is_int(types_resolve(btf, types_var(btf, info)->type)) || info->size > sizeof(value))
		return -EINVAL;
	if (info->size < sizeof(value) && value >> (8 * info->size))
		return -ERANGE;
	memcpy(bytes, &value, info->size);
	return 0;
}

static void set_enumerator(struct object *obj, const char *name, uint64_t value)
{
	char var[128];

	/* No other enumerator is worth the look-up: a kernel has tens of thousands. */
	if (strncmp(name, "SCX_", 4))
		return;
	snprintf(var, sizeof(var), "__%s", name);
	object_set_u64(obj, var, value);
}

void object_set_enums(struct object *obj, const struct btf *kernel)
{
	for (__u32 id = 1; id < btf__type_cnt(kernel); id++) {
		const struct btf_type *t = btf__type_by_id(kernel, id);

		for (int i = 0; btf_is_enum64(t) && i < btf_vlen(t); i++)
			set_enumerator(obj, btf__name_by_offset(kernel, btf_enum64(t)[i].name_off),
				       btf_enum64_value(&btf_enum64(t)[i]));
		for (int i = 0; btf_is_enum(t) && i < btf_vlen(t); i++)
			set_enumerator(obj, btf__name_by_offset(kernel, btf_enum(t)[i].name_off),
				       btf_kflag(t) ? (uint64_t)btf_enum(t)[i].val : (__u32)btf_enum(t)[i].val);
	}
}

int object_set_cgroup(struct object *obj, uint64_t cgroup_id)
{
	return set_ops_u64(obj, "sub_cgroup_id", cgroup_id);
}

int object_share(struct object *obj, const struct object *root)
{
	int err = bpf_map__reuse_fd(obj->arena, root->part[PART_ARENA]);

	for (enum object_part i = PART_GROUPS; i <= PART_PLACE_LOCKS && !err; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(obj->bpf, parts[i].map);

		if (map)
			err = bpf_map__reuse_fd(map, root->part[i]);
	}
	return err;
}

int object_place_arena(struct object *obj, uint64_t addr)
{
	return bpf_map__set_map_extra(obj->arena, addr);
}

/* Make room for the dump, as upstream's UEI_SET_SIZE() does. Without it there is none, and all else is the same. */
static void make_room_for_dump(struct object *obj)
{
	char len[128];

	if (!obj->dump_map || bpf_map__set_value_size(obj->dump_map, OBJECT_DUMP_BYTES))
		return;
	snprintf(len, sizeof(len), "%s_len", strstr(bpf_map__name(obj->dump_map), ".data.") + strlen(".data."));
	object_set_u64(obj, len, OBJECT_DUMP_BYTES);
}

static int map_fd(const struct bpf_map *map)
{
	return map ? bpf_map__fd(map) : -1;
}

static void know_parts(struct object *obj)
{
	for (size_t i = 0; i < NR_PARTS; i++) {
		const struct bpf_program *prog =
			parts[i].program ? bpf_object__find_program_by_name(obj->bpf, parts[i].program) : NULL;

		if (prog)
			obj->part[i] = bpf_program__fd(prog);
		else if (parts[i].map)
			obj->part[i] = map_fd(bpf_object__find_map_by_name(obj->bpf, parts[i].map));
	}
	obj->part[PART_EXIT] = map_fd(obj->exit_map);
	obj->part[PART_DUMP] = map_fd(obj->dump_map);
	obj->part[PART_LIVE] = map_fd(obj->live);
	obj->part[PART_OPS] = map_fd(obj->ops);
	obj->part[PART_ARENA] = map_fd(obj->arena);
	/* a sub's are root's, or its own affair */
	for (enum object_part i = PART_OPS; i <= PART_PLACE_LOCKS && !obj->facts.is_root; i++)
		obj->part[i] = -1;
}

static void (*on_program)(void);

static int before_program(struct bpf_program *, struct bpf_prog_load_opts *opts, long flags)
{
	opts->prog_flags |= flags;
	on_program();
	return 0;
}

void object_on_program(void (*fn)(void))
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .prog_prepare_load_fn = before_program);

	on_program = fn;
	libbpf_register_prog_handler("struct_ops+", BPF_PROG_TYPE_STRUCT_OPS, 0, &opts);
	opts.cookie = BPF_F_SLEEPABLE;
	libbpf_register_prog_handler("struct_ops.s+", BPF_PROG_TYPE_STRUCT_OPS, 0, &opts);
}

int object_load(struct object *obj, struct problems *ps)
{
	_cleanup_(freep) char *said = NULL;
	char why[128];
	int err;

	make_room_for_dump(obj);
	bpf_log_start();
	err = bpf_object__load(obj->bpf);
	if (err) {
		libbpf_strerror(err, why, sizeof(why));
		said = bpf_log_tail();
		problem_add(ps, NULL, 0, NULL, "can't load '%s': %s%s", obj->facts.path, why, said);
		return err;
	}
	know_parts(obj);
	return 0;
}

const char *object_part_name(enum object_part part)
{
	return parts[part].pin ?: parts[part].map ?: parts[part].program;
}

int object_adopt(struct object *obj, enum object_part part, int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	void *bytes;

	obj->adopted = true;
	obj->part[part] = fd;
	if (part >= NR_MEMORY_PARTS)
		return 0;
	if (bpf_map_get_info_by_fd(fd, &info, &len))
		return -errno;
	bytes = mmap(NULL, info.value_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	obj->memory[part].bytes = bytes;
	obj->memory[part].size = info.value_size;
	return 0;
}

int object_attach(struct object *obj, struct bpf_link **ret)
{
	struct bpf_link *link = bpf_map__attach_struct_ops(obj->ops);

	if (!link)
		return -errno;
	*ret = link;
	return 0;
}

/* A member of the exit record in the kernel's memory, and its size, @size if not 0; NULL when it has no such member. */
static const void *exit_member(const struct object *obj, const char *name, size_t size, size_t *ret_size)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_member *m = obj->exit_map ? types_find_member(btf, obj->exit_type, name) : NULL;
	__s64 found = m ? btf__resolve_size(btf, m->type) : -1;
	ssize_t at = found > 0 ? types_member_at(btf, obj->exit_type, name, found) : -1;
	size_t map_size = 0;
	const char *map = at < 0 || (size && size != (size_t)found) ? NULL : memory(obj, PART_EXIT, &map_size);

	if (!map || obj->exit_offset + at + found > map_size || (size && at % size))
		return NULL;
	*ret_size = found;
	return map + obj->exit_offset + at;
}

int object_exit_record(const struct object *obj, struct exit_record *ret)
{
	size_t size, reason_size, msg_size;
	const int *kind = exit_member(obj, "kind", sizeof(*kind), &size);
	const int64_t *code = exit_member(obj, "exit_code", sizeof(*code), &size);
	const char *reason = exit_member(obj, "reason", 0, &reason_size);
	const char *msg = exit_member(obj, "msg", 0, &msg_size);
	struct exit_record r = {};

	if (!kind || !code || !reason || !msg)
		return -ENOENT;
	/* UEI_RECORD() writes kind last. */
	r.kind = __atomic_load_n(kind, __ATOMIC_ACQUIRE);
	if (r.kind) {
		r.code = *code;
		r.reason = mem(strndup(reason, reason_size));
		r.msg = mem(strndup(msg, msg_size));
		/* it may name a task, and anybody can name a task anything */
		text_mend(r.reason);
		text_mend(r.msg);
	}
	*ret = r;
	return 0;
}

char *object_exit_dump(const struct object *obj)
{
	size_t size;
	const char *dump = memory(obj, PART_DUMP, &size);

	return dump && *dump ? mem(strndup(dump, size)) : NULL;
}
