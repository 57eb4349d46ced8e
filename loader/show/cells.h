/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cells.h: a node of the status document as the cells of a table's line: what `status` and `top` have in common.
 *
 * What the document lacks, because the loader is older, shows as 0 or as an empty cell.
 */
#ifndef SCX_LOADER_CELLS_H
#define SCX_LOADER_CELLS_H

#include <stdbool.h>
#include <systemd/sd-json.h>

enum cell {
	CELL_NODE,
	CELL_SCHED,
	CELL_CGROUP,
	CELL_STATE,
	CELL_WEIGHT,
	CELL_ENTITLED,
	CELL_CPUS,
	CELL_RUN,
	CELL_P99,
	CELL_SLAB,
	NR_CELLS,
};

/* What a cell is about, for those who have colours. */
enum tone { TONE_PLAIN, TONE_BAD, TONE_NOTE };

struct column {
	const char *title;
	bool right; /* aligned */
};

extern const struct column columns[NR_CELLS];

/* The text of a cell, to be freed. The node's name is indented by its depth. */
char *cell_text(sd_json_variant *node, enum cell cell);

enum tone cell_tone(sd_json_variant *node, enum cell cell);

/* How a node's scheduler ended the last time, in one line, to be freed. NULL: it has not. */
char *exit_text(sd_json_variant *node);

/* What a node waits for, to be freed: its cgroup, or a node above. NULL: it does not wait. */
char *awaited_text(sd_json_variant *node);

/* What cells are made of. */
unsigned long long node_number(sd_json_variant *node, const char *key);
const char *node_string(sd_json_variant *node, const char *key);
bool node_flag(sd_json_variant *node, const char *key);
bool node_is_attached(sd_json_variant *node);
bool node_is_waiting(sd_json_variant *node);

#endif
