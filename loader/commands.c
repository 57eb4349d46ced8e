// SPDX-License-Identifier: GPL-2.0
/*
 * commands.c: a word with the loader that runs, and what it answers, for the user to read.
 */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "commands.h"
#include "control.h"
#include "list.h"
#include "object.h"
#include "status.h"

int tell(struct problems *ps, int err, const char *what)
{
	if (err < 0 && !ps->nr)
		problem_add(ps, NULL, 0, NULL, "can't %s: %s", what, strerror(-err));
	problems_print(ps, PROG, stderr);
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const char *socket_path(const struct args *args)
{
	return args->socket ?: getenv("SCX_LOADER_SOCKET") ?: CONTROL_SOCKET;
}

int run_attach(const struct args *args)
{
	_cleanup_(problems_free) struct problems ps = {};
	int r = client_attach(socket_path(args), args->words[0], args->words[1], args->settings, &ps);

	return tell(&ps, r, "attach");
}

int run_detach(const struct args *args)
{
	_cleanup_(problems_free) struct problems ps = {};
	int r = client_detach(socket_path(args), args->words[0], &ps);

	return tell(&ps, r, "detach");
}

/* What was done, or would be. */
static int print_steps(sd_json_variant *reply)
{
	sd_json_variant *steps = sd_json_variant_by_key(reply, "steps");

	for (size_t i = 0; i < sd_json_variant_elements(steps); i++)
		puts(sd_json_variant_string(sd_json_variant_by_index(steps, i)));
	if (!sd_json_variant_elements(steps))
		puts("nothing to do");
	return EXIT_SUCCESS;
}

int run_set(const struct args *args)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *reply = NULL;
	_cleanup_(problems_free) struct problems ps = {};
	int r = client_set(socket_path(args), args->words[0], args->words + 1, args->dry_run, &reply, &ps);

	return r < 0 ? tell(&ps, r, "change the node") : print_steps(reply);
}

int run_reload(const struct args *args)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *reply = NULL;
	_cleanup_(problems_free) struct problems ps = {};
	int r = client_reload(socket_path(args), args->dry_run, &reply, &ps);

	return r < 0 ? tell(&ps, r, "reload") : print_steps(reply);
}

int run_status(const struct args *args)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *status = NULL;
	_cleanup_(problems_free) struct problems ps = {};
	int r;

	r = client_status(socket_path(args), &status, &ps);
	if (r < 0)
		return tell(&ps, r, "read the status");
	if (args->json)
		r = sd_json_variant_dump(status, SD_JSON_FORMAT_PRETTY | SD_JSON_FORMAT_COLOR_AUTO, stdout, NULL);
	else
		r = status_print(status, stdout);
	return tell(&ps, r, "print the status");
}

int run_list(const struct args *)
{
	_cleanup_(problems_free) struct problems ps = {};

	return tell(&ps, list_schedulers(stdout, object_search_path()), "list the schedulers");
}
