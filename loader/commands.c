// SPDX-License-Identifier: GPL-2.0
/*
 * commands.c: a word with the loader that runs, and what it answers, for the user to read.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
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

DEFINE_CLEANUP(struct exporter, exporter_free)

int tell(struct problems *ps, int err, const char *what)
{
	if (err < 0 && !ps->nr)
		problem_add(ps, NULL, 0, NULL, "can't %s: %s", what, strerror(-err));
	problems_print(ps, PROG, err < 0 ? LOG_ERR : LOG_WARNING, stderr);
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

static void print_detached(void *, const char *name, const char *cgroup)
{
	printf("detached '%s' from '%s'\n", name, cgroup);
}

/* What became of the machine, as the kernel says. -EBUSY: a scheduler has it all the same. */
static int say_down(bool ran, struct problems *ps)
{
	_cleanup_(freep) char *other = kernel_scheduler();

	if (other) {
		problem_add(ps, NULL, 0, "something else holds it: see 'bpftool link' and /sys/fs/bpf",
			    "what was pinned of the tree is removed, but scheduler '%s' has the machine", other);
		return -EBUSY;
	}
	printf("%s; the kernel's own scheduler has the machine\n",
	       ran ? "detached root" : "removed what was left of a tree without root");
	return 0;
}

/* A tree whose loader was killed. -ENOENT: none is there. */
static int stop_pinned(struct problems *ps)
{
	struct pins *pins = NULL;
	int r = pins_open(PINS_FOLDER, &pins, ps);

	if (!r && !pins_tree(pins))
		r = -ENOENT;
	if (!r)
		r = say_down(pins_take_down(pins, print_detached, NULL, ps), ps);
	pins_close(pins);
	return r;
}

int run_stop(const struct args *args)
{
	_cleanup_(problems_free) struct problems ps = {}, pinned = {};
	int r = client_stop(socket_path(args), args->keep, &ps);

	if (args->keep || (r != -ENOENT && r != -ECONNREFUSED))
		return tell(&ps, r, "stop the loader");
	r = stop_pinned(&pinned);
	return tell(r == -ENOENT ? &ps : &pinned, r, "end the tree");
}

/* On a terminal that has them, unless the user said otherwise: no-color.org. */
static bool wants_colours(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb");
}

int run_status(const struct args *args)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *status = NULL;
	_cleanup_(problems_free) struct problems ps = {};
	int r;

	r = client_status(socket_path(args), &status, &ps);
	if (r < 0)
		return tell(&ps, r, "read the status");
	if (args->json) {
		r = sd_json_variant_dump(status, SD_JSON_FORMAT_PRETTY | SD_JSON_FORMAT_COLOR_AUTO, stdout, NULL);
		return tell(&ps, r, "print the status");
	}
	status_print(status, wants_colours(), stdout);
	return status_is_healthy(status) ? EXIT_SUCCESS : EXIT_UNHEALTHY;
}

int run_top(const struct args *args)
{
	_cleanup_(problems_free) struct problems ps = {};

	return tell(&ps, top_run(socket_path(args), wants_colours(), &ps), "show the tree");
}

/* Of a loader that does not run, what it has left on disk. */
static int read_log(const struct args *args, sd_json_variant **ret, struct problems *ps)
{
	_cleanup_(journal_closep) struct journal *j = NULL;
	int r = client_log(socket_path(args), args->words[0], ret, ps);

	if (r != -ENOENT && r != -ECONNREFUSED)
		return r;
	problems_free(ps);
	j = journal_read(journal_folder(), ps);
	if (!j)
		return -ENOMEM;
	return ps->nr ? -EIO : journal_to_json(j, args->words[0], ret);
}

int run_log(const struct args *args)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *log = NULL;
	_cleanup_(problems_free) struct problems ps = {};
	int r;

	r = read_log(args, &log, &ps);
	if (r < 0)
		return tell(&ps, r, "read the log");
	if (args->json)
		r = sd_json_variant_dump(log, SD_JSON_FORMAT_PRETTY | SD_JSON_FORMAT_COLOR_AUTO, stdout, NULL);
	else
		journal_print(log, stdout);
	return tell(&ps, r, "print the log");
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

int run_list(const struct args *)
{
	list_schedulers(stdout, object_search_path());
	return EXIT_SUCCESS;
}
