// SPDX-License-Identifier: GPL-2.0
/*
 * elf_file.c: read an ELF file, and believe nothing in it. The file is small, of one byte order and class, and in memory, so
 * that this is less than what it would take to be sure of libelf, which libbpf reads it with.
 */
#include <errno.h>
#include <string.h>

#include "elf_file.h"
#include "image.h"
#include "text.h"

#define CLANG_HINT	"a scheduler object is what 'clang -target bpf -c' makes"
#define MAX_SECTIONS	4096
#define MAX_SYMBOLS	16384	/* libbpf goes through all of them for each variable */
#define LOAD_64		0x18	/* the code of an instruction that is two: libbpf looks at the second one, too */

/* What an error says goes behind this. */
#define refuse_damaged(s, fmt, ...) \
	(subject_refuse(s, REMAKE_HINT, "is a damaged ELF file: " fmt, ##__VA_ARGS__), -EINVAL)

static bool is_within(uint64_t start, uint64_t size, uint64_t end)
{
	return start <= end && size <= end - start;
}

/* Where the file's last part ends; 0: nowhere, as its numbers make no sense. */
static uint64_t file_end(const struct elf_file *elf, const Elf64_Ehdr *eh)
{
	uint64_t table = (uint64_t)eh->e_shnum * sizeof(Elf64_Shdr), end, other;

	if (__builtin_add_overflow(eh->e_shoff, table, &end))
		return 0;
	for (size_t i = 0; i < elf->nr_sections; i++) {
		const Elf64_Shdr *sh = &elf->sections[i].header;

		if (sh->sh_type == SHT_NOBITS || sh->sh_type == SHT_NULL)
			continue;
		if (__builtin_add_overflow(sh->sh_offset, sh->sh_size, &other))
			return 0;
		end = other > end ? other : end;
	}
	return end;
}

static int check_kind(const struct subject *s, const struct image *image, Elf64_Ehdr *eh)
{
	static const char magic[] = ELFMAG;

	if (image->size < sizeof(*eh) || memcmp(image->bytes, magic, SELFMAG)) {
		subject_refuse(s, CLANG_HINT, "is not an ELF file");
		return -EINVAL;
	}
	memcpy(eh, image->bytes, sizeof(*eh));
	if (eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_ident[EI_DATA] != ELFDATA2LSB)
		subject_refuse(s, CLANG_HINT, "is an ELF file, but not of 64 bits with the least first");
	else if (eh->e_machine != EM_BPF)
		subject_refuse(s, CLANG_HINT, "is an ELF file, but not for BPF (machine %u)", eh->e_machine);
	else if (eh->e_type != ET_REL)
		subject_refuse(s, CLANG_HINT, "is a BPF file, but not a relocatable object (type %u)", eh->e_type);
	else
		return 0;
	return -EINVAL;
}

static int read_headers(const struct subject *s, const struct image *image, const Elf64_Ehdr *eh, struct elf_file *elf)
{
	uint64_t table = (uint64_t)eh->e_shnum * sizeof(Elf64_Shdr), end = file_end(elf, eh);

	if (!end || eh->e_version != EV_CURRENT || eh->e_ehsize != sizeof(*eh))
		return refuse_damaged(s, "its sections are not within it");
	if (!eh->e_shnum || eh->e_shnum > MAX_SECTIONS || eh->e_shentsize != sizeof(Elf64_Shdr))
		return refuse_damaged(s, "it has no sections, or more than %u", MAX_SECTIONS);
	if (is_within(eh->e_shoff, table, image->size)) {
		elf->sections = calloc(eh->e_shnum, sizeof(*elf->sections));
		if (!elf->sections)
			return -ENOMEM;
		elf->nr_sections = eh->e_shnum;
		for (size_t i = 0; i < elf->nr_sections; i++)
			memcpy(&elf->sections[i].header, (char *)image->bytes + eh->e_shoff + i * sizeof(Elf64_Shdr),
			       sizeof(Elf64_Shdr));
		end = file_end(elf, eh);
	}
	if (!end)
		return refuse_damaged(s, "its sections are not within it");
	if (end <= image->size)
		return 0;
	subject_refuse(s, REMAKE_HINT, "is truncated: it has %zu bytes of at least %llu", image->size,
		       (unsigned long long)end);
	return -EINVAL;
}

/* A table of names, which all end within it */
static bool is_names(const struct elf_file *elf, uint32_t section)
{
	const struct elf_file_section *names = section < elf->nr_sections ? &elf->sections[section] : NULL;

	return names && names->header.sh_type == SHT_STRTAB && names->size && !names->bytes[names->size - 1];
}

static int read_sections(const struct subject *s, const struct image *image, const Elf64_Ehdr *eh, struct elf_file *elf)
{
	for (size_t i = 0; i < elf->nr_sections; i++) {
		struct elf_file_section *sec = &elf->sections[i];
		const Elf64_Shdr *sh = &sec->header;

		if (sh->sh_addralign & (sh->sh_addralign - 1))
			return refuse_damaged(s, "section %zu is aligned to no power of two", i);
		sec->size = sh->sh_type == SHT_NULL ? 0 : sh->sh_size;
		if (sh->sh_type != SHT_NOBITS && sh->sh_type != SHT_NULL)
			sec->bytes = (char *)image->bytes + sh->sh_offset;
	}
	if (!is_names(elf, eh->e_shstrndx))
		return refuse_damaged(s, "its sections have no names");
	for (size_t i = 0; i < elf->nr_sections; i++) {
		const struct elf_file_section *names = &elf->sections[eh->e_shstrndx];
		struct elf_file_section *sec = &elf->sections[i];

		if (sec->header.sh_name >= names->size)
			return refuse_damaged(s, "section %zu has no name", i);
		sec->name = names->bytes + sec->header.sh_name;
		if (!text_is_plain(sec->name))
			return refuse_damaged(s, "the name of section %zu can't be shown", i);
		/* whoever looks for one by name, libbpf or this, must find the same */
		for (size_t j = 0; j < i; j++)
			if (sec->size && !strcmp(sec->name, elf->sections[j].name))
				return refuse_damaged(s, "it has two sections '%s'", sec->name);
	}
	return 0;
}

static int check_symbol(const struct subject *s, const struct elf_file *elf, const Elf64_Sym *sym)
{
	const struct elf_file_section *sec = sym->st_shndx < elf->nr_sections ? &elf->sections[sym->st_shndx] : NULL;
	unsigned int type = ELF64_ST_TYPE(sym->st_info);

	if (sym->st_name >= elf->names->size)
		return refuse_damaged(s, "a symbol has no name");
	if (!text_is_plain(elf->names->bytes + sym->st_name))
		return refuse_damaged(s, "the name of a symbol can't be shown");
	if (!sec && sym->st_shndx < SHN_LORESERVE)
		return refuse_damaged(s, "a symbol is in no section");
	if (!sec || sym->st_shndx == SHN_UNDEF)
		return 0;
	if (!is_within(sym->st_value, sym->st_size, sec->size) || (type == STT_FUNC && !sec->bytes))
		return refuse_damaged(s, "a symbol is not within its section");
	if (type != STT_FUNC || !sym->st_size)
		return 0;
	if (sym->st_value % 8 || sym->st_size % 8)
		return refuse_damaged(s, "a program is not made of whole instructions");
	if ((uint8_t)sec->bytes[sym->st_value + sym->st_size - 8] == LOAD_64)
		return refuse_damaged(s, "a program ends within an instruction");
	return 0;
}

static int read_symbols(const struct subject *s, struct elf_file *elf)
{
	const char *name;
	Elf64_Sym sym;
	int err = 0;

	for (size_t i = 0; i < elf->nr_sections; i++) {
		const struct elf_file_section *sec = &elf->sections[i];

		if (sec->header.sh_type != SHT_SYMTAB)
			continue;
		if (elf->symbols || sec->header.sh_entsize != sizeof(Elf64_Sym) || sec->size % sizeof(Elf64_Sym) ||
		    !is_names(elf, sec->header.sh_link))
			return refuse_damaged(s, "it has no table of symbols, or two");
		elf->symbols = sec;
		elf->names = &elf->sections[sec->header.sh_link];
	}
	if (elf->symbols && elf->symbols->size / sizeof(Elf64_Sym) > MAX_SYMBOLS)
		return refuse_damaged(s, "it has more than %u symbols", MAX_SYMBOLS);
	for (size_t i = 0; !err && elf_file_symbol(elf, i, &sym, &name); i++)
		err = check_symbol(s, elf, &sym);
	return err;
}

static int check_relocations(const struct subject *s, const struct elf_file *elf, const struct elf_file_section *sec)
{
	const struct elf_file_section *target;
	Elf64_Rel rel;

	if (sec->header.sh_entsize != sizeof(rel) || sec->size % sizeof(rel) || sec->header.sh_info >= elf->nr_sections)
		return refuse_damaged(s, "'%s' is no table of relocations", sec->name);
	target = &elf->sections[sec->header.sh_info];
	for (size_t at = 0; at < sec->size; at += sizeof(rel)) {
		memcpy(&rel, sec->bytes + at, sizeof(rel));
		/* those of type information have 4 bytes, all others 8 */
		if (!target->bytes || !is_within(rel.r_offset, strncmp(target->name, ".BTF", 4) ? 8 : 4, target->size))
			return refuse_damaged(s, "a relocation is not within its section");
		if (!elf->symbols || ELF64_R_SYM(rel.r_info) >= elf->symbols->size / sizeof(Elf64_Sym))
			return refuse_damaged(s, "a relocation is to no symbol");
	}
	return 0;
}

int elf_file_open(const struct subject *s, const struct image *image, struct elf_file *elf)
{
	Elf64_Ehdr eh;
	int err;

	*elf = (struct elf_file){};
	err = check_kind(s, image, &eh);
	err = err ?: read_headers(s, image, &eh, elf);
	err = err ?: read_sections(s, image, &eh, elf);
	err = err ?: read_symbols(s, elf);
	for (size_t i = 0; !err && i < elf->nr_sections; i++)
		if (elf->sections[i].header.sh_type == SHT_REL)
			err = check_relocations(s, elf, &elf->sections[i]);
	return err;
}

void elf_file_close(struct elf_file *elf)
{
	free(elf->sections);
}

const struct elf_file_section *elf_file_find(const struct elf_file *elf, const char *name)
{
	for (size_t i = 0; i < elf->nr_sections; i++)
		if (elf->sections[i].bytes && elf->sections[i].size && !strcmp(elf->sections[i].name, name))
			return &elf->sections[i];
	return NULL;
}

bool elf_file_symbol(const struct elf_file *elf, size_t i, Elf64_Sym *ret, const char **ret_name)
{
	if (!elf->symbols || i >= elf->symbols->size / sizeof(*ret))
		return false;
	memcpy(ret, elf->symbols->bytes + i * sizeof(*ret), sizeof(*ret));
	*ret_name = ret->st_name < elf->names->size ? elf->names->bytes + ret->st_name : "";
	return true;
}
