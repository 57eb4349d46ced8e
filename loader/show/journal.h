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

#include <stdint.h>
#include <systemd/sd-json.h>
#include <time.h>

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
 * @since_us: only those from then on, in microseconds since 1970
 * @ret: {"events": [...]}, as org.scxtree.Loader.Log answers
 *
 * Returns 0 or -errno.
 */
int journal_to_json(const struct journal *j, const char *node, uint64_t since_us, sd_json_variant **ret);

/**
 * journal_time - a time as a user writes it
 * @text: "2026-11-28", "2026-11-28 12:00", "2026-11-28 12:00:30", "12:00" or "12:00:30" of today, all as the clock of this place
 *	  shows; or so long ago: "30s", "10m", "2h", "1d"
 * @now: seconds since 1970
 *
 * Returns 0 or -EINVAL.
 */
int journal_time(const char *text, time_t now, uint64_t *ret_us);

/* Such a document for the user to read. */
void journal_print(sd_json_variant *log, FILE *out);

#endif
