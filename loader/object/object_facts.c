// SPDX-License-Identifier: GPL-2.0
/*
 * object_facts.c: what an object says about itself, and what one must be to be opened.
 *
 * First the file, by libelf and its BTF: an ELF file for BPF that is whole, with one cid-form scheduler, one arena and
 * a licence that the kernel takes. Then, opened by libbpf, its values: the ops, the tunables, what the loader sets.
 */
#include <errno.h>
#include <gelf.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "flags.h"
#include "image.h"
#include "object_facts.h"
#include "types.h"

#define OPS_SECTION	".struct_ops.link"
#define MAPS_MAX	16	/* beside __arena globals: see check_maps() */

/* A file as libelf sees it. */
struct file {
	Elf *elf;
	uint64_t size;
};

static void file_close(struct file *f)
{
	elf_end(f->elf);
}

DEFINE_CLEANUP(struct btf, btf__free)

/* Where the last of an ELF file's parts ends. */
static uint64_t file_end(const struct file *f, const GElf_Ehdr *eh)
{
	uint64_t end = eh->e_shoff + (uint64_t)eh->e_shnum * eh->e_shentsize;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;

	while (end <= f->size && (scn = elf_nextscn(f->elf, scn)) && gelf_getshdr(scn, &sh))
		if (sh.sh_type != SHT_NOBITS && sh.sh_offset + sh.sh_size > end)
			end = sh.sh_offset + sh.sh_size;
	return end;
}

static int check_elf(const struct subject *s, const struct file *f)
{
	const char *hint = "a scheduler object is what 'clang -target bpf -c' makes";
	GElf_Ehdr eh;

	if (elf_kind(f->elf) != ELF_K_ELF || !gelf_getehdr(f->elf, &eh))
		subject_refuse(s, hint, "is not an ELF file");
	else if (eh.e_machine != EM_BPF)
		subject_refuse(s, hint, "is an ELF file, but not for BPF (machine %u)", eh.e_machine);
	else if (eh.e_type != ET_REL)
		subject_refuse(s, hint, "is a BPF file, but not a relocatable object (type %u)", eh.e_type);
	else if (file_end(f, &eh) > f->size)
		subject_refuse(s, "make or install it again", "is truncated: it has %llu bytes of at least %llu",
			       (unsigned long long)f->size, (unsigned long long)file_end(f, &eh));
	else
		return 0;
	return -EINVAL;
}

/* A section's data by its name; NULL when there is none, or nothing in it. */
static Elf_Data *find_section(const struct file *f, const char *name, GElf_Shdr *sh)
{
	Elf_Scn *scn = NULL;
	size_t strings;

	if (elf_getshdrstrndx(f->elf, &strings))
		return NULL;
	while ((scn = elf_nextscn(f->elf, scn)) && gelf_getshdr(scn, sh)) {
		const char *found = elf_strptr(f->elf, strings, sh->sh_name);
		Elf_Data *data = found && !strcmp(found, name) ? elf_getdata(scn, NULL) : NULL;

		if (data && data->d_size)
			return data;
	}
	return NULL;
}

/* Does a program of the file refer to this kernel function, under whatever suffix (NAME___v2) it is declared? */
static bool calls(const struct file *f, const char *name)
{
	size_t len = strlen(name);
	Elf_Data *data;
	GElf_Shdr sh;
	GElf_Sym sym;

	data = find_section(f, ".symtab", &sh);
	for (int i = 0; data && gelf_getsym(data, i, &sym); i++) {
		const char *found = elf_strptr(f->elf, sh.sh_link, sym.st_name);

		if (sym.st_shndx == SHN_UNDEF && found && !strncmp(found, name, len) &&
		    (!found[len] || !strncmp(found + len, "___", 3)))
			return true;
	}
	return false;
}

static int check_licence(const struct subject *s, const struct file *f)
{
	/* as in the kernel's license_is_gpl_compatible() */
	static const char *const compatible[] = { "GPL", "GPL v2", "GPL and additional rights",
						  "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL" };
	GElf_Shdr sh;
	Elf_Data *data = find_section(f, "license", &sh);
	_cleanup_(freep) char *licence = data ? strndup(data->d_buf, data->d_size) : NULL;

	for (size_t i = 0; licence && i < sizeof(compatible) / sizeof(*compatible); i++)
		if (!strcmp(licence, compatible[i]))
			return 0;
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

/* The file's type information; NULL, with errno, when there is none that can be read. */
static struct btf *read_btf(const struct file *f)
{
	GElf_Shdr sh;
	Elf_Data *data = find_section(f, BTF_ELF_SEC, &sh);

	errno = ENODATA;
	return data ? btf__new(data->d_buf, data->d_size) : NULL;
}

int facts_check_image(const struct subject *s, const struct image *image, struct object_facts *facts)
{
	GElf_Shdr sh;
	_cleanup_(file_close) struct file f = { .size = image->size };
	_cleanup_(btf__freep) struct btf *btf = NULL;
	int err;

	elf_version(EV_CURRENT);
	f.elf = image->size ? elf_memory(image->bytes, image->size) : NULL;
	err = copy_name(facts, s->path);
	err = err ?: check_elf(s, &f);
	if (err)
		return err;
	facts->calls_tid_to_task = calls(&f, "scx_bpf_tid_to_task");
	facts->arena_globals = find_section(&f, ".addr_space.1", &sh);
	err = check_licence(s, &f);
	btf = read_btf(&f);
	if (!btf) {
		if (errno == ENODATA)
			subject_refuse(s, "compile it with -g", "has no type information (BTF)");
		else
			subject_refuse(s, NULL, "its type information (BTF) cannot be read: %s", strerror(errno));
		return -EINVAL;
	}
	if (check_ops(s, btf))
		return -EINVAL;
	err = check_arena(s, btf) ?: err;
	return check_arena_globals(s, facts, btf) ?: err;
}

/* Bytes of a variable of a section as the file has them; NULL when there is none of that size. */
static const void *section_bytes(const struct bpf_map *section, const struct btf_var_secinfo *info)
{
	size_t size = 0;
	const char *data = section ? bpf_map__initial_value(section, &size) : NULL;

	return data && info && info->offset + (size_t)info->size <= size ? data + info->offset : NULL;
}

static uint32_t read_u32(const struct object *obj, const char *name)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_var_secinfo *info = types_find_var(btf, types_section(btf, ".rodata"), name);
	const void *bytes = section_bytes(obj->rodata, info);
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
		const char *value = data + m->offset / 8;
		int64_t size = btf__resolve_size(btf, m->type);

		if (size <= 0 || m->offset / 8 + size > t->size || all_zero(value, size))
			continue;
		facts->members[nr] = strdup(name);
		if (!facts->members[nr++])
			return -ENOMEM;
		if (!strcmp(name, "flags") && size == sizeof(facts->flags))
			memcpy(&facts->flags, value, size);
		if (!strcmp(name, "name"))
			facts->ops_name = strndup(value, size);
	}
	if (!facts->ops_name)
		facts->ops_name = strdup(bpf_map__name(obj->ops));
	return facts->ops_name ? 0 : -ENOMEM;
}

/* What a declaration tag with this prefix says about a variable; NULL without one. */
static const char *find_tag(const struct btf *btf, __u32 var_id, const char *prefix)
{
	for (__u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *tag = types_name(btf, t);

		if (btf_is_decl_tag(t) && t->type == var_id && !strncmp(tag, prefix, strlen(prefix)))
			return tag + strlen(prefix);
	}
	return NULL;
}

static int read_description(struct object *obj)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_var_secinfo *info =
		types_find_var(btf, types_section(btf, OPS_SECTION), bpf_map__name(obj->ops));

	obj->facts.description = strdup((info ? find_tag(btf, info->type, "description:") : NULL) ?: "");
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
	const void *bytes = section_bytes(live ? obj->live : obj->rodata, info);
	int err;

	err = tunable_init(tunable, types_name(btf, var), tag, tunable_var(t), info->size);
	if (err == -ENOMEM)
		return err;
	if (err || !bytes || !(btf_is_int(t) || btf_is_any_enum(t) || btf_is_array(t)) ||
	    (tunable->flag && (live || !flags_bit(tunable->flag))) || (live && tunable->kind == TUNABLE_STRING)) {
		subject_refuse(s, "it should be tunable:UNIT:MIN..MAX:HELP, see tunable.bpf.h",
			       "has a tunable '%s' with a tag that is malformed or does not fit it: '%s'",
			       types_name(btf, var), tag);
		return -EINVAL;
	}
	tunable->live = live;
	tunable->offset = info->offset;
	tunable->def = tunable_format(tunable, bytes);
	return tunable->def ? 0 : -ENOMEM;
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
	unsigned int bits = 8 * info->size;
	long long max;
	char *tag;
	int r;

	if (btf_var(var)->linkage != BTF_VAR_GLOBAL_ALLOCATED || !btf_is_int(t) || bits > 64 ||
	    is_loaders(types_name(btf, var)))
		return NULL;
	if (btf_int_encoding(t) & BTF_INT_BOOL)
		return strdup("bool::");
	max = INT64_MAX >> (is_signed || bits == 64 ? 64 - bits : 63 - bits);
	r = asprintf(&tag, "%c%u:%lld..%lld:", is_signed ? 's' : 'u', bits, is_signed ? ~max : 0, max);
	return r < 0 ? NULL : tag;
}

static int read_section(const struct subject *s, struct object *obj, const char *name, bool live)
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
		const char *tag = find_tag(btf, info->type, "tunable:") ?: plain;
		int err = tag ? read_tunable(s, obj, info, live, tag) : 0;

		if (err == -ENOMEM)
			return err;
		ret = err ?: ret;
	}
	return ret;
}

static int read_tunables(const struct subject *s, struct object *obj)
{
	int fixed = read_section(s, obj, ".rodata", false);
	int live = fixed == -ENOMEM ? fixed : read_section(s, obj, OBJECT_LIVE_SECTION, true);

	return live ?: fixed;
}

/* Where the exit record is: the variable of type struct user_exit_info, whatever it is called; and the dump beside it. */
static void find_exit_record(struct object *obj)
{
	const struct btf *btf = bpf_object__btf(obj->bpf);
	const struct btf_type *section = types_section(btf, ".data");
	char name[128];

	for (int i = 0; section && i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *info = &btf_var_secinfos(section)[i];
		const struct btf_type *type = types_resolve(btf, types_var(btf, info)->type);

		if (!btf_is_struct(type) || strcmp(types_name(btf, type), "user_exit_info"))
			continue;
		obj->exit_map = bpf_object__find_map_by_name(obj->bpf, ".data");
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
	return check_role(s, facts) ?: check_maps(s, obj) ?: tunables;
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
