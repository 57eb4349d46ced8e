// SPDX-License-Identifier: GPL-2.0
/*
 * main.c: the command line of scx-loader: a tree of schedulers in the foreground, or a word with the loader that runs
 * one.
 *
 * This is the edge: what the parts below returned and gathered is told to the user here. Exit status: 0, 1, 2 for a command
 * line that is wrong, or 3 when root has ended and another start may help.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

#include "talk/address.h"
#include "cleanup.h"
#include "commands.h"
#include "file/config.h"
#include "talk/control.h"
#include "show/journal.h"
#include "tree/pins.h"
#include "talk/service.h"
#include "text.h"
#include "tree/tree.h"
#include "kernel/uevent.h"

#define CONFIG_FILE	"/etc/scx-loader/hierarchy.ini"
#define POLL_USEC	(200 * 1000)
#define POLL_ACCURACY_USEC (10 * 1000)
#define EXIT_USAGE	2
#define EXIT_ROOT_ENDED	3
#define MAX_FILES	65536	/* enough for the 1,023 nodes that the pool has room for */

DEFINE_CLEANUP(struct hierarchy, hierarchy_free)
DEFINE_CLEANUP(struct control, control_close)
DEFINE_CLEANUP(struct pins, pins_close)
DEFINE_CLEANUP(struct tree, tree_stop)

/* The first word; none for RUN. */
enum { RUN, ATTACH, DETACH, SET, RELOAD, STOP, STATUS, TOP, LOG, METRICS, LIST, NR_COMMANDS };

static int run_tree(const struct args *args);

static const struct command {
	const char *name, *synopsis;
	int nr_words;
	int (*run)(const struct args *args);
	const char *help;
	bool more_words;	/* at least nr_words */
	int optional_words;	/* up to so many more */
} commands[] = {
	[RUN] = { "", "[-c FILE] [OPTION]...", 0, run_tree,
		  "run a tree of sched_ext schedulers until SIGTERM or SIGINT" },
	[ATTACH] = { "attach", "attach [OPTION]... CGROUP SCHED", 2, run_attach,
		     "attach a scheduler to a cgroup of the running tree" },
	[DETACH] = { "detach", "detach [OPTION]... CGROUP", 1, run_detach, "detach the scheduler of a cgroup" },
	[SET] = { "set", "set [OPTION]... NODE KEY=VALUE...", 2, run_set, "change keys of a node of the running tree",
		  .more_words = true },
	[RELOAD] = { "reload", "reload [OPTION]...", 0, run_reload,
		     "read the hierarchy file again and make the running tree what it says" },
	[STOP] = { "stop", "stop [OPTION]...", 0, run_stop, "take the tree down, also one that a killed loader left" },
	[STATUS] = { "status", "status [OPTION]...", 0, run_status, "show what every scheduler does and gets" },
	[TOP] = { "top", "top [OPTION]...", 0, run_top, "show the same on the terminal, once a second" },
	[LOG] = { "log", "log [OPTION]... [NODE]", 0, run_log, "show what happened to every node, or to one",
		  .optional_words = 1 },
	[METRICS] = { "metrics", "metrics [OPTION]...", 0, run_metrics,
		      "serve what the running loader tells over HTTP, for Prometheus" },
	[LIST] = { "list", "list", 0, run_list, "show the schedulers that can be found, and what can be set in them" },
};

#define IN(command)	(1u << (command))
#define EVERYWHERE	(IN(NR_COMMANDS) - 1)

/* Keys of options without a letter */
enum { OPT_CHECK = 256, OPT_BTF, OPT_DRY_RUN, OPT_JSON, OPT_KEEP, OPT_LISTEN, OPT_SOCKET };

#define ARG(field)	offsetof(struct args, field)

static const struct opt {
	int key;
	const char *name, *value;
	enum { FLAG, TEXT, TEXTS } kind;	/* what it fills: a bool, a char *, the next of a char ** */
	size_t field;				/* in struct args */
	unsigned int commands;
	const char *help;
} opts[] = {
	{ 'c', "config", "FILE", TEXT, ARG(config), IN(RUN), "the hierarchy file, instead of " CONFIG_FILE },
	{ OPT_CHECK, "check", NULL, FLAG, ARG(check), IN(RUN),
	  "check everything, leave the kernel's schedulers alone, and end; FILE may follow" },
	{ OPT_BTF, "btf", "FILE", TEXT, ARG(btf), IN(RUN),
	  "with --check: for the kernel with this type information, on any machine" },
	{ 'v', "verbose", NULL, FLAG, ARG(verbose), IN(RUN), "libbpf's messages too" },
	{ 'o', "option", "KEY=VALUE", TEXTS, ARG(settings), IN(ATTACH),
	  "a key of the node or a tunable of its scheduler; may be repeated" },
	{ OPT_DRY_RUN, "dry-run", NULL, FLAG, ARG(dry_run), IN(RELOAD) | IN(SET),
	  "check it and show the steps, and change nothing" },
	{ OPT_JSON, "json", NULL, FLAG, ARG(json), IN(STATUS) | IN(LOG), "everything that is known, as JSON" },
	{ OPT_KEEP, "keep", NULL, FLAG, ARG(keep), IN(STOP), "end the loader only; the next one adopts the tree" },
	{ OPT_LISTEN, "listen", "ADDRESS", TEXT, ARG(listen), IN(METRICS),
	  "127.0.0.1:PORT, [::1]:PORT or a path, instead of " METRICS_ADDRESS },
	{ OPT_SOCKET, "socket", "PATH", TEXT, ARG(socket), EVERYWHERE & ~IN(LIST),
	  "the control socket, instead of " CONTROL_SOCKET },
	{ 'h', "help", NULL, FLAG, ARG(help), EVERYWHERE, "print this" },
	{ 'V', "version", NULL, FLAG, ARG(version), EVERYWHERE, "print the version" },
};

#define NR_OPTS	(sizeof(opts) / sizeof(opts[0]))

/* The running tree */

static void on_event(void *arg, const struct tree_event *event)
{
	_cleanup_(problems_free) struct problems ps = {};

	if (event->level <= LOG_WARNING)
		fprintf(stderr, PROG ": %s\n", event->text);
	else
		puts(event->text);
	journal_add(arg, event, &ps);
	service_progress();
	problems_print(&ps, PROG, stderr);
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
	printf(PROG ": up, %zu schedulers beneath root", nr);
	if (nr_waiting)
		printf(", %zu waiting", nr_waiting);
	putchar('\n');
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

static void on_note(void *, const struct tree_event *event)
{
	puts(event->text);
}

static int check(const char *file, struct tree_options *options, struct problems *ps)
{
	_cleanup_(hierarchy_freep) struct hierarchy *h = NULL;
	int r = tree_read_file(file, options, &h, ps);

	options->event = on_note;
	if (r == 0)
		r = tree_start(h, options, &(struct tree *){ NULL }, ps);
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

static int run_tree(const struct args *args)
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
		return check(args->config, &options, &ps);

	/* Events are printed as long as somebody reads them; the tree stays up when nobody does. */
	signal(SIGPIPE, SIG_IGN);
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

/* The command line */

static void print_option(const struct opt *o)
{
	char letter[] = "   ", text[32];

	if (o->key < OPT_CHECK)
		snprintf(letter, sizeof(letter), "-%c,", o->key);
	snprintf(text, sizeof(text), "--%s%s%s", o->name, o->value ? " " : "", o->value ?: "");
	printf("  %-3s %-20s %s\n", letter, text, o->help);
}

static int print_help(const struct command *cmd)
{
	bool all = cmd == &commands[RUN];

	printf("Usage: " PROG " %s\n", cmd->synopsis);
	for (int i = ATTACH; all && i < NR_COMMANDS; i++)
		printf("       " PROG " %s\n", commands[i].synopsis);
	printf("\n%c%s.\n", toupper(*cmd->help), cmd->help + 1);
	if (all)
		puts("\nCommands:");
	for (int i = ATTACH; all && i < NR_COMMANDS; i++)
		printf("  %-24s %s\n", commands[i].name, commands[i].help);
	puts("\nOptions:");
	for (size_t i = 0; i < NR_OPTS; i++)
		if (opts[i].commands & IN(cmd - commands))
			print_option(&opts[i]);
	return EXIT_SUCCESS;
}

/* What is wrong with the command line. Returns -EINVAL. */
static int __attribute__((format(printf, 2, 3))) wrong(const struct command *cmd, const char *fmt, ...)
{
	va_list args;

	fputs(PROG ": ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\nhint: see '" PROG "%s%s --help'\n", *cmd->name ? " " : "", cmd->name);
	return -EINVAL;
}

static int unknown(const char *kind, const char *word, const char *const *candidates, const char *prefix)
{
	const struct command *cmd = &commands[RUN];
	const char *near = config_suggest(word, candidates);

	if (near)
		return wrong(cmd, "unknown %s '%s%s'; did you mean '%s%s'?", kind, prefix, word, prefix, near);
	return wrong(cmd, "unknown %s '%s%s'", kind, prefix, word);
}

static int unknown_command(const char *word)
{
	const char *names[NR_COMMANDS] = { NULL };

	for (int i = ATTACH; i < NR_COMMANDS; i++)
		names[i - ATTACH] = commands[i].name;
	return unknown("command", word, names, "");
}

/* What getopt_long() did not like: an option that takes no value, a letter that nobody knows, or (@key 0) a word. */
static int bad_option(int key, const char *word)
{
	const char *names[NR_OPTS + 1] = { NULL };

	for (size_t i = 0; i < NR_OPTS; i++) {
		if (key == opts[i].key)
			return wrong(&commands[RUN], "option '--%s' takes no value", opts[i].name);
		names[i] = opts[i].name;
	}
	if (key)
		return wrong(&commands[RUN], "unknown option '-%c'", key);
	return unknown("option", word + 2, names, "--");
}

static void apply(struct args *args, const struct opt *o, char *value)
{
	void *field = (char *)args + o->field;
	char **list;

	switch (o->kind) {
	case FLAG:
		*(bool *)field = true;
		break;
	case TEXT:
		*(char **)field = value;
		break;
	case TEXTS:
		for (list = *(char ***)field; *list; list++)
			;
		*list = value;
		break;
	}
}

/* @given: which of opts[] were, for the command that turns up among them. */
static int parse_options(int argc, char **argv, struct args *args, bool *given)
{
	struct option longs[NR_OPTS + 1] = {};
	char shorts[2 * NR_OPTS + 2] = ":", *p = shorts + 1;
	int key;

	for (size_t i = 0; i < NR_OPTS; i++) {
		longs[i] = (struct option){ opts[i].name, !!opts[i].value, NULL, opts[i].key };
		if (opts[i].key < OPT_CHECK)
			p += sprintf(p, "%c%s", opts[i].key, opts[i].value ? ":" : "");
	}
	opterr = 0;
	while ((key = getopt_long(argc, argv, shorts, longs, NULL)) >= 0) {
		if (key == '?')
			return bad_option(optopt, argv[optind - 1]);
		if (key == ':')
			return wrong(&commands[RUN], "option '%s' needs a value", argv[optind - 1]);
		for (size_t i = 0; i < NR_OPTS; i++) {
			if (opts[i].key != key)
				continue;
			given[i] = true;
			apply(args, &opts[i], optarg);
		}
	}
	return 0;
}

static const struct command *find_command(const char *word)
{
	for (int i = ATTACH; word && i < NR_COMMANDS; i++)
		if (!strcmp(word, commands[i].name))
			return &commands[i];
	return word ? NULL : &commands[RUN];
}

static char default_file[] = CONFIG_FILE;

/* Does what was given go with the command? */
static int check_args(const struct command *cmd, const struct args *args, int nr_words, const bool *given)
{
	struct address address;
	const char *why;

	for (size_t i = 0; i < NR_OPTS; i++) {
		if (!given[i] || opts[i].commands & IN(cmd - commands))
			continue;
		if (cmd == &commands[RUN])
			return wrong(cmd, "option '--%s' needs a command", opts[i].name);
		return wrong(cmd, "'%s' has no option '--%s'", cmd->name, opts[i].name);
	}
	if (cmd == &commands[RUN] && args->config == default_file && access(default_file, F_OK) < 0)
		return wrong(cmd, "neither a hierarchy file nor a command, and no '%s'", default_file);
	if (args->btf && !args->check)
		return wrong(cmd, "option '--btf' needs '--check'");
	if (nr_words < cmd->nr_words || (!cmd->more_words && nr_words > cmd->nr_words + cmd->optional_words))
		return wrong(cmd, "wrong number of arguments to '%s': %d instead of %s%d", cmd->name, nr_words,
			     cmd->more_words	 ? "at least " :
			     cmd->optional_words ? "at most " :
						   "",
			     cmd->nr_words + cmd->optional_words);
	if (args->listen && address_parse(args->listen, &address, &why) < 0)
		return wrong(cmd, "bad address '%s' for metrics: %s", args->listen, why);
	if (*socket_path(args) != '/')
		return wrong(cmd, "the path of the control socket, '%s', does not begin with '/'", socket_path(args));
	return 0;
}

static int parse(int argc, char **argv, struct args *args, const struct command **ret)
{
	bool given[NR_OPTS] = {};
	int r;

	for (int i = 1; i < argc; i++)
		if (!text_is_plain(argv[i]))
			return wrong(&commands[RUN], "argument %d is not UTF-8 without control characters", i);
	r = parse_options(argc, argv, args, given);
	if (r < 0)
		return r;
	if (args->check && !args->config && argv[optind] && !find_command(argv[optind]))
		args->config = argv[optind++];
	args->config = args->config ?: default_file;
	*ret = find_command(argv[optind]);
	if (!*ret)
		return unknown_command(argv[optind]);
	if (args->help || args->version)
		return 0;
	args->words = argv + optind + 1;
	return check_args(*ret, args, *ret == &commands[RUN] ? 0 : argc - optind - 1, given);
}

int main(int argc, char **argv)
{
	_cleanup_(freep) char **settings = mem(calloc(argc + 1, sizeof(*settings)));
	struct args args = { .settings = settings };
	const struct command *cmd;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (parse(argc, argv, &args, &cmd) < 0)
		return EXIT_USAGE;
	if (args.help)
		return print_help(cmd);
	if (args.version) {
		puts(PROG " " VERSION);
		return EXIT_SUCCESS;
	}
	return cmd->run(&args);
}
