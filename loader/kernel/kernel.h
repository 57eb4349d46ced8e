/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kernel.h: what the kernel can do, told by its BTF; and who schedules.
 */
#ifndef SCX_LOADER_KERNEL_H
#define SCX_LOADER_KERNEL_H

#include "problem.h"

struct btf;

/**
 * kernel_btf - BTF of the kernel that runs
 * @ret: to be freed with btf__free()
 *
 * Returns 0, or -errno after adding the problem.
 */
int kernel_btf(struct btf **ret, struct problems *ps);

/**
 * kernel_btf_file - the same of another kernel
 * @file: as /sys/kernel/btf/vmlinux is there, or its vmlinux
 */
int kernel_btf_file(const char *file, struct btf **ret, struct problems *ps);

/**
 * kernel_check - can this kernel run a tree of schedulers?
 * @file: where its BTF was read; NULL: it is the kernel that runs
 *
 * Linux 7.2 has sub-schedulers too, but no capabilities, and a task that leaves a sub's cgroup keeps a dangling
 * pointer. Returns 0, or -EOPNOTSUPP after adding one problem that names all that is missing.
 */
int kernel_check(const struct btf *kernel, const char *file, struct problems *ps);

/* The name of the scheduler that has the machine, to be freed; NULL: the kernel's own has it. */
char *kernel_scheduler(void);

#endif
