/* SPDX-License-Identifier: GPL-2.0 */
/*
 * status.h: what the user sees of a running tree.
 *
 * The JSON document is the truth and the table is a rendering of it: the loader makes the document, it travels through
 * the control socket as it is, and the client prints it or lays it out. So a client can show what an older loader says:
 * what is missing there shows as 0 or as an empty cell.
 */
#ifndef SCX_LOADER_STATUS_H
#define SCX_LOADER_STATUS_H

#include <stdio.h>
#include <systemd/sd-json.h>

#include "tree/tree.h"

/**
 * status_to_json - make the document: {"file": {...}, "pool": {...}, "nodes": [...], "groups": [...]}
 * @st: what was read from the tree
 * @ret: the document; fields are named as in the structs of tree.h, the state is a word, `exit` is null until the
 *	 scheduler ends
 *
 * Returns 0, or -errno as of libsystemd.
 */
int status_to_json(const struct tree_status *st, sd_json_variant **ret);

/**
 * status_print - lay the document out as a table: a line for each node, indented by its depth, one on how a scheduler
 * ended, one about the pool, and one when the file says something else; what the document lacks is left out
 */
void status_print(sd_json_variant *status, bool colours, FILE *out);

/**
 * status_of_node - of a document, a node and those beneath it: {"nodes": [...]}
 *
 * Returns 0, or -errno after adding the problem: -ENOENT there is none of that name.
 */
int status_of_node(sd_json_variant *status, const char *name, sd_json_variant **ret, struct problems *ps);

/* Is every node attached, or does it wait for its cgroup, and is it as the file says? */
bool status_is_healthy(sd_json_variant *status);

/* The word for a state, NULL beyond the last one. */
const char *status_state_name(enum node_state state);

#endif
