// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "facts.h"

bool object_has(const struct object_facts *facts, const char *member)
{
	for (char **m = facts->members; *m; m++)
		if (!strcmp(*m, member))
			return true;
	return false;
}

const struct tunable *object_find_tunable(const struct object_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->nr_tunables; i++)
		if (!strcmp(facts->tunables[i].name, name))
			return &facts->tunables[i];
	return NULL;
}
