/* SPDX-License-Identifier: GPL-2.0 */
/*
 * journal.h: what happened to every node, kept on disk beyond the loader: for `scx-loader log`.
 *
 * Its folder has the file `events`, a JSON object a line, and when that is full the one before it, `events.old`; and in
 * `dumps` what the kernel wrote about each scheduler that failed. Each is bounded: JOURNAL_* below. The latest events
 * are in memory, too: a full disk, or none that may be written, loses nothing while the loader runs.
 */
#ifndef SCX_LOADER_JOURNAL_H
#define SCX_LOADER_JOURNAL_H

#include <systemd/sd-json.h>

#include "cleanup.h"
#include "tree/tree.h"

#define JOURNAL_FOLDER		"/var/lib/scx-loader"
#define JOURNAL_MAX_EVENTS	1000		/* that are shown */
#define JOURNAL_MAX_BYTES	(256 * 1024)	/* of `events`, then it becomes `events.old` */
#define JOURNAL_MAX_DUMPS	64		/* the oldest goes; each has up to OBJECT_DUMP_BYTES */
#define JOURNAL_NODE_DUMPS	8		/* of these for one node */

struct journal;

/* Where it is: what the service manager says, or JOURNAL_FOLDER. */
const char *journal_folder(void);

/**
 * journal_open - begin, with what is known from earlier loaders
 * @folder: made when it is missing; outlives the journal
 * @ps: why it can't be written. That is no reason not to go on.
 *
 * Returns NULL only without memory.
 */
struct journal *journal_open(const char *folder, struct problems *ps);

/* The same only to look at it: nothing is made, and nothing can be added. */
struct journal *journal_read(const char *folder, struct problems *ps);
void journal_close(struct journal *j);
DEFINE_CLEANUP(struct journal, journal_close)

/* Add what has happened now. @ps: why it can't be written: once, until it can again. */
void journal_add(struct journal *j, const struct tree_event *e, struct problems *ps);

/**
 * journal_to_json - the latest events, the oldest first
 * @node: only those of this one; NULL: all
 * @ret: {"events": [...]}, as org.scxtree.Loader.Log answers
 *
 * Returns 0 or -errno.
 */
int journal_to_json(const struct journal *j, const char *node, sd_json_variant **ret);

/* Such a document for the user to read. */
void journal_print(sd_json_variant *log, FILE *out);

#endif
