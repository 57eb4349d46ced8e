// SPDX-License-Identifier: GPL-2.0
/*
 * main.c: the command line of scx-loader: its commands and options, and which go together. A tree of schedulers in the
 * foreground is run.c's, a word with the loader that runs one commands.c's.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "commands.h"
#include "file/config.h"
#include "show/journal.h"
#include "talk/address.h"
#include "talk/control.h"
#include "text.h"

#define CONFIG_FILE	"/etc/scx-loader/hierarchy.ini"
#define EXIT_USAGE	2

/* The first word; none for RUN. */
enum { RUN, ATTACH, DETACH, SET, RELOAD, STOP, STATUS, TOP, LOG, METRICS, LIST, HELP, VERSION_COMMAND, NR_COMMANDS };

static int run_help(const struct args *args);
static int run_version(const struct args *args);

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
	[STATUS] = { "status", "status [OPTION]... [NODE]", 0, run_status,
		     "show what every scheduler does and gets, or a node's and those beneath it", .optional_words = 1 },
	[TOP] = { "top", "top [OPTION]...", 0, run_top, "show the same on the terminal, once a second" },
	[LOG] = { "log", "log [OPTION]... [NODE]", 0, run_log, "show what happened to every node, or to one",
		  .optional_words = 1 },
	[METRICS] = { "metrics", "metrics [OPTION]...", 0, run_metrics,
		      "serve what the running loader tells over HTTP, for Prometheus" },
	[LIST] = { "list", "list [OPTION]...", 0, run_list,
		   "show the schedulers that can be found, and what can be set in them" },
	[HELP] = { "help", "help [COMMAND]", 0, run_help, "show what there is, or what belongs to a command",
		   .optional_words = 1 },
	[VERSION_COMMAND] = { "version", "version", 0, run_version, "print the version" },
};

#define IN(command)	(1u << (command))
#define EVERYWHERE	(IN(NR_COMMANDS) - 1)

/* Keys of options without a letter */
enum { OPT_CHECK = 256, OPT_BTF, OPT_DRY_RUN, OPT_SINCE, OPT_JSON, OPT_KEEP, OPT_LISTEN, OPT_SOCKET };

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
	{ OPT_SINCE, "since", "TIME", TEXT, ARG(since), IN(LOG),
	  "only what happened from then on: '2026-11-28 12:00', '12:00', or so long ago: 30s, 10m, 2h, 1d" },
	{ 'f', "follow", NULL, FLAG, ARG(follow), IN(LOG), "go on with what happens, until it is interrupted" },
	{ OPT_JSON, "json", NULL, FLAG, ARG(json),
	  IN(RUN) | IN(SET) | IN(RELOAD) | IN(STOP) | IN(STATUS) | IN(LOG) | IN(LIST),
	  "everything that is known, as JSON" },
	{ OPT_KEEP, "keep", NULL, FLAG, ARG(keep), IN(STOP), "end the loader only; the next one adopts the tree" },
	{ OPT_LISTEN, "listen", "ADDRESS", TEXT, ARG(listen), IN(METRICS),
	  "127.0.0.1:PORT, [::1]:PORT or a path, instead of " METRICS_ADDRESS },
	{ OPT_SOCKET, "socket", "PATH", TEXT, ARG(socket), EVERYWHERE & ~(IN(LIST) | IN(HELP) | IN(VERSION_COMMAND)),
	  "the control socket, instead of " CONTROL_SOCKET },
	{ 'h', "help", NULL, FLAG, ARG(help), EVERYWHERE, "print this" },
	{ 'V', "version", NULL, FLAG, ARG(version), EVERYWHERE, "print the version" },
};

#define NR_OPTS	(sizeof(opts) / sizeof(opts[0]))

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

static int run_version(const struct args *)
{
	puts(PROG " " VERSION);
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

static int run_help(const struct args *args)
{
	const struct command *cmd = find_command(args->words[0]);

	if (cmd)
		return print_help(cmd);
	unknown_command(args->words[0]);
	return EXIT_USAGE;
}

static char default_file[] = CONFIG_FILE;

/* Does what was given go with the command? */
static int check_args(const struct command *cmd, const struct args *args, int nr_words, const bool *given)
{
	struct address address;
	const char *why;
	uint64_t since;

	for (size_t i = 0; i < NR_OPTS; i++) {
		if (!given[i] || opts[i].commands & IN(cmd - commands))
			continue;
		if (cmd == &commands[RUN])
			return wrong(cmd, "option '--%s' needs a command", opts[i].name);
		return wrong(cmd, "'%s' has no option '--%s'", cmd->name, opts[i].name);
	}
	if (cmd == &commands[RUN] && args->config == default_file && access(default_file, F_OK) < 0)
		return wrong(cmd, "neither a hierarchy file nor a command, and no '%s'", default_file);
	if ((args->btf || (cmd == &commands[RUN] && args->json)) && !args->check)
		return wrong(cmd, "option '--%s' needs '--check'", args->btf ? "btf" : "json");
	if (nr_words < cmd->nr_words || (!cmd->more_words && nr_words > cmd->nr_words + cmd->optional_words))
		return wrong(cmd, "wrong number of arguments to '%s': %d instead of %s%d", cmd->name, nr_words,
			     cmd->more_words	 ? "at least " :
			     cmd->optional_words ? "at most " :
						   "",
			     cmd->nr_words + cmd->optional_words);
	if (args->since && journal_time(args->since, time(NULL), &since) < 0)
		return wrong(cmd, "bad time '%s'", args->since);
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

	/* how wide a character is, whatever language this is */
	setlocale(LC_CTYPE, "C.UTF-8");
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (parse(argc, argv, &args, &cmd) < 0)
		return EXIT_USAGE;
	if (args.help)
		return print_help(cmd);
	return args.version ? run_version(&args) : cmd->run(&args);
}
