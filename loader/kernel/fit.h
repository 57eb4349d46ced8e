/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fit.h: what makes a machine unfit for any tree, though its kernel has all that one needs (kernel.h), as far as that shows
 * before something is tried.
 */
#ifndef SCX_LOADER_FIT_H
#define SCX_LOADER_FIT_H

#include "problem.h"

/**
 * fit_check - can a scheduler be loaded and attached on this machine, as it was booted?
 * @root: "" for this machine; of another file system, for tests
 *
 * Returns 0, or -EOPNOTSUPP after adding what is in the way.
 */
int fit_check(const char *root, struct problems *ps);

/* Is another scheduler, or a tree, in its place? Returns 0, or -EBUSY after adding the problem. */
int fit_check_free(const char *root, struct problems *ps);

#endif
