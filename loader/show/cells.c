// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "cells.h"
#include "text.h"

const struct column columns[NR_CELLS] = {
	[CELL_NODE] = { "NODE", false },     [CELL_SCHED] = { "SCHED", false },
	[CELL_CGROUP] = { "CGROUP", false }, [CELL_STATE] = { "STATE", false },
	[CELL_WEIGHT] = { "WEIGHT", true },  [CELL_ENTITLED] = { "ENTITLED", true },
	[CELL_CPUS] = { "CPUS", true },	     [CELL_RUN] = { "RUN", true },
	[CELL_P99] = { "P99 WAIT", true },   [CELL_SLAB] = { "USED/HIGH/SLAB", true },
};

unsigned long long node_number(sd_json_variant *node, const char *key)
{
	return sd_json_variant_unsigned(sd_json_variant_by_key(node, key));
}

const char *node_string(sd_json_variant *node, const char *key)
{
	return sd_json_variant_string(sd_json_variant_by_key(node, key)) ?: "";
}

bool node_flag(sd_json_variant *node, const char *key)
{
	return sd_json_variant_boolean(sd_json_variant_by_key(node, key));
}

bool node_is_attached(sd_json_variant *node)
{
	return !strcmp(node_string(node, "state"), "attached");
}

static char *cpus(sd_json_variant *node, const char *key)
{
	return text_of("%.2f", node_number(node, key) / 1000.);
}

bool node_is_waiting(sd_json_variant *node)
{
	return !strcmp(node_string(node, "state"), "waiting");
}

/* A wait of which only the power of two is known: two digits. */
static char *wait_text(sd_json_variant *node)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	sd_json_variant *ns = sd_json_variant_by_key(node, "p99_wait_ns");
	double wait = sd_json_variant_unsigned(ns);
	size_t unit = 0;

	if (!ns || sd_json_variant_is_null(ns))
		return text_of("-");
	if (!wait)
		return text_of("0");
	for (; wait >= 1000 && unit < sizeof(units) / sizeof(units[0]) - 1; unit++)
		wait /= 1000;
	return text_of(wait < 9.95 ? "%.1f%s" : "%.0f%s", wait, units[unit]);
}

/* A scheduler with an arena of its own has no contexts of ours. */
static char *slab(sd_json_variant *node)
{
	if (!node_number(node, "slab_capacity"))
		return text_of("-");
	return text_of("%llu/%llu/%llu", node_number(node, "slab_used"), node_number(node, "slab_high"),
		       node_number(node, "slab_capacity"));
}

/* What only an attached scheduler has; of those that publish nothing, its tasks are not known. */
static bool has(sd_json_variant *node, enum cell cell)
{
	if (cell < CELL_WEIGHT)
		return true;
	if (!node_is_attached(node))
		return false;
	return !(node_flag(node, "foreign") && (cell == CELL_RUN || cell == CELL_P99));
}

char *cell_text(sd_json_variant *node, enum cell cell)
{
	if (!has(node, cell))
		return text_of("-");
	switch (cell) {
	case CELL_NODE:
		return text_of("%*s%s%s", (int)node_number(node, "depth") * 2, "", node_string(node, "name"),
			       node_flag(node, "differs") ? "*" : "");
	case CELL_SCHED:
		return text_of("%s", node_string(node, "sched"));
	case CELL_CGROUP:
		return text_of("%s", node_string(node, "cgroup"));
	case CELL_STATE:
		return text_of("%s", node_string(node, "state"));
	case CELL_WEIGHT: /* root competes with nobody */
		return node_number(node, "depth") ? text_of("%llu", node_number(node, "weight")) : text_of("-");
	case CELL_ENTITLED:
		return cpus(node, "entitled_milli");
	case CELL_CPUS:
		return cpus(node, "delivered_milli");
	case CELL_RUN:
		return text_of("%llu", node_number(node, "nr_queued") + node_number(node, "nr_running"));
	case CELL_P99:
		return wait_text(node);
	case CELL_SLAB:
		return slab(node);
	case NR_CELLS:
		break;
	}
	return NULL;
}

enum tone cell_tone(sd_json_variant *node, enum cell cell)
{
	if (cell == CELL_STATE && !node_is_attached(node))
		return node_is_waiting(node) ? TONE_NOTE : TONE_BAD;
	if (cell == CELL_SLAB && node_number(node, "slab_capacity") &&
	    node_number(node, "slab_used") >= node_number(node, "slab_capacity"))
		return TONE_BAD;
	return cell == CELL_NODE && node_flag(node, "differs") ? TONE_NOTE : TONE_PLAIN;
}

static sd_json_variant *exit_of(sd_json_variant *node, const char *key)
{
	sd_json_variant *end = sd_json_variant_by_key(node, key);

	return end && !sd_json_variant_is_null(end) ? end : NULL;
}

char *exit_text(sd_json_variant *node)
{
	sd_json_variant *end = exit_of(node, "exit") ?: exit_of(node, "last_exit");
	long long code = sd_json_variant_integer(sd_json_variant_by_key(end, "code"));
	const char *msg = node_string(end, "msg"), *colon = *msg ? ": " : "";

	if (!end)
		return NULL;
	if (code)
		return text_of("%s (%lld)%s%s", node_string(end, "reason"), code, colon, msg);
	return text_of("%s%s%s", node_string(end, "reason"), colon, msg);
}

char *awaited_text(sd_json_variant *node)
{
	const char *name = node_string(node, "waits_for");

	if (!node_is_waiting(node))
		return NULL;
	return strcmp(name, node_string(node, "name")) ? text_of("'%s'", name) : text_of("its cgroup");
}
