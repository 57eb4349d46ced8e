// SPDX-License-Identifier: GPL-2.0
/*
 * bpf_log.c: libbpf's messages: a ring of the last lines. libbpf has one print function a process, and so there is one
 * ring.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "bpf_log.h"
#include "cleanup.h"
#include "text.h"

#define LINES	64	/* the report of the verifier of Linux 7.3, and what libbpf makes of it */

static FILE *show;
static char *lines[LINES];
static unsigned int nr_lines;	/* ever kept; the newest is at (nr_lines - 1) % LINES */

void bpf_log_show(FILE *out)
{
	show = out;
}

static void keep_line(const char *line, size_t len)
{
	char **slot = &lines[nr_lines++ % LINES];

	free(*slot);
	*slot = mem(strndup(line, len));
	/* it may quote an object, in which may be anything */
	text_mend(*slot);
}

static int keep_message(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text;

	if (level == LIBBPF_DEBUG)
		return 0;
	text = text_ofv(format, args);
	if (show)
		fputs(text, show);
	for (char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		keep_line(line, len);
		line += len + (line[len] == '\n');
	}
	free(text);
	return 0;
}

void bpf_log_start(void)
{
	for (size_t i = 0; i < LINES; i++) {
		free(lines[i]);
		lines[i] = NULL;
	}
	nr_lines = 0;
	libbpf_set_print(keep_message);
}

char *bpf_log_tail(void)
{
	unsigned int first = nr_lines > LINES ? nr_lines - LINES : 0;
	char *text;
	FILE *out = text_open(&text);

	for (unsigned int i = first; i < nr_lines; i++)
		fprintf(out, "\n    %s", lines[i % LINES]);
	text_close(out);
	return text;
}
