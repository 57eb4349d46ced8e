/* SPDX-License-Identifier: GPL-2.0 */
/* uevent.h: to hear at once, from the kernel's uevents, that a scheduler has come or gone. */
#ifndef SCX_LOADER_UEVENT_H
#define SCX_LOADER_UEVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

typedef void (*uevent_fn)(sd_event *event, void *arg);

/**
 * uevent_listen - call a function soon after sched_ext has sent uevents
 * @event: the loop, which owns the listening
 * @fn: called once for all events that have come, and when events may have been lost
 *
 * An end is told after the scheduler's ops.exit(), so the exit record is complete by then. Linux 7.3 tells of no attach that
 * failed, and none is told where uevents don't reach (a network namespace of a user namespace): whoever must know polls too.
 * Returns 0 or -errno.
 */
int uevent_listen(sd_event *event, uevent_fn fn, void *arg);

/* Is this message of the kernel's one of sched_ext? @len: of all strings that it consists of, each with its NUL. */
bool uevent_is_sched_ext(const char *message, size_t len);

#endif
