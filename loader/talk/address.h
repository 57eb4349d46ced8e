/* SPDX-License-Identifier: GPL-2.0 */
/*
 * address.h: where the metrics are to be had: a port of this machine's own loopback, or a unix socket. They tell who runs
 * what, without asking who asks, so no address that others can reach is understood.
 */
#ifndef SCX_LOADER_ADDRESS_H
#define SCX_LOADER_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "problem.h"

#define ADDRESS_HINT	"write '127.0.0.1:PORT', '[::1]:PORT' or the path of a unix socket"

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t len;
};

/**
 * address_parse - what a user writes: "127.0.0.1:9464", "[::1]:9464", "localhost:9464", "/run/scx-loader/metrics"
 * @ret: the address
 * @ret_why: after -EINVAL: what is wrong with it, for a message
 *
 * Returns 0 or -EINVAL.
 */
int address_parse(const char *text, struct address *ret, const char **ret_why);

/**
 * address_listen - a socket that listens there and does not block
 * @text: what @address was parsed from, for messages
 *
 * A unix socket is open to root and to the loader's group. One that nobody listens on any more is replaced.
 * Returns the file descriptor, or -errno after adding the problem.
 */
int address_listen(const struct address *address, const char *text, struct problems *ps);

/* Remove the socket from the file system, if it is there. */
void address_remove(const struct address *address);

#endif
