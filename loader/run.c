// SPDX-License-Identifier: GPL-2.0
/*
 * run.c: a tree of schedulers in the foreground, or only the checks that it would begin with.
 *
 * This is the edge: what the parts below returned and gathered is told to the user here. Exit status: 0, 1, or 3 when root has
 * ended and another start may help.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

#include "cleanup.h"
#include "commands.h"
#include "kernel/uevent.h"
#include "object/object.h"
#include "show/journal.h"
#include "show/problems.h"
#include "talk/control.h"
#include "talk/service.h"
#include "text.h"
#include "tree/pins.h"
#include "tree/tree.h"

#define POLL_USEC	(200 * 1000)
#define POLL_ACCURACY_USEC (10 * 1000)
#define EXIT_ROOT_ENDED	3
#define MAX_FILES	65536	/* enough for the 1,023 nodes that the pool has room for */

DEFINE_CLEANUP(struct hierarchy, hierarchy_free)
DEFINE_CLEANUP(struct control, control_close)
DEFINE_CLEANUP(struct pins, pins_close)
DEFINE_CLEANUP(struct tree, tree_stop)

static void on_event(void *arg, const struct tree_event *event)
{
	_cleanup_(problems_free) struct problems ps = {};

	if (event->level <= LOG_WARNING)
		problem_say(stderr, PROG ": ", event->level, event->text);
	else
		problem_say(stdout, "", event->level, event->text);
	journal_add(arg, event, &ps);
	service_progress();
	problems_print(&ps, PROG, LOG_WARNING, stderr);
}

/* When the tree has ended, so does the loop, with the exit status. */
static void poll_tree(sd_event *event, struct tree *tree)
{
	enum tree_verdict verdict = tree_poll(tree);

	service_status(tree);
	if (verdict != TREE_GOES_ON)
		sd_event_exit(event, verdict == TREE_FAILED ? EXIT_ROOT_ENDED : EXIT_FAILURE);
	else
		tree_look_at_usage(tree);
}

static int on_timer(sd_event_source *timer, uint64_t, void *arg)
{
	int r;

	poll_tree(sd_event_source_get_event(timer), arg);
	r = sd_event_source_set_time_relative(timer, POLL_USEC);
	return r < 0 ? r : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static void on_uevent(sd_event *event, void *arg)
{
	poll_tree(event, arg);
}

static void on_end(const struct uevent_end *end, void *arg)
{
	tree_note_end(arg, end->cgroup_id, end->kind, end->code, end->reason);
}

static int on_hangup(sd_event_source *, const struct signalfd_siginfo *, void *arg)
{
	_cleanup_(problems_free) struct problems ps = {};
	char **steps = NULL;

	tell(&ps, service_reload(arg, false, &steps, &ps), "reload the hierarchy");
	tree_steps_free(steps);
	return 0;
}

/* From here on the signals wait for the loop: the tree is never left half made. */
static int make_loop(sd_event **ret)
{
	static const int signals[] = { SIGTERM, SIGINT };
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	sigset_t hangup;
	int r;

	r = sd_event_new(&event);
	if (r < 0)
		return r;
	/* of which the tree must be told */
	sigemptyset(&hangup);
	sigaddset(&hangup, SIGHUP);
	sigprocmask(SIG_BLOCK, &hangup, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		r = sd_event_add_signal(event, NULL, signals[i] | SD_EVENT_SIGNAL_PROCMASK, NULL, NULL);
		if (r < 0)
			return r;
	}
	*ret = take_ptr(event);
	return 0;
}

static int say_up(struct tree *tree)
{
	_cleanup_(freep) char *waiting = NULL, *text = NULL;
	struct tree_status st;
	size_t nr = 0, nr_waiting = 0;
	int r;

	r = tree_read_status(tree, &st);
	if (r < 0)
		return r;
	for (size_t i = 0; i < st.nr_nodes; i++) {
		nr += st.nodes[i].depth > 0 && st.nodes[i].state == NODE_ATTACHED;
		nr_waiting += st.nodes[i].state == NODE_WAITING;
	}
	tree_status_free(&st);
	waiting = nr_waiting ? text_of(", %zu waiting", nr_waiting) : NULL;
	text = text_of("up, %zu schedulers beneath root%s", nr, waiting ?: "");
	problem_say(stdout, PROG ": ", LOG_INFO, text);
	return 0;
}

/* Returns the exit status, or -errno. */
static int loop(sd_event *event, struct control *control, struct tree *tree)
{
	int r;

	r = control_serve(control, event, tree);
	if (r < 0)
		return r;
	r = sd_event_add_signal(event, NULL, SIGHUP, on_hangup, tree);
	if (r < 0)
		return r;
	r = sd_event_add_time_relative(event, NULL, CLOCK_MONOTONIC, POLL_USEC, POLL_ACCURACY_USEC, on_timer, tree);
	if (r < 0)
		return r;
	/* where there are no uevents, and no inotify, the timer is enough */
	tree_watch(tree, event);
	uevent_listen(event, on_uevent, on_end, tree);
	r = say_up(tree);
	if (r < 0)
		return r;
	service_ready(tree, event);
	r = sd_event_loop(event);
	service_stopping();
	return r;
}

/* What a check has to say that is no reason to fail. @arg: a list, for JSON; NULL: it is printed */
static void on_note(void *arg, const struct tree_event *event)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *text = NULL;

	if (!arg)
		puts(event->text);
	else if (sd_json_variant_new_string(&text, event->text) >= 0)
		sd_json_variant_append_array(arg, text);
}

/* Returns the exit status. */
static int tell_check(const struct args *args, bool passed, sd_json_variant *notes, const struct problems *ps)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *document = NULL, *problems = NULL;
	int r = problems_to_json(ps, &problems);

	if (r >= 0)
		r = sd_json_buildo(&document, SD_JSON_BUILD_PAIR_STRING("file", args->config),
				   SD_JSON_BUILD_PAIR_BOOLEAN("passed", passed),
				   SD_JSON_BUILD_PAIR_VARIANT("notes", notes),
				   SD_JSON_BUILD_PAIR_VARIANT("problems", problems));
	if (r < 0)
		return tell(&(struct problems){}, r, "print the check");
	return tell_json(document) ?: passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int check(const struct args *args, struct tree_options *options, struct problems *ps)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *notes = NULL;
	_cleanup_(hierarchy_freep) struct hierarchy *h = NULL;
	int r = tree_read_file(args->config, options, &h, ps);

	options->event = on_note;
	options->event_arg = args->json ? &notes : NULL;
	if (args->json && sd_json_variant_new_array(&notes, NULL, 0) < 0)
		return EXIT_FAILURE;
	if (r == 0)
		r = tree_start(h, options, &(struct tree *){ NULL }, ps);
	if (args->json)
		return tell_check(args, r == 0, notes, ps);
	if (r == 0)
		printf("%s: %zu nodes, all checks passed\n", h->file, h->nr_nodes);
	return tell(ps, r, "check the hierarchy");
}

/* Every program and map of every scheduler is a file descriptor: some 25 a node. */
static void raise_file_limit(void)
{
	struct rlimit limit = { MAX_FILES, MAX_FILES };

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Take over the tree that an earlier loader has left, whatever the file is like by now; or make the one of the file. */
static int get_tree(const struct args *args, const struct tree_options *options, struct tree **ret, struct problems *ps)
{
	_cleanup_(hierarchy_freep) struct hierarchy *h = NULL;
	int r = pins_tree(options->pins) ? tree_adopt(args->config, options, ret, ps) : -ESTALE;

	if (r != -ESTALE)
		return r;
	r = tree_read_file(args->config, options, &h, ps);
	if (r == 0)
		r = tree_start(h, options, ret, ps);
	if (r == 0)
		h = NULL;	/* the tree has it */
	return r;
}

int run_tree(const struct args *args)
{
	struct tree_options options = {
		.check_only = args->check, .btf = args->btf, .verbose = args->verbose, .event = on_event
	};
	_cleanup_(problems_free) struct problems ps = {};
	_cleanup_(journal_closep) struct journal *journal = NULL;
	_cleanup_(control_closep) struct control *control = NULL;
	_cleanup_(pins_closep) struct pins *pins = NULL;
	_cleanup_(tree_stopp) struct tree *tree = NULL;
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	int r;

	raise_file_limit();
	if (args->check)
		return check(args, &options, &ps);

	/* Events are printed as long as somebody reads them; the tree stays up when nobody does. */
	signal(SIGPIPE, SIG_IGN);
	service_progress(); /* what comes before the first program takes its time on a busy machine, too */
	object_on_program(service_progress);
	r = make_loop(&event);
	if (r < 0)
		return tell(&ps, r, "make the event loop");
	r = control_open(socket_path(args), &control, &ps);
	if (r < 0)
		return tell(&ps, r, "open the control socket");
	r = pins_open(PINS_FOLDER, &pins, &ps);
	if (r < 0)
		return tell(&ps, r, "pin the tree");
	options.pins = pins;
	journal = journal_open(journal_folder(), &ps);
	if (!journal)
		return tell(&ps, -ENOMEM, "keep a log");
	control_show_journal(control, journal);
	options.event_arg = journal;
	r = get_tree(args, &options, &tree, &ps);
	tell(&ps, r, "start the tree");
	if (r < 0)
		return EXIT_FAILURE;
	r = loop(event, control, tree);
	return r < 0 ? tell(&(struct problems){}, r, "run the event loop") : r;
}
