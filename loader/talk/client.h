/* SPDX-License-Identifier: GPL-2.0 */
/*
 * client.h: ask the running loader through its control socket.
 *
 * All return 0 or -errno, with the loader's problems as it told them, or with what is wrong with the connection:
 * CLIENT_NO_LOADER when none listens there.
 */
#ifndef SCX_LOADER_CLIENT_H
#define SCX_LOADER_CLIENT_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-json.h>
#include <systemd/sd-varlink.h>

#include "problem.h"

#define CLIENT_NO_LOADER	(-EHOSTDOWN)

/* A connection, for those who have an event loop; to be closed and freed. */
int client_connect(const char *socket, sd_varlink **ret, struct problems *ps);

/* @ret: the document of status.h */
int client_status(const char *socket, sd_json_variant **ret, struct problems *ps);

/* @ret: OpenMetrics text, to be freed. The loader has a few seconds to answer. */
int client_metrics(const char *socket, char **ret, struct problems *ps);

/* @node: NULL for all; @since_us: as of journal_to_json(); @ret: the document of journal.h */
int client_log(const char *socket, const char *node, uint64_t since_us, sd_json_variant **ret, struct problems *ps);

/**
 * client_attach - attach a scheduler to a cgroup
 * @sched: a name on the loader's search path, or a path to an object, seen from here
 * @options: KEY=VALUE; ends with NULL
 */
int client_attach(const char *socket, const char *cgroup, const char *sched, char *const *options, struct problems *ps);

int client_detach(const char *socket, const char *cgroup, struct problems *ps);

/**
 * client_reload - have the hierarchy file read again and carried out
 * @ret: {"steps": [...]}: what was done, or with @dry_run would be
 */
int client_reload(const char *socket, bool dry_run, sd_json_variant **ret, struct problems *ps);

/* Change keys of a node; @settings: KEY=VALUE, ends with NULL. @dry_run and @ret as of client_reload(). */
int client_set(const char *socket, const char *node, char *const *settings, bool dry_run, sd_json_variant **ret,
	       struct problems *ps);

/* Have the loader take its tree down, or @keep it for the next one, and wait until it has ended. */
int client_stop(const char *socket, bool keep, struct problems *ps);

#endif
