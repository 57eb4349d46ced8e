// SPDX-License-Identifier: GPL-2.0
/*
 * object_facts.c: what an object says about itself, and what one must be to be opened.
 *
 * First the file, as ELF (elf_file.h) and its BTF (types.h), which are checked before anything in them is believed: an ELF file for BPF that is whole, with one cid-form scheduler, one arena and
 * a licence that the kernel takes. Then, opened by libbpf, its values: the ops, the tunables, what the loader sets.
 */
#include <errno.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "elf_file.h"
#include "flags.h"
#include "root-sched/pool_abi.h"
#include "text.h"
#include "types.h"

#define OPS_SECTION	".struct_ops.link"
#define MAPS_MAX	16	/* beside __arena globals: see check_maps() */

/* Does a program of the file refer to this kernel function, under whatever suffix (NAME___v2) it is declared? */
static bool calls(const struct elf_file *elf, const char *name)
{
	size_t len = strlen(name);
	const char *found;
	Elf64_Sym sym;

	for (size_t i = 0; elf_file_symbol(elf, i, &sym, &found); i++)
		if (sym.st_shndx == SHN_UNDEF && !strncmp(found, name, len) &&
		    (!found[len] || !strncmp(found + len, "___", 3)))
			return true;
	return false;
}

static int check_licence(const struct subject *s, const struct elf_file *elf)
{
	/* as in the kernel's license_is_gpl_compatible() */
	static const char *const compatible[] = { "GPL", "GPL v2", "GPL and additional rights",
						  "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL" };
	const struct elf_file_section *section = elf_file_find(elf, "license");
	_cleanup_(freep) char *licence = section ? strndup(section->bytes, section->size) : NULL;

	for (size_t i = 0; licence && i < sizeof(compatible) / sizeof(*compatible); i++)
		if (!strcmp(licence, compatible[i]))
			return 0;
	if (licence)
		text_mend(licence);
	if (licence)
		subject_refuse(s, "the kernel keeps sched_ext for programs with such a licence",
			       "has the licence '%s', which is not GPL-compatible", licence);
	else
		subject_refuse(s, "add: char _license[] SEC(\"license\") = \"GPL\";", "declares no licence");
	return -EINVAL;
}

/* "'a', 'b'": names of what is there too often. */
struct names {
	char text[128];
	unsigned int nr;
};

static void names_add(struct names *names, const char *name)
{
	size_t len = strlen(names->text);

	snprintf(names->text + len, sizeof(names->text) - len, "%s'%s'", names->nr++ ? ", " : "", name);
}

static int check_ops(const struct subject *s, const struct btf *btf)
{
	const struct btf_type *section = types_section(btf, OPS_SECTION);
	struct names cid = {}, all = {};

	for (int i = 0; section && i < btf_vlen(section); i++) {
		const struct btf_type *var = types_var(btf, &btf_var_secinfos(section)[i]);
		const char *type = types_name(btf, types_resolve(btf, var->type));

		if (!strcmp(type, OBJECT_OPS_STRUCT))
			names_add(&cid, types_name(btf, var));
		if (!strcmp(type, OBJECT_OPS_STRUCT) || !strcmp(type, "sched_ext_ops"))
			names_add(&all, types_name(btf, var));
	}
	if (!all.nr)
		subject_refuse(s, "a scheduler is a struct " OBJECT_OPS_STRUCT " made by SCX_OPS_CID_DEFINE()",
			       "has no scheduler");
	else if (all.nr > 1)
		subject_refuse(s, "make an object of each", "has %u schedulers: %s", all.nr, all.text);
	else if (!cid.nr)
		subject_refuse(s, "define it with SCX_OPS_CID_DEFINE()",
			       "is a cpu-form scheduler; a %s must be cid-form (struct " OBJECT_OPS_STRUCT ")",
			       s->role == OBJECT_ROOT ? "root" : "sub");
	else
		return 0;
	return -EINVAL;
}

/* A map's type as its declaration gives it: __uint(type, N) is a pointer to an array of N. */
static unsigned int map_type(const struct btf *btf, const struct btf_type *var)
{
	const struct btf_type *t = types_resolve(btf, var->type);
	const struct btf_member *m = btf_is_struct(t) ? types_find_member(btf, t, "type") : NULL;

	t = m ? types_resolve(btf, m->type) : NULL;
	t = t && btf_is_ptr(t) ? types_resolve(btf, t->type) : NULL;
	return t && btf_is_array(t) ? btf_array(t)->nelems : 0;
}

static int check_arena(const struct subject *s, const struct btf *btf)
{
	const struct btf_type *section = types_section(btf, ".maps");
	struct names arenas = {};

	for (int i = 0; section && i < btf_vlen(section); i++) {
		const struct btf_type *var = types_var(btf, &btf_var_secinfos(section)[i]);

		if (map_type(btf, var) == BPF_MAP_TYPE_ARENA)
			names_add(&arenas, types_name(btf, var));
	}
	if (arenas.nr == 1)
		return 0;
	if (arenas.nr)
		subject_refuse(s, "keep one of them", "has %u arenas: %s; a cid-form scheduler must have exactly one",
			       arenas.nr, arenas.text);
	else
		subject_refuse(s, "declare a BPF_MAP_TYPE_ARENA map, and use it in a callback",
			       "has no arena; a cid-form scheduler must have exactly one");
	return -EINVAL;
}

/* With the arena shared by map, the globals of two objects lie on each other, and on the pool's header. */
static int check_arena_globals(const struct subject *s, const struct object_facts *facts, const struct btf *btf)
{
	const struct btf_type *rodata = types_section(btf, ".rodata");

	if ((s->role != OBJECT_ROOT && !types_find_var(btf, rodata, "pool_region")) || !facts->arena_globals)
		return 0;
	subject_refuse(s, "keep what they hold in the policy's block of the region",
		       "has __arena globals, which would lie on the header of the shared pool");
	return -EINVAL;
}

static int copy_name(struct object_facts *facts, const char *path)
{
	const char *file = strrchr(path, '/');
	char *suffix;

	file = file ? file + 1 : path;
	facts->path = strdup(path);
	facts->name = strdup(file);
	if (!facts->path || !facts->name)
		return -ENOMEM;
	suffix = strstr(facts->name, ".bpf.o");
	if (suffix)
		*suffix = '\0';
	return 0;
}

/* The file's type information. Returns 0, -EINVAL after adding what is wrong with it, or -ENOMEM. */
static int read_btf(const struct subject *s, const struct elf_file *elf, struct btf **ret)
{
	const struct elf_file_section *section = elf_file_find(elf, BTF_ELF_SEC);
	char why[TYPES_WHY_BYTES];

	if (!section) {
		subject_refuse(s, "compile it with -g", "has no type information (BTF)");
		return -EINVAL;
	}
	*ret = types_read(section->bytes, section->size, elf, why);
	if (*ret)
		return 0;
	if (errno == ENOMEM)
		return -ENOMEM;
	subject_refuse(s, REMAKE_HINT, "has type information (BTF) that is malformed: %s", why);
	return -EINVAL;
}

int facts_check_image(const struct subject *s, const struct image *image, struct object_facts *facts)
{
	_cleanup_(elf_file_close) struct elf_file elf = {};
	_cleanup_(btf__freep) struct btf *btf = NULL;
	int err, licence;

	err = copy_name(facts, s->path);
	err = err ?: elf_file_open(s, image, &elf);
	if (err)
		return err;
	facts->calls_tid_to_task = calls(&elf, "scx_bpf_tid_to_task");
	facts->arena_globals = elf_file_find(&elf, ".addr_space.1");
	licence = check_licence(s, &elf);
	err = read_btf(s, &elf, &btf);
	err = err ?: check_ops(s, btf);
	if (err)
		return err;
	err = check_arena(s, btf) ?: licence;
	return check_arena_globals(s, facts, btf) ?: err;
}

void *facts_bytes(const struct bpf_map *section, const struct btf_var_secinfo *info)
{
	size_t size = 0;
	char *data = section ? bpf_map__initial_value(section, &size) : NULL;

	return data && info && info->offset + (size_t)info->size <= size ? data + info->offset : NULL;
}

static uint32_t read_u32(const struct object *obj, const char *name)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_var_secinfo *info = types_find_var(btf, types_section(btf, ".rodata"), name);
	const void *bytes = facts_bytes(obj->rodata, info);
	uint32_t v = 0;

	if (bytes && info->size == sizeof(v))
		memcpy(&v, bytes, sizeof(v));
	return v;
}

static bool all_zero(const char *bytes, size_t size)
{
	while (size--)
		if (*bytes++)
			return false;
	return true;
}

/* The ops: their name, flags, and which members are there. */
static int read_ops(struct object *obj)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_type *t = btf__type_by_id(btf, bpf_map__btf_value_type_id(obj->ops));
	const char *data = bpf_map__initial_value(obj->ops, NULL);
	struct object_facts *facts = &obj->facts;
	size_t nr = 0;

	facts->members = calloc(btf_vlen(t) + 1, sizeof(*facts->members));
	if (!facts->members)
		return -ENOMEM;
	for (int i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *name = btf__name_by_offset(btf, m->name_off);
		const char *value = data + btf_member_bit_offset(t, i) / 8;
		int64_t size = btf__resolve_size(btf, m->type);

		if (size <= 0 || btf_member_bitfield_size(t, i) || all_zero(value, size))
			continue;
		facts->members[nr] = strdup(name);
		if (!facts->members[nr++])
			return -ENOMEM;
		if (!strcmp(name, "flags") && size == sizeof(facts->flags))
			memcpy(&facts->flags, value, size);
		if (!strcmp(name, "name") && !facts->ops_name)
			facts->ops_name = strndup(value, size);
	}
	if (!facts->ops_name)
		facts->ops_name = strdup(bpf_map__name(obj->ops));
	if (!facts->ops_name)
		return -ENOMEM;
	text_mend(facts->ops_name);
	return 0;
}

/*
 * What declaration tags with this prefix say, by the variable: NULL for one without. Of several the last. To be freed; NULL
 * without memory. One look at all types, as there may be many, and many variables.
 */
static const char **find_tags(const struct btf *btf, const char *prefix)
{
	const char **tags = calloc(btf__type_cnt(btf), sizeof(*tags));

	for (__u32 id = 1; tags && id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *tag = types_name(btf, t);

		if (btf_is_decl_tag(t) && !strncmp(tag, prefix, strlen(prefix)))
			tags[t->type] = tag + strlen(prefix);
	}
	return tags;
}

static int read_description(struct object *obj)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_var_secinfo *info =
		types_find_var(btf, types_section(btf, OPS_SECTION), bpf_map__name(obj->ops));
	_cleanup_(freep) const char **tags = find_tags(btf, "description:");

	if (!tags)
		return -ENOMEM;
	obj->facts.description = strdup((info ? tags[info->type] : NULL) ?: "");
	return obj->facts.description ? 0 : -ENOMEM;
}

static enum tunable_var tunable_var(const struct btf_type *t)
{
	if (btf_is_array(t))
		return VAR_CHARS;
	return btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED ? VAR_SIGNED : VAR_UNSIGNED;
}

static int read_tunable(const struct subject *s, struct object *obj, const struct btf_var_secinfo *info, bool live,
			const char *tag)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_type *var = types_var(btf, info);
	const struct btf_type *t = types_resolve(btf, var->type);
	struct tunable *tunable = &obj->facts.tunables[obj->facts.nr_tunables++];
	const void *bytes = facts_bytes(live ? obj->live : obj->rodata, info);
	int err;

	err = tunable_init(tunable, types_name(btf, var), tag, tunable_var(t), info->size);
	if (err == -ENOMEM)
		return err;
	if (err || !bytes || !(btf_is_int(t) || btf_is_any_enum(t) || btf_is_array(t)) ||
	    (live && info->offset % info->size) || (tunable->flag && (live || !flags_bit(tunable->flag))) ||
	    (live && tunable->kind == TUNABLE_STRING)) {
		subject_refuse(s, "it should be tunable:UNIT:MIN..MAX:HELP, see tunable.bpf.h",
			       "has a tunable '%s' with a tag that is malformed or does not fit it: '%s'",
			       types_name(btf, var), tag);
		return -EINVAL;
	}
	tunable->live = live;
	tunable->offset = info->offset;
	tunable->def = tunable_format(tunable, bytes);
	if (!tunable->def)
		return -ENOMEM;
	text_mend(tunable->def);
	return 0;
}

/* Is this the loader's to set in a foreign object, or nobody's? The names are upstream's. */
static bool is_loaders(const char *name)
{
	return !strncmp(name, "__", 2) || !strcmp(name, "sub_cgroup_id") || !strcmp(name, "max_tasks") ||
	       !strcmp(name, "uei_dump_len");
}

/*
 * A foreign object tags nothing: each of its global numbers is a tunable. The tag that it would have, to be freed; NULL for
 * other variables, and without memory.
 */
static char *plain_tag(const struct object *obj, const struct btf_var_secinfo *info)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_type *var = types_var(btf, info), *t = types_resolve(btf, var->type);
	bool is_signed = btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED;
	unsigned int bits = btf_is_int(t) ? 8 * t->size : 0;
	long long max;
	char *tag;
	int r;

	if (btf_var(var)->linkage != BTF_VAR_GLOBAL_ALLOCATED || !bits || bits > 64 || info->size != t->size ||
	    is_loaders(types_name(btf, var)))
		return NULL;
	if (btf_int_encoding(t) & BTF_INT_BOOL)
		return strdup("bool::");
	max = INT64_MAX >> (is_signed || bits == 64 ? 64 - bits : 63 - bits);
	r = asprintf(&tag, "%c%u:%lld..%lld:", is_signed ? 's' : 'u', bits, is_signed ? ~max : 0, max);
	return r < 0 ? NULL : tag;
}

static int read_section(const struct subject *s, struct object *obj, const char *const *tags, const char *name,
			bool live)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_type *section = types_section(btf, name);
	struct tunable *list;
	int ret = 0;

	if (!section)
		return 0;
	list = reallocarray(obj->facts.tunables, obj->facts.nr_tunables + btf_vlen(section), sizeof(*list));
	if (!list)
		return -ENOMEM;
	obj->facts.tunables = list;
	for (int i = 0; i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *info = &btf_var_secinfos(section)[i];
		bool plain_too = !live && !obj->facts.uses_pool && !obj->facts.is_root;
		_cleanup_(freep) char *plain = plain_too ? plain_tag(obj, info) : NULL;
		const char *tag = tags[info->type] ?: plain;
		int err = tag ? read_tunable(s, obj, info, live, tag) : 0;

		if (err == -ENOMEM)
			return err;
		ret = err ?: ret;
	}
	return ret;
}

static int read_tunables(const struct subject *s, struct object *obj)
{
	_cleanup_(freep) const char **tags = find_tags(bpf_object__btf(obj->bpf), "tunable:");
	int fixed = tags ? read_section(s, obj, tags, ".rodata", false) : -ENOMEM;
	int live = fixed == -ENOMEM ? fixed : read_section(s, obj, tags, OBJECT_LIVE_SECTION, true);

	return live ?: fixed;
}

/* Where the exit record is: the variable of type struct user_exit_info, whatever it is called; and the dump beside it. */
static void find_exit_record(struct object *obj)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_type *section = types_section(btf, ".data");
	struct bpf_map *map = bpf_object__find_map_by_name(obj->bpf, ".data");
	char name[128];

	for (int i = 0; section && i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *info = &btf_var_secinfos(section)[i];
		const struct btf_type *type = types_resolve(btf, types_var(btf, info)->type);

		if (!btf_is_struct(type) || strcmp(types_name(btf, type), "user_exit_info") || info->offset % 8 ||
		    !facts_bytes(map, info))
			continue;
		obj->exit_map = map;
		obj->exit_type = type;
		obj->exit_offset = info->offset;
		snprintf(name, sizeof(name), ".data.%s_dump", types_name(btf, types_var(btf, info)));
		obj->dump_map = bpf_object__find_map_by_name(obj->bpf, name);
	}
}

/*
 * libbpf before 1.7 keeps a pointer to the arena in its list of maps, for the variables in it, and crashes on loading when
 * that list had to grow.
 */
static int check_maps(const struct subject *s, const struct object *obj)
{
	struct bpf_map *map = NULL;
	unsigned int nr = 0;

	while ((map = bpf_object__next_map(obj->bpf, map)))
		nr++;
	if (!obj->facts.arena_globals || nr <= MAPS_MAX || libbpf_major_version() > 1 || libbpf_minor_version() >= 7)
		return 0;
	subject_refuse(s, "install libbpf 1.7, or compile it with -fno-zero-initialized-in-bss to have one map less",
		       "has __arena globals and %u maps; libbpf %s can load such an object with at most %u", nr,
		       libbpf_version_string(), MAPS_MAX);
	return -EINVAL;
}

/* libbpf maps the arena where the object says, over whatever of this process lies there. Others are told where: see foreign.c. */
static int check_arena_place(const struct subject *s, const struct object *obj)
{
	uint64_t addr = bpf_map__map_extra(obj->arena);

	if (!obj->facts.is_root || !addr || addr == POOL_BASE)
		return 0;
	subject_refuse(s, "take it from root-sched/pool.bpf.h", "has its arena at %#llx, where the pool is not",
		       (unsigned long long)addr);
	return -EINVAL;
}

static int check_role(const struct subject *s, const struct object_facts *facts)
{
	if (s->role == OBJECT_ROOT && !facts->is_root)
		subject_refuse(s, "'scx-loader list' shows which are",
			       "is not a root scheduler: it has no program 'pool_init'");
	else if (s->role == OBJECT_ROOT && !object_has(facts, "sub_attach"))
		subject_refuse(s, NULL, "is a root scheduler without sub_attach: nothing can attach beneath it");
	else if (s->role == OBJECT_SUB && facts->is_root)
		subject_refuse(s, NULL, "is a root scheduler, which can't be a sub");
	else
		return 0;
	return -EINVAL;
}

int facts_read(const struct subject *s, struct object *obj)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	struct object_facts *facts = &obj->facts;
	int err, tunables;

	if (!obj->ops || !obj->arena) {
		subject_refuse(s, REMAKE_HINT, "has no bytes of its %s", obj->ops ? "arena" : "scheduler");
		return -EINVAL;
	}
	facts->is_root = bpf_object__find_program_by_name(obj->bpf, "pool_init");
	facts->uses_pool = types_find_var(btf, types_section(btf, ".rodata"), "pool_region");
	facts->slab_ctx_bytes = read_u32(obj, "slab_ctx_bytes");
	facts->policy_bytes = read_u32(obj, "policy_bytes");
	find_exit_record(obj);
	err = read_ops(obj);
	err = err ?: read_description(obj);
	if (err)
		return err;
	tunables = read_tunables(s, obj);
	if (tunables == -ENOMEM)
		return tunables;
	return check_role(s, facts) ?: check_arena_place(s, obj) ?: check_maps(s, obj) ?: tunables;
}

void facts_clear(struct object_facts *facts)
{
	for (size_t i = 0; facts->members && facts->members[i]; i++)
		free(facts->members[i]);
	for (size_t i = 0; i < facts->nr_tunables; i++)
		tunable_clear(&facts->tunables[i]);
	free(facts->members);
	free(facts->tunables);
	free(facts->path);
	free(facts->name);
	free(facts->ops_name);
	free(facts->description);
}
