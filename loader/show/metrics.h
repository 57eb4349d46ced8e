/* SPDX-License-Identifier: GPL-2.0 */
/*
 * metrics.h: the status of a tree as OpenMetrics text, for Prometheus and its like. Only the text: exporter.c serves it.
 */
#ifndef SCX_LOADER_METRICS_H
#define SCX_LOADER_METRICS_H

#include <stdio.h>

#include "tree/tree.h"

#define METRICS_CONTENT_TYPE	"application/openmetrics-text; version=1.0.0; charset=utf-8"

/**
 * metrics_print - write the whole exposition, to its "# EOF"
 *
 * Of a node whose scheduler does not run there is its state, and of a foreign one what is known of it: what nobody knows
 * is left out, not 0. Counters begin anew when a scheduler is attached anew.
 */
void metrics_print(const struct tree_status *st, FILE *out);

#endif
