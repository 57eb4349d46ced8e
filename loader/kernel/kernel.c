// SPDX-License-Identifier: GPL-2.0
/*
 * kernel.c: what is asked of the kernel, and whether its BTF shows it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <bpf/libbpf.h>

#include "object/bpf_log.h"
#include "cleanup.h"
#include "kernel.h"
#include "object/types.h"
#include "text.h"

#define SCX_SYSFS	"/sys/kernel/sched_ext"

/*
 * Each stands for a part of the interface, by what our schedulers use of it. Named the way that a reader of the
 * kernel's documentation would look for it.
 */
static const struct feature {
	const char *name;
	const char *structure, *member;		/* a struct; or what it must have, where there is one */
	const char *function;
	const char *enumeration, *enumerator;	/* of 64 bits */
} features[] = {
	{ "struct sched_ext_ops_cid", .structure = "sched_ext_ops_cid" },
	{ "ops.sub_attach", .structure = "sched_ext_ops_cid", .member = "sub_attach" },
	{ "ops.sub_ecaps_updated", .structure = "sched_ext_ops_cid", .member = "sub_ecaps_updated" },
	{ "ops.cpuctl_set_weight", .structure = "sched_ext_ops_cid", .member = "cpuctl_set_weight" },
	{ "scx_bpf_sub_dispatch()", .function = "scx_bpf_sub_dispatch" },
	{ "scx_bpf_sub_grant()", .function = "scx_bpf_sub_grant" },
	{ "scx_bpf_tid_to_task()", .function = "scx_bpf_tid_to_task" },
	{ "scx_bpf_cid_curr()", .function = "scx_bpf_cid_curr" },
	{ "SCX_OPS_TID_TO_TASK", .enumeration = "scx_ops_flags", .enumerator = "SCX_OPS_TID_TO_TASK" },
	{ "SCX_ENQ_IMMED", .enumeration = "scx_enq_flags", .enumerator = "SCX_ENQ_IMMED" },
	{ "SCX_ENQ_RESCUE", .enumeration = "scx_enq_flags", .enumerator = "SCX_ENQ_RESCUE" },
	{ "CONFIG_EXT_SUB_SCHED", .structure = "cgroup", .member = "scx_sched" },
};

int kernel_btf(struct btf **ret, struct problems *ps)
{
	struct btf *btf;
	int err;

	bpf_log_start();
	btf = btf__load_vmlinux_btf();
	if (!btf) {
		err = errno == ESRCH ? -ENOENT : -errno;	/* libbpf looked in many places */
		problem_add(ps, NULL, 0, "Linux 7.3 or later is needed, with CONFIG_DEBUG_INFO_BTF",
			    "can't read the type information (BTF) of this kernel: %s", strerror(-err));
		return err;
	}
	types_index(btf);
	*ret = btf;
	return 0;
}

int kernel_btf_file(const char *file, struct btf **ret, struct problems *ps)
{
	_cleanup_(btf__freep) struct btf *btf = NULL;
	char why[TYPES_WHY_BYTES];
	int err;

	bpf_log_start();
	btf = btf__parse(file, NULL);
	if (!btf) {
		err = -errno;
		libbpf_strerror(err, why, sizeof(why));
		problem_add(ps, NULL, 0, "a copy of /sys/kernel/btf/vmlinux of the machine, or its vmlinux",
			    "can't read the type information (BTF) of a kernel in '%s': %s", file, why);
		return err;
	}
	err = types_check(btf, NULL, why);
	if (err) {
		problem_add(ps, NULL, 0, NULL, "'%s' has type information (BTF) that is malformed: %s", file, why);
		return err;
	}
	types_index(btf);
	*ret = take_ptr(btf);
	return 0;
}

static bool has_enumerator(const struct btf *kernel, const char *enumeration, const char *name)
{
	int id = btf__find_by_name_kind(kernel, enumeration, BTF_KIND_ENUM64);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(kernel, id);

	for (int i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(kernel, btf_enum64(t)[i].name_off), name))
			return true;
	return false;
}

static bool has_feature(const struct btf *kernel, const struct feature *f)
{
	int id;

	if (f->enumeration)
		return has_enumerator(kernel, f->enumeration, f->enumerator);
	if (f->function)
		return btf__find_by_name_kind(kernel, f->function, BTF_KIND_FUNC) >= 0;
	id = btf__find_by_name_kind(kernel, f->structure, BTF_KIND_STRUCT);
	if (!f->member)
		return id >= 0;
	return id < 0 || types_find_member(kernel, btf__type_by_id(kernel, id), f->member);
}

int kernel_check(const struct btf *kernel, const char *file, struct problems *ps)
{
	_cleanup_(freep) char *missing = NULL;
	struct utsname running;
	size_t size;
	FILE *out = open_memstream(&missing, &size);

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++)
		if (!has_feature(kernel, &features[i]))
			fprintf(out, "%s%s", ftell(out) ? ", " : "", features[i].name);
	if (fclose(out))
		return -ENOMEM;
	if (!size)
		return 0;
	uname(&running);
	problem_add(ps, NULL, 0, "Linux 7.3 or later is needed, with CONFIG_EXT_SUB_SCHED", "%s%s%s lacks %s",
		    file ? "the kernel of '" : "kernel ", file ?: running.release, file ? "'" : "", missing);
	return -EOPNOTSUPP;
}

static bool read_word(const char *path, char *word, size_t size)
{
	FILE *in = fopen(path, "re");
	bool read = in && fgets(word, size, in);

	if (in)
		fclose(in);
	if (read)
		word[strcspn(word, "\n")] = '\0';
	return read;
}

char *kernel_scheduler(void)
{
	char word[64];

	if (!read_word(SCX_SYSFS "/state", word, sizeof(word)) || !strcmp(word, "disabled"))
		return NULL;
	if (!read_word(SCX_SYSFS "/root/ops", word, sizeof(word)))
		strcpy(word, "?");
	text_mend(word);
	return strdup(word);
}
