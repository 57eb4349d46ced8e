/* SPDX-License-Identifier: GPL-2.0 */
/*
 * commands.h: what scx-loader does, whose words and options are main.c's: run_tree(), without a command, is run.c's, the others
 * commands.c's. Each prints, and returns the exit status.
 */
#ifndef SCX_LOADER_COMMANDS_H
#define SCX_LOADER_COMMANDS_H

#include <stdbool.h>
#include <systemd/sd-json.h>

#include "problem.h"

#define PROG	"scx-loader"
#define METRICS_ADDRESS	"127.0.0.1:9464"
#define EXIT_NO_LOADER	3	/* of all that ask one */
#define EXIT_UNHEALTHY	4	/* of status: a node is neither attached nor waits, or is not as the file says */

struct args {
	char *config, *btf, *socket, *listen, *since;
	bool check, verbose, json, dry_run, keep, follow, help, version;
	char **settings; /* of -o; ends with NULL */
	char **words;	 /* of the command; as many as it takes, then NULL */
};

/* Tell what is wrong; @what could not be done, for an error without a problem. Returns the exit status. */
int tell(struct problems *ps, int err, const char *what);

/* Print a document as JSON, in colour where that is wanted. Returns the exit status. */
int tell_json(sd_json_variant *document);

/* Where the loader listens, as far as the user said. */
const char *socket_path(const struct args *args);

int run_tree(const struct args *args);
int run_attach(const struct args *args);
int run_detach(const struct args *args);
int run_set(const struct args *args);
int run_reload(const struct args *args);
int run_stop(const struct args *args);
int run_status(const struct args *args);
int run_top(const struct args *args);
int run_log(const struct args *args);
int run_metrics(const struct args *args);
int run_list(const struct args *args);

#endif
