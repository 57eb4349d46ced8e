// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <systemd/sd-daemon.h>

#include "cleanup.h"
#include "service.h"

#define STEP_MAX_USEC	(60 * 1000000ull)	/* the verifier is slow, and a fork storm holds up an attach */

static char *told; /* the status line */
static bool is_ready;

void service_status(const struct tree *t)
{
	char *line = tree_summary(t);

	if (!line || (told && !strcmp(line, told))) {
		free(line);
		return;
	}
	free(told);
	told = line;
	sd_notifyf(false, "STATUS=%s", line);
}

void service_ready(struct tree *t, sd_event *loop)
{
	service_status(t);
	sd_notify(false, "READY=1");
	is_ready = true;
	sd_event_set_watchdog(loop, true);
}

void service_progress(void)
{
	/* the first ping arms the watchdog, and until there is a loop nothing feeds it */
	sd_notifyf(false, "%sEXTEND_TIMEOUT_USEC=%llu", is_ready ? "WATCHDOG=1\n" : "", STEP_MAX_USEC);
}

static uint64_t monotonic_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ull + ts.tv_nsec / 1000;
}

int service_reload(struct tree *t, bool dry_run, char ***ret_steps, struct problems *ps)
{
	int r;

	if (dry_run)
		return tree_reload(t, true, ret_steps, ps);
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, monotonic_usec());
	r = tree_reload(t, false, ret_steps, ps);
	service_status(t);
	sd_notify(false, "READY=1");
	return r;
}

void service_stopping(void)
{
	sd_notify(false, "STOPPING=1\nSTATUS=taking the tree down");
}
