// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cids.h"
#include "cleanup.h"
#include "text.h"

#define EXCLUSIVE	"exclusive:"

void cid_set_add(struct cid_set *set, uint32_t first, uint32_t end)
{
	for (uint32_t cid = first; cid < end && cid < POOL_MAX_CIDS; cid++)
		set->bits[cid / 64] |= 1ull << cid % 64;
}

void cid_set_add_all(struct cid_set *set, const struct cid_set *more)
{
	for (size_t i = 0; i < POOL_MAX_CIDS / 64; i++)
		set->bits[i] |= more->bits[i];
}

uint32_t cid_set_count(const struct cid_set *set)
{
	uint32_t nr = 0;

	for (size_t i = 0; i < POOL_MAX_CIDS / 64; i++)
		nr += __builtin_popcountll(set->bits[i]);
	return nr;
}

bool cid_set_next_range(const struct cid_set *set, uint32_t *ret_first, uint32_t *ret_end)
{
	uint32_t cid = *ret_end;

	while (cid < POOL_MAX_CIDS && !cid_set_has(set, cid))
		cid++;
	*ret_first = cid;
	while (cid_set_has(set, cid))
		cid++;
	*ret_end = cid;
	return *ret_first < cid;
}

char *cid_set_text(const struct cid_set *set, uint32_t (*name)(uint32_t cid))
{
	struct cid_set named = {};
	uint32_t first, end = 0;
	char *text = NULL;
	FILE *out;

	while (name && cid_set_next_range(set, &first, &end))
		for (uint32_t cid = first; cid < end; cid++)
			cid_set_add(&named, name(cid), name(cid) + 1);
	out = text_open(&text);
	end = 0;
	for (const char *comma = ""; cid_set_next_range(name ? &named : set, &first, &end); comma = ",")
		fprintf(out, end - first > 1 ? "%s%u-%u" : "%s%u", comma, first, end - 1);
	text_close(out);
	return text;
}

int cid_set_parse(const char *text, struct cid_set *ret)
{
	uint64_t first = 0, last;

	for (;; text++) {
		text = text_number(text, 10, &first);
		last = first;
		if (text && *text == '-')
			text = text_number(text + 1, 10, &last);
		if (!text || last < first || last >= POOL_MAX_CIDS)
			return -EINVAL;
		cid_set_add(ret, first, last + 1);
		if (*text != ',')
			return *text ? -EINVAL : 0;
	}
}

int cpus_parse(const char *text, struct cpus *ret)
{
	struct cpus cpus = {};
	uint64_t number = 0;
	const char *rest;

	if (strncmp(text, EXCLUSIVE, strlen(EXCLUSIVE)))
		return -EINVAL;
	text += strlen(EXCLUSIVE);
	rest = text_number(text, 10, &number) ?: "";
	if (number && number <= POOL_MAX_CIDS && !*rest)
		cpus.kind = CPUS_COUNT;
	else if (number && number < 100 && !strcmp(rest, "%"))
		cpus.kind = CPUS_PERCENT;
	else if (strpbrk(text, "-,") && !cid_set_parse(text, &cpus.list))
		cpus.kind = CPUS_LIST;
	else
		return -EINVAL;
	cpus.number = cpus.kind == CPUS_LIST ? 0 : number;
	*ret = cpus;
	return 0;
}

char *cpus_text(const struct cpus *cpus)
{
	_cleanup_(freep) char *list = cid_set_text(&cpus->list, NULL);

	switch (cpus->kind) {
	case CPUS_SHARED:
		break;
	case CPUS_COUNT:
		return text_of(EXCLUSIVE "%u", cpus->number);
	case CPUS_PERCENT:
		return text_of(EXCLUSIVE "%u%%", cpus->number);
	case CPUS_LIST:
		/* a lone cid would be a count */
		return strpbrk(list, "-,") ? text_of(EXCLUSIVE "%s", list) : text_of(EXCLUSIVE "%s-%s", list, list);
	}
	return copy_text("");
}
