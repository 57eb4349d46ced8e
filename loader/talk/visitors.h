/* SPDX-License-Identifier: GPL-2.0 */
/*
 * visitors.h: who is connected to the control socket, and what that may cost the loader, which is root: so little memory, so
 * many connections, so much time.
 *
 * A call that is not complete stays in its client's socket, where it is that client's memory. Only when all of it is there,
 * and it is no longer than VISITORS_CALL_MAX, libsystemd reads it; it would gather up to 16 MiB of each client by itself.
 */
#ifndef SCX_LOADER_VISITORS_H
#define SCX_LOADER_VISITORS_H

#include <systemd/sd-varlink.h>

#define VISITORS_MAX		256		/* of them half for root alone; fewer where there are few descriptors */
#define VISITORS_USER_MAX	16		/* of one user who is not root */
#define VISITORS_CALL_MAX	(64 * 1024)	/* bytes */

/* Who has said nothing for so long is hung up on. Seconds; another number is for tests. */
extern unsigned int visitors_patience_s;

struct visitors;

/**
 * visitors_new - none yet
 * @server: answers their calls; must have no event loop
 * @fd: a socket that listens; taken over whatever is returned
 * @arg: what the server's methods are called with
 *
 * Returns 0 or -errno.
 */
int visitors_new(sd_varlink_server *server, int fd, void *arg, struct visitors **ret);

/* Let them in, on this loop. Those who came earlier wait. Returns 0 or -errno. */
int visitors_serve(struct visitors *v, sd_event *event);

/* Hang up on all. NULL is fine. */
void visitors_free(struct visitors *v);

#endif
