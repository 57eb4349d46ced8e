// SPDX-License-Identifier: GPL-2.0
#include "cleanup.h"
#include "problems.h"

static int problem_to_json(const struct problem *p, sd_json_variant **ret)
{
	return sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING("where", p->where),
			      SD_JSON_BUILD_PAIR_STRING("text", p->text), SD_JSON_BUILD_PAIR_STRING("hint", p->hint));
}

int problems_to_json(const struct problems *ps, sd_json_variant **ret)
{
	int r = sd_json_variant_new_array(ret, NULL, 0);

	for (size_t i = 0; i < ps->nr && r >= 0; i++) {
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *p = NULL;

		r = problem_to_json(&ps->list[i], &p);
		if (r >= 0)
			r = sd_json_variant_append_array(ret, p);
	}
	return r;
}
