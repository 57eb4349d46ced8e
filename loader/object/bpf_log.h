/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf_log.h: what libbpf says while it opens and loads, the verifier's log included. The last lines are kept, so that a
 * failure can be explained; all of it is shown when the user wants to see it.
 */
#ifndef SCX_LOADER_BPF_LOG_H
#define SCX_LOADER_BPF_LOG_H

#include <stdio.h>

/* Where libbpf's messages go as they come; NULL, as at the start: nowhere. */
void bpf_log_show(FILE *out);

/* Listen to libbpf from here on; what was kept before is forgotten. */
void bpf_log_start(void);

/* The last lines since bpf_log_start(), each behind "\n    "; "" when libbpf said nothing. To be freed. */
char *bpf_log_tail(void);

#endif
