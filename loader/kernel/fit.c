// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "fit.h"
#include "text.h"

/* The first line of a file; "" when there is none. */
static char *first_line(const char *root, const char *path)
{
	_cleanup_(freep) char *full = text_of("%s%s", root, path);
	FILE *in = fopen(full, "re");
	char *line = NULL;
	size_t size = 0;

	if (!in || getline(&line, &size, in) < 0) {
		free(line);
		line = copy_text("");
	}
	if (in)
		fclose(in);
	line[strcspn(line, "\n")] = '\0';
	text_mend(line);
	return line;
}

/* The argument of the kernel's command line that takes CPUs from the scheduler, as in "isolcpus=nohz,domain,3"; NULL. */
static char *isolation(char *cmdline)
{
	char *word, *found = NULL;

	while ((word = strsep(&cmdline, " "))) {
		const char *flags = word + strlen("isolcpus=");
		size_t len;

		if (strncmp(word, "isolcpus=", strlen("isolcpus=")))
			continue;
		/* what is before the numbers; when that is nothing it is for this */
		if (isdigit((unsigned char)*flags))
			found = word;
		for (; isalpha((unsigned char)*flags); flags += len + (flags[len] == ',')) {
			len = strcspn(flags, ",");
			if (len == strlen("domain") && !strncmp(flags, "domain", len))
				found = word;
		}
	}
	return found;
}

static int check_isolation(const char *root, struct problems *ps)
{
	_cleanup_(freep) char *isolated = first_line(root, "/sys/devices/system/cpu/isolated");
	_cleanup_(freep) char *cmdline = first_line(root, "/proc/cmdline");
	const char *argument = isolation(cmdline);

	/* one that the kernel could not understand isolates nothing */
	if (!argument || !*isolated)
		return 0;
	problem_add(ps, NULL, 0, "boot without it, and give a node 'cpus = exclusive:N', or a cpuset a partition",
		    "the kernel was booted with '%s', and takes no scheduler then", argument);
	return -EOPNOTSUPP;
}

/* In this mode BPF may not read the kernel's memory. */
static int check_lockdown(const char *root, struct problems *ps)
{
	_cleanup_(freep) char *modes = first_line(root, "/sys/kernel/security/lockdown");

	if (!strstr(modes, "[confidentiality]"))
		return 0;
	problem_add(ps, NULL, 0, "boot with 'lockdown=integrity', or without",
		    "the kernel is locked down to confidentiality, and lets no BPF program read its memory");
	return -EOPNOTSUPP;
}

int fit_check(const char *root, struct problems *ps)
{
	int isolation = check_isolation(root, ps), lockdown = check_lockdown(root, ps);

	return isolation ?: lockdown;
}

int fit_check_free(const char *root, struct problems *ps)
{
	_cleanup_(freep) char *state = first_line(root, "/sys/kernel/sched_ext/state");
	_cleanup_(freep) char *ops = first_line(root, "/sys/kernel/sched_ext/root/ops");

	if (!*state || !strcmp(state, "disabled"))
		return 0;
	problem_add(ps, NULL, 0, "end it first; a loader does not take its place", "scheduler '%s' has the machine",
		    ops);
	return -EBUSY;
}
