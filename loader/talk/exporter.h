/* SPDX-License-Identifier: GPL-2.0 */
/*
 * exporter.h: metrics over HTTP: GET /metrics. It knows no tree: `scx-loader metrics` asks the loader for the text through
 * its control socket, and needs no more rights than that. The loader, which is root, has no HTTP.
 *
 * Who asks is not asked, so it listens where only this machine can: see address.h. Whatever clients do, it costs a bounded
 * number of connections, each for a bounded time, and the loader one call in a tenth of a second.
 */
#ifndef SCX_LOADER_EXPORTER_H
#define SCX_LOADER_EXPORTER_H

#include <systemd/sd-event.h>

#include "problem.h"

struct exporter;

/* The text now, to be freed. Returns 0, or -errno after adding the problem. */
typedef int (*exporter_read_fn)(void *arg, char **ret, struct problems *ps);

/* One that listens nowhere yet. */
struct exporter *exporter_new(sd_event *event, exporter_read_fn read, void *arg);

/**
 * exporter_listen - listen, and answer from now on; once
 * @address: as address_parse() takes it
 *
 * Returns 0, or -errno after adding the problem.
 */
int exporter_listen(struct exporter *e, const char *address, struct problems *ps);

/* NULL is fine. */
void exporter_free(struct exporter *e);

#endif
