// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "text.h"

#define BACKLOG		16
#define IN_LOOPBACK(a)	(ntohl((a)->s_addr) >> 24 == 127)

/* The end of an address: ":PORT". Returns the port, 0 when it is none. */
static in_port_t parse_port(const char *text)
{
	uint64_t port;
	const char *rest = text_number(text, 10, &port);

	return rest && !*rest && port <= UINT16_MAX ? port : 0;
}

/* @host: without its port and brackets */
static int parse_host(const char *host, in_port_t port, struct address *a, const char **ret_why)
{
	if (inet_pton(AF_INET, strcmp(host, "localhost") ? host : "127.0.0.1", &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons(port);
		a->len = sizeof(a->in);
		if (IN_LOOPBACK(&a->in.sin_addr))
			return 0;
	} else if (inet_pton(AF_INET6, host, &a->in6.sin6_addr) == 1) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons(port);
		a->len = sizeof(a->in6);
		if (IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr))
			return 0;
	} else {
		*ret_why = "no address of this machine";
		return -EINVAL;
	}
	*ret_why = "other machines could read there what runs on this one";
	return -EINVAL;
}

static int parse_inet(const char *text, struct address *a, const char **ret_why)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? colon - text : 0;
	char host[INET6_ADDRSTRLEN + 2];
	in_port_t port;

	*ret_why = "neither HOST:PORT nor a path";
	if (!len || len >= sizeof(host))
		return -EINVAL;
	port = parse_port(colon + 1);
	if (!port) {
		*ret_why = "a port is a number from 1 to 65535";
		return -EINVAL;
	}
	memcpy(host, text, len);
	host[len] = '\0';
	if (*host != '[')
		/* an IPv6 address without brackets has more colons */
		return strchr(host, ':') ? -EINVAL : parse_host(host, port, a, ret_why);
	if (host[len - 1] != ']')
		return -EINVAL;
	host[len - 1] = '\0';
	return strchr(host, ':') ? parse_host(host + 1, port, a, ret_why) : -EINVAL;
}

int address_parse(const char *text, struct address *ret, const char **ret_why)
{
	*ret = (struct address){};
	if (*text != '/')
		return parse_inet(text, ret, ret_why);
	if (strlen(text) >= sizeof(ret->un.sun_path)) {
		*ret_why = "the path of a socket has at most 107 bytes";
		return -EINVAL;
	}
	ret->un.sun_family = AF_UNIX;
	strcpy(ret->un.sun_path, text);
	ret->len = sizeof(ret->un);
	return 0;
}

/* Remove a socket that is left of one who listened once. Whoever listens still has it; what is no socket stays. */
static int remove_stale(const struct address *a)
{
	struct stat st;
	int fd, err;

	if (lstat(a->un.sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	err = connect(fd, &a->any, a->len) < 0 ? errno : EADDRINUSE;
	close(fd);
	if (err != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(a->un.sun_path) < 0 ? -errno : 0;
}

static int listen_on(int fd, const struct address *a)
{
	const int yes = 1;
	mode_t before;
	int r;

	if (a->any.sa_family == AF_UNIX) {
		r = remove_stale(a);
		if (r < 0)
			return r;
		before = umask(0117);
		r = bind(fd, &a->any, a->len) < 0 ? -errno : 0;
		umask(before);
		if (r < 0)
			return r;
	} else if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 || bind(fd, &a->any, a->len) < 0) {
		return -errno;
	}
	return listen(fd, BACKLOG) < 0 ? -errno : 0;
}

int address_listen(const struct address *address, const char *text, struct problems *ps)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r = fd < 0 ? -errno : listen_on(fd, address);

	if (r == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	problem_add(ps, NULL, 0, NULL, "can't listen on '%s' for metrics: %s", text, strerror(-r));
	return r;
}

void address_remove(const struct address *address)
{
	if (address->any.sa_family == AF_UNIX)
		unlink(address->un.sun_path);
}
