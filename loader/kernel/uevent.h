/* SPDX-License-Identifier: GPL-2.0 */
/*
 * uevent.h: to hear at once, from the kernel's uevents, that a scheduler has come or gone; and from a kernel with
 * kernel-patches/0004, how it ended.
 */
#ifndef SCX_LOADER_UEVENT_H
#define SCX_LOADER_UEVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/* The end of a scheduler, as in struct scx_exit_info. @reason lives in the message. */
struct uevent_end {
	uint64_t cgroup_id;
	int kind;
	int64_t code;
	const char *reason;
};

typedef void (*uevent_fn)(sd_event *event, void *arg);
typedef void (*uevent_end_fn)(const struct uevent_end *end, void *arg);

/**
 * uevent_listen - call a function soon after sched_ext has sent uevents
 * @event: the loop, which owns the listening
 * @fn: called once for all events that have come, and when events may have been lost
 * @end_fn: called before that for each that says how a scheduler ended
 *
 * An end is told after the scheduler's ops.exit(), so the exit record is complete by then. Linux 7.3 tells of no attach that
 * failed, and none is told where uevents don't reach (a network namespace of a user namespace): whoever must know polls too.
 * Returns 0 or -errno.
 */
int uevent_listen(sd_event *event, uevent_fn fn, uevent_end_fn end_fn, void *arg);

/* Is this message of the kernel's one of sched_ext? @len: of all strings that it consists of, each with its NUL. */
bool uevent_is_sched_ext(const char *message, size_t len);

/* Does this one say how a scheduler that was attached has ended? A stock Linux 7.3 says only which. */
bool uevent_read_end(const char *message, size_t len, struct uevent_end *ret);

#endif
