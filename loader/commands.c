// SPDX-License-Identifier: GPL-2.0
/*
 * commands.c: a word with the loader that runs, and what it answers, for the user to read.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "cleanup.h"
#include "talk/client.h"
#include "commands.h"
#include "talk/control.h"
#include "talk/exporter.h"
#include "talk/top.h"
#include "show/journal.h"
#include "kernel/kernel.h"
#include "object/list.h"
#include "object/object.h"
#include "tree/pins.h"
#include "show/status.h"

#define FOLLOW_SECONDS	1

DEFINE_CLEANUP(struct exporter, exporter_free)

int tell(struct problems *ps, int err, const char *what)
{
	if (err < 0 && !ps->nr)
		problem_add(ps, NULL, 0, NULL, "can't %s: %s", what, strerror(-err));
	problems_print(ps, PROG, err < 0 ? LOG_ERR : LOG_WARNING, stderr);
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The same, of who asks the loader. */
static int tell_asked(struct problems *ps, int err, const char *what)
{
	int status = tell(ps, err, what);

	return err == CLIENT_NO_LOADER ? EXIT_NO_LOADER : status;
}

/* On a terminal that has them, unless the user said otherwise: no-color.org. */
static bool wants_colours(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb");
}

int tell_json(sd_json_variant *document)
{
	sd_json_format_flags_t colour = wants_colours() ? SD_JSON_FORMAT_COLOR : 0;
	int r = sd_json_variant_dump(document, SD_JSON_FORMAT_PRETTY | colour, stdout, NULL);

	return tell(&(struct problems){}, r, "print it as JSON");
}

const char *socket_path(const struct args *args)
{
	return args->socket ?: getenv("SCX_LOADER_SOCKET") ?: CONTROL_SOCKET;
}

int run_attach(const struct args *args)
{
	_cleanup_(problems_free) struct problems ps = {};
	int r = client_attach(socket_path(args), args->words[0], args->words[1], args->settings, &ps);

	return tell_asked(&ps, r, "attach");
}

int run_detach(const struct args *args)
{
	_cleanup_(problems_free) struct problems ps = {};
	int r = client_detach(socket_path(args), args->words[0], &ps);

	return tell_asked(&ps, r, "detach");
}

/* What was done, or would be. */
static int print_steps(const struct args *args, sd_json_variant *reply)
{
	sd_json_variant *steps = sd_json_variant_by_key(reply, "steps");

	if (args->json)
		return tell_json(reply);
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

	return r < 0 ? tell_asked(&ps, r, "change the node") : print_steps(args, reply);
}

int run_reload(const struct args *args)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *reply = NULL;
	_cleanup_(problems_free) struct problems ps = {};
	int r = client_reload(socket_path(args), args->dry_run, &reply, &ps);

	return r < 0 ? tell_asked(&ps, r, "reload") : print_steps(args, reply);
}

/* @arg: a list of them, for JSON; NULL: they are printed */
static void note_detached(void *arg, const char *name, const char *cgroup)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *node = NULL;
	sd_json_variant **list = arg;

	if (!list)
		printf("detached '%s' from '%s'\n", name, cgroup);
	else if (sd_json_buildo(&node, SD_JSON_BUILD_PAIR_STRING("name", name),
				SD_JSON_BUILD_PAIR_STRING("cgroup", cgroup)) >= 0)
		sd_json_variant_append_array(list, node);
}

/* What became of the machine, as the kernel says. -EBUSY: a scheduler has it all the same. @list: NULL but for JSON */
static int say_down(bool ran, sd_json_variant **list, struct problems *ps)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *document = NULL;
	_cleanup_(freep) char *other = kernel_scheduler();

	if (other) {
		problem_add(ps, NULL, 0, "something else holds it: see 'bpftool link' and /sys/fs/bpf",
			    "what was pinned of the tree is removed, but scheduler '%s' has the machine", other);
		return -EBUSY;
	}
	if (list) {
		int r = sd_json_buildo(&document, SD_JSON_BUILD_PAIR_BOOLEAN("root", ran),
				       SD_JSON_BUILD_PAIR_VARIANT("detached", *list));

		return r < 0 ? r : tell_json(document);
	}
	printf("%s; the kernel's own scheduler has the machine\n",
	       ran ? "detached root" : "removed what was left of a tree without root");
	return 0;
}

/* A tree whose loader was killed. -ENOENT: none is there. */
static int stop_pinned(bool json, struct problems *ps)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
	struct pins *pins = NULL;
	int r = json ? sd_json_variant_new_array(&list, NULL, 0) : 0;

	if (r >= 0)
		r = pins_open(PINS_FOLDER, &pins, ps);
	if (!r && !pins_tree(pins))
		r = -ENOENT;
	if (!r)
		r = say_down(pins_take_down(pins, note_detached, json ? &list : NULL, ps), json ? &list : NULL, ps);
	pins_close(pins);
	return r;
}

int run_stop(const struct args *args)
{
	_cleanup_(problems_free) struct problems ps = {}, pinned = {};
	int r = client_stop(socket_path(args), args->keep, &ps);

	if (args->keep || r != CLIENT_NO_LOADER)
		return tell_asked(&ps, r, "stop the loader");
	r = stop_pinned(args->json, &pinned);
	return r == -ENOENT ? tell_asked(&ps, CLIENT_NO_LOADER, "stop the loader") : tell(&pinned, r, "end the tree");
}

/* Of all nodes, or of one with those beneath it. */
static int print_status(const struct args *args, sd_json_variant *status)
{
	int r = 0;

	if (args->json)
		r = tell_json(status);
	else
		status_print(status, wants_colours(), stdout);
	return r ?: status_is_healthy(status) ? r : EXIT_UNHEALTHY;
}

int run_status(const struct args *args)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *status = NULL, *some = NULL;
	_cleanup_(problems_free) struct problems ps = {};
	int r = client_status(socket_path(args), &status, &ps);

	if (r >= 0 && args->words[0])
		r = status_of_node(status, args->words[0], &some, &ps);
	return r < 0 ? tell_asked(&ps, r, "read the status") : print_status(args, some ?: status);
}

int run_top(const struct args *args)
{
	_cleanup_(problems_free) struct problems ps = {};

	return tell_asked(&ps, top_run(socket_path(args), wants_colours(), &ps), "show the tree");
}

/* Of a loader that does not run, what it has left on disk. */
static int read_log(const struct args *args, uint64_t since_us, sd_json_variant **ret, struct problems *ps)
{
	_cleanup_(journal_closep) struct journal *j = NULL;
	int r = client_log(socket_path(args), args->words[0], since_us, ret, ps);

	if (r != CLIENT_NO_LOADER)
		return r;
	problems_free(ps);
	j = journal_read(journal_folder(), ps);
	if (!j)
		return -ENOMEM;
	return ps->nr ? -EIO : journal_to_json(j, args->words[0], since_us, ret);
}

/* What happens goes on below, so that each event is a line of its own. */
static int print_log(const struct args *args, sd_json_variant *log)
{
	sd_json_variant *events = sd_json_variant_by_key(log, "events");

	if (!args->json)
		journal_print(log, stdout);
	else if (!args->follow)
		return tell_json(log);
	for (size_t i = 0; args->json && i < sd_json_variant_elements(events); i++)
		sd_json_variant_dump(sd_json_variant_by_index(events, i), SD_JSON_FORMAT_NEWLINE, stdout, NULL);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Microseconds since 1970 of what comes behind all of these events; @since_us where there is none */
static uint64_t end_of_log(sd_json_variant *log, uint64_t since_us)
{
	sd_json_variant *events = sd_json_variant_by_key(log, "events");
	size_t nr = sd_json_variant_elements(events);
	sd_json_variant *last = nr ? sd_json_variant_by_index(events, nr - 1) : NULL;

	return last ? sd_json_variant_unsigned(sd_json_variant_by_key(last, "time_us")) + 1 : since_us;
}

/* A loader that ends is waited for: who follows is not told that it has none. */
int run_log(const struct args *args)
{
	uint64_t since_us = 0;
	bool first = true;
	int status;

	if (args->since)
		journal_time(args->since, time(NULL), &since_us);
	do {
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *log = NULL;
		_cleanup_(problems_free) struct problems ps = {};
		int r = read_log(args, since_us, &log, &ps);

		if (r < 0 && first)
			return tell(&ps, r, "read the log");
		status = r < 0 ? EXIT_SUCCESS : print_log(args, log);
		since_us = end_of_log(log, since_us);
		first = false;
	} while (args->follow && !status && !sleep(FOLLOW_SECONDS));
	return status;
}

static int read_metrics(void *arg, char **ret, struct problems *ps)
{
	return client_metrics(arg, ret, ps);
}

/* Whether a loader runs shows when it is asked. */
static int serve_metrics(const struct args *args, struct problems *ps)
{
	_cleanup_(exporter_freep) struct exporter *exporter = NULL;
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	int r = sd_event_new(&event);

	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGTERM | SD_EVENT_SIGNAL_PROCMASK, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGINT | SD_EVENT_SIGNAL_PROCMASK, NULL, NULL);
	if (r < 0)
		return r;
	exporter = exporter_new(event, read_metrics, (void *)socket_path(args));
	r = exporter_listen(exporter, args->listen ?: METRICS_ADDRESS, ps);
	if (r < 0)
		return r;
	sd_notify(false, "READY=1");
	return sd_event_loop(event);
}

int run_metrics(const struct args *args)
{
	_cleanup_(problems_free) struct problems ps = {};
	int r;

	signal(SIGPIPE, SIG_IGN);
	r = serve_metrics(args, &ps);
	return tell(&ps, r, "serve metrics");
}

int run_list(const struct args *args)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
	int r;

	if (!args->json) {
		list_schedulers(stdout, object_search_path());
		return EXIT_SUCCESS;
	}
	r = list_to_json(object_search_path(), &list);
	return r < 0 ? tell(&(struct problems){}, r, "list the schedulers") : tell_json(list);
}
