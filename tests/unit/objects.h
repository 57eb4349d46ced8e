/* SPDX-License-Identifier: GPL-2.0 */
/* objects.h: the prepared objects of tests/unit/objects, compiled to $TEST_OBJECTS, and the kernels to look at. */
#ifndef SCX_TESTS_OBJECTS_H
#define SCX_TESTS_OBJECTS_H

#include "loader/object/object.h"
#include "loader/object/types.h"

static inline const char *objects_folder(void)
{
	return getenv("TEST_OBJECTS") ?: "build/tests/unit/objects";
}

/* To be freed. */
static inline char *object_path(const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s.bpf.o", objects_folder(), name) < 0 ? NULL : path;
}

/* NULL when no such kernel is at hand; then the caller skips its test. */
static inline struct btf *kernel_at(const char *variable)
{
	const char *path = getenv(variable);

	return path && *path ? btf__parse(path, NULL) : NULL;
}

#endif
