// SPDX-License-Identifier: GPL-2.0
/*
 * test_hostile.c: objects that nobody's compiler makes. Each is a good one with a little of it changed, and is refused
 * with a reason, or does no harm. What is not thought of here tests/fuzz/fuzz_object looks for.
 */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <bpf/btf.h>

#include "loader/object/image.h"
#include "objects.h"
#include "said.h"

#define BTF_REFUSED	"'x.bpf.o' has type information (BTF) that is malformed: "
#define ELF_REFUSED	"'x.bpf.o' is a damaged ELF file: "
#define AGAIN_HINT	"\nhint: make or install it again\n"

/* A copy of a good object, to be changed */

static struct image *image;

static int read_good(void **)
{
	_cleanup_(freep) char *path = object_path("good");

	alarm(60); /* one that hangs has failed */
	return image_read(path, &image);
}

static int drop(void **)
{
	image_put(image);
	return 0;
}

static Elf64_Ehdr *file(void)
{
	return image->bytes;
}

static Elf64_Shdr *header(unsigned int i)
{
	return (Elf64_Shdr *)((char *)image->bytes + file()->e_shoff) + i;
}

static void *bytes_of(const Elf64_Shdr *sh)
{
	return (char *)image->bytes + sh->sh_offset;
}

static Elf64_Shdr *section(const char *name)
{
	const char *names = bytes_of(header(file()->e_shstrndx));

	for (unsigned int i = 0; i < file()->e_shnum; i++)
		if (!strcmp(names + header(i)->sh_name, name))
			return header(i);
	fail_msg("no section '%s'", name);
	return NULL;
}

static struct btf_header *btf_of_file(void)
{
	return bytes_of(section(".BTF"));
}

/* The bytes of a type in the file: as far from the start as in what libbpf has read. */
static struct btf_type *type_of_file(const struct btf *btf, const struct btf_type *t)
{
	struct btf_header *hdr = btf_of_file();
	__u32 size;

	return (void *)((char *)hdr + ((const char *)t - (const char *)btf__raw_data(btf, &size)));
}

static struct btf *read_types(void)
{
	struct btf *btf = btf__new(btf_of_file(), section(".BTF")->sh_size);

	assert_non_null(btf);
	return btf;
}

static struct btf_type *find_type(const char *name, unsigned int kind, __u32 *ret_id)
{
	_cleanup_(btf__freep) struct btf *btf = read_types();
	int id = btf__find_by_name_kind(btf, name, kind);

	assert_true(id > 0);
	*ret_id = id;
	return type_of_file(btf, btf__type_by_id(btf, id));
}

static struct btf_member *find_member(struct btf_type *t, const char *name)
{
	struct btf_header *hdr = btf_of_file();
	const char *names = (char *)hdr + hdr->hdr_len + hdr->str_off;

	for (int i = 0; i < btf_vlen(t); i++)
		if (!strcmp(names + btf_members(t)[i].name_off, name))
			return &btf_members(t)[i];
	fail_msg("no member '%s'", name);
	return NULL;
}

/* What becomes of it: said, or nothing when it is taken, and then it is used. */
static void check(const char *expected)
{
	_cleanup_(object_freep) struct object *obj = NULL;
	_cleanup_(freep) char *said = NULL;
	struct problems ps = {};
	int r = object_open_image(image, "x.bpf.o", OBJECT_SUB, NULL, 0, &obj, &ps);

	if (r == 0) {
		object_set_u64(obj, "pool_region", ~0ull);
		object_set_cgroup(obj, ~0ull);
	}
	said = say(&ps);
	assert_string_equal(said, expected);
	assert_int_equal(r, *expected ? -EINVAL : 0);
}

static void test_unchanged(void **)
{
	check("");
}

/* Sections without bytes in the file, which have a size all the same */

static void test_licence_without_bytes(void **)
{
	section("license")->sh_type = SHT_NOBITS;
	check("'x.bpf.o' declares no licence\nhint: add: char _license[] SEC(\"license\") = \"GPL\";\n");
}

static void test_types_without_bytes(void **)
{
	section(".BTF")->sh_type = SHT_NOBITS;
	check(ELF_REFUSED "a relocation is not within its section" AGAIN_HINT);
	section(".rel.BTF")->sh_type = SHT_PROGBITS;
	check("'x.bpf.o' has no type information (BTF)\nhint: compile it with -g\n");
}

/* The types tell of a scheduler, and the file has none. */
static void test_ops_without_bytes(void **)
{
	section(".struct_ops.link")->sh_type = SHT_NOBITS;
	check(ELF_REFUSED "a relocation is not within its section" AGAIN_HINT);
	section(".rel.struct_ops.link")->sh_type = SHT_PROGBITS;
	check("'x.bpf.o' has no bytes of its scheduler" AGAIN_HINT);
}

/* Types */

static void test_section_of_no_variables(void **)
{
	__u32 id;
	struct btf_type *rodata = find_type(".rodata", BTF_KIND_DATASEC, &id);

	find_type("sched_ext_ops_cid", BTF_KIND_STRUCT, &btf_var_secinfos(rodata)->type);
	check(BTF_REFUSED "'.rodata' has what is no variable" AGAIN_HINT);
}

static void test_type_that_is_its_own(void **)
{
	struct btf_type *t;
	__u32 id;

	t = find_type("u64", BTF_KIND_TYPEDEF, &id);
	t->type = id;
	check(BTF_REFUSED "'u64' is within itself" AGAIN_HINT);
}

static void test_member_beyond(void **)
{
	__u32 id;
	struct btf_type *ops = find_type("sched_ext_ops_cid", BTF_KIND_STRUCT, &id);

	find_member(ops, "sub_cgroup_id")->offset = 8 * ops->size;
	check(BTF_REFUSED "'sub_cgroup_id' of 'sched_ext_ops_cid' is not within it" AGAIN_HINT);
}

/* A number in the place of a bigger one: what is written there must not reach over the end of the ops. */
static void test_small_member(void **)
{
	struct btf_type *ops, *small;
	struct btf_member *m;
	__u32 id, byte;

	ops = find_type("sched_ext_ops_cid", BTF_KIND_STRUCT, &id);
	small = find_type("unsigned char", BTF_KIND_INT, &byte);
	assert_int_equal(small->size, 1);
	m = find_member(ops, "sub_cgroup_id");
	m->type = byte;
	m->offset = 8 * (ops->size - 1);
	check("");
}

/* The last variable of .rodata, and what is said of it: of this format, for its name */
static struct btf_var_secinfo *last_variable(const char *format, char *expected, size_t size)
{
	_cleanup_(btf__freep) struct btf *btf = read_types();
	struct btf_type *rodata;
	__u32 id;

	rodata = find_type(".rodata", BTF_KIND_DATASEC, &id);
	id = btf_vlen(rodata) - 1;
	snprintf(expected, size, format, types_name(btf, btf__type_by_id(btf, btf_var_secinfos(rodata)[id].type)));
	return &btf_var_secinfos(rodata)[id];
}

static void test_variable_beyond(void **)
{
	char expected[256];

	last_variable(BTF_REFUSED "'%s' is not within '.rodata'" AGAIN_HINT, expected, sizeof(expected))->offset = -1;
	check(expected);
}

/* As much as the file has, and a type that would have more */
static void test_variable_of_more(void **)
{
	char expected[256];

	last_variable(BTF_REFUSED "'%s' is larger than its place in '.rodata'" AGAIN_HINT, expected, sizeof(expected))
		->size = 1;
	check(expected);
}

static void test_odd_number(void **)
{
	__u32 id;

	find_type("unsigned long long", BTF_KIND_INT, &id)->size = 3;
	check(BTF_REFUSED "'unsigned long long' is a number of 3 bytes" AGAIN_HINT);
}

static void test_names_for_terminals(void **)
{
	struct btf_header *hdr = btf_of_file();
	char *names = (char *)hdr + hdr->hdr_len + hdr->str_off;
	_cleanup_(freep) char *expected = NULL;
	__u32 id;

	names[find_type("user_exit_info", BTF_KIND_STRUCT, &id)->name_off] = '\033';
	assert_true(asprintf(&expected, BTF_REFUSED "a name of type %u can't be shown" AGAIN_HINT, id) > 0);
	check(expected);
}

/* The file */

static void test_other_byte_order(void **)
{
	file()->e_ident[EI_DATA] = ELFDATA2MSB;
	check("'x.bpf.o' is an ELF file, but not of 64 bits with the least first\n"
	      "hint: a scheduler object is what 'clang -target bpf -c' makes\n");
}

static void test_program_beyond(void **)
{
	Elf64_Shdr *symtab = section(".symtab");
	Elf64_Sym *sym = bytes_of(symtab);

	while (ELF64_ST_TYPE(sym->st_info) != STT_FUNC)
		sym++;
	sym->st_value = -sym->st_size;
	check(ELF_REFUSED "a symbol is not within its section" AGAIN_HINT);
}

static void test_relocation_beyond(void **)
{
	((Elf64_Rel *)bytes_of(section(".rel.struct_ops.link")))->r_offset = section(".struct_ops.link")->sh_size - 4;
	check(ELF_REFUSED "a relocation is not within its section" AGAIN_HINT);
}

static void test_many_sections(void **)
{
	file()->e_shoff = ~0ull - 64;
	check(ELF_REFUSED "its sections are not within it" AGAIN_HINT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_unchanged, read_good, drop),
		cmocka_unit_test_setup_teardown(test_licence_without_bytes, read_good, drop),
		cmocka_unit_test_setup_teardown(test_types_without_bytes, read_good, drop),
		cmocka_unit_test_setup_teardown(test_ops_without_bytes, read_good, drop),
		cmocka_unit_test_setup_teardown(test_section_of_no_variables, read_good, drop),
		cmocka_unit_test_setup_teardown(test_type_that_is_its_own, read_good, drop),
		cmocka_unit_test_setup_teardown(test_member_beyond, read_good, drop),
		cmocka_unit_test_setup_teardown(test_small_member, read_good, drop),
		cmocka_unit_test_setup_teardown(test_variable_beyond, read_good, drop),
		cmocka_unit_test_setup_teardown(test_variable_of_more, read_good, drop),
		cmocka_unit_test_setup_teardown(test_odd_number, read_good, drop),
		cmocka_unit_test_setup_teardown(test_names_for_terminals, read_good, drop),
		cmocka_unit_test_setup_teardown(test_other_byte_order, read_good, drop),
		cmocka_unit_test_setup_teardown(test_program_beyond, read_good, drop),
		cmocka_unit_test_setup_teardown(test_relocation_beyond, read_good, drop),
		cmocka_unit_test_setup_teardown(test_many_sections, read_good, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
