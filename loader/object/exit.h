/* SPDX-License-Identifier: GPL-2.0 */
/*
 * exit.h: how a scheduler ended.
 */
#ifndef SCX_LOADER_EXIT_H
#define SCX_LOADER_EXIT_H

#include <stdint.h>

#define EXIT_KIND_UNKNOWN	(-1)

/* How a scheduler ended, in the kernel's words (struct scx_exit_info). */
struct exit_record {
	int kind;		/* enum scx_exit_kind; 0: has not ended, EXIT_KIND_UNKNOWN: has, and nobody told how */
	int64_t code;
	char *reason;		/* "runtime error", ... */
	char *msg;		/* "slab exhausted ...", may be empty */
};

void exit_record_clear(struct exit_record *e);

/* With no message. */
void exit_record_set(struct exit_record *e, int kind, int64_t code, const char *reason);

/* How it ended, in one line: "runtime error (-22): message"; to be freed. */
char *exit_record_text(const struct exit_record *e);

#endif
