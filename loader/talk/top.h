/* SPDX-License-Identifier: GPL-2.0 */
/*
 * top.h: the live view of a running tree, on the terminal: the status, once a second.
 */
#ifndef SCX_LOADER_TOP_H
#define SCX_LOADER_TOP_H

#include <stdbool.h>

#include "problem.h"

/**
 * top_run - show the tree until the user has seen enough: q, SIGINT, SIGTERM
 * @socket: the loader's
 *
 * A loader that goes away is waited for. The terminal is left as it was. Returns 0, or -errno after adding the problem: no
 * terminal, or no loader to begin with.
 */
int top_run(const char *socket, bool colours, struct problems *ps);

#endif
