/* SPDX-License-Identifier: GPL-2.0 */
/*
 * problems.h: what is wrong as JSON, for a client of the control socket and for a program that has a file checked.
 */
#ifndef SCX_LOADER_PROBLEMS_H
#define SCX_LOADER_PROBLEMS_H

#include <systemd/sd-json.h>

#include "problem.h"

/* [{"where": ..., "text": ..., "hint": ...}], with null for what is not said. Returns 0 or -errno. */
int problems_to_json(const struct problems *ps, sd_json_variant **ret);

#endif
