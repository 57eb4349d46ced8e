/* SPDX-License-Identifier: GPL-2.0 */
/*
 * elf_file.h: an object file as ELF: its sections and symbols. It may be anybody's: what is handed out here lies within the
 * file, and what libbpf takes on trust has been checked.
 */
#ifndef SCX_LOADER_ELF_FILE_H
#define SCX_LOADER_ELF_FILE_H

#include <elf.h>

#include "object_facts.h"

struct elf_file_section {
	const char *name;
	const char *bytes;	/* NULL: it takes none of the file (.bss) */
	uint64_t size;		/* in memory, where it takes none of the file */
	Elf64_Shdr header;
};

struct elf_file {
	struct elf_file_section *sections;
	size_t nr_sections;
	const struct elf_file_section *symbols;	/* and the names of these; NULL: there are none */
	const struct elf_file_section *names;
};

/**
 * elf_file_open - read an ELF file for BPF
 * @image: outlives @elf, which is freed by elf_file_close() whatever is returned
 *
 * Returns 0, -EINVAL after adding what it is instead, or how it is damaged, or -ENOMEM.
 */
int elf_file_open(const struct subject *s, const struct image *image, struct elf_file *elf);
void elf_file_close(struct elf_file *elf);

/* A section with bytes in the file, by name; NULL when there is none. */
const struct elf_file_section *elf_file_find(const struct elf_file *elf, const char *name);

/* A symbol, and its name; false behind the last one. */
bool elf_file_symbol(const struct elf_file *elf, size_t i, Elf64_Sym *ret, const char **ret_name);

#endif
