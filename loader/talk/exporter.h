/* SPDX-License-Identifier: GPL-2.0 */
/*
 * exporter.h: the metrics of a running tree over HTTP: GET /metrics. libmicrohttpd runs on the loader's event loop, not in
 * threads: a tree is not thread-safe.
 *
 * Who asks is not asked, so it listens where only this machine can: see address.h. Whatever clients do, it costs the loader
 * a bounded number of connections, each for a bounded time, and one look at the tree in a tenth of a second.
 */
#ifndef SCX_LOADER_EXPORTER_H
#define SCX_LOADER_EXPORTER_H

#include <systemd/sd-event.h>

#include "tree/tree.h"

struct exporter;

/* One that listens nowhere yet. NULL without memory. */
struct exporter *exporter_new(sd_event *event);

/**
 * exporter_listen - listen elsewhere
 * @address: as address_parse() takes it; NULL: nowhere, as "off"
 *
 * Returns 0, or -errno after adding the problem: it listens then where it did before.
 */
int exporter_listen(struct exporter *e, const char *address, struct problems *ps);

/* Before the loop runs: of which tree. Clients that connect earlier wait. */
void exporter_serve(struct exporter *e, struct tree *tree);

/* NULL is fine. */
void exporter_free(struct exporter *e);

#endif
