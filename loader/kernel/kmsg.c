// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "kmsg.h"
#include "text.h"

#define RECORD_BYTES	8192	/* the kernel's limit */
#define MAX_LINES	8

int kmsg_listen(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd < 0 ? -errno : fd;
}

void kmsg_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* The text of a record, "PRIORITY,NUMBER,TIME,FLAGS;TEXT\n" and lines for programs, if it is sched_ext's; NULL. */
static char *text_of_record(char *record)
{
	char *text = strchr(record, ';');

	if (!text || strncmp(text, ";sched_ext: ", strlen(";sched_ext: ")))
		return NULL;
	text++;
	text[strcspn(text, "\n")] = '\0';
	text_mend(text);
	return text;
}

char *kmsg_said(int fd)
{
	char record[RECORD_BYTES + 1];
	unsigned int nr = 0;
	ssize_t n = 0;
	char *said;
	FILE *out = text_open(&said);

	/* EPIPE: some were lost meanwhile, and the next is there */
	while (fd >= 0 && ((n = read(fd, record, RECORD_BYTES)) > 0 || (n < 0 && (errno == EPIPE || errno == EINTR)))) {
		char *text;

		record[n > 0 ? n : 0] = '\0';
		text = text_of_record(record);
		if (text && nr++ < MAX_LINES)
			fprintf(out, "\n    %s", text);
	}
	text_close(out);
	return said;
}
