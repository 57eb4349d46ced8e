// SPDX-License-Identifier: GPL-2.0
/*
 * uevent.c: the socket on which the kernel tells of kobjects. Not sd-device: its monitor hears what udevd passes on, and a
 * machine need not run udevd.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "text.h"
#include "uevent.h"

#define UEVENT_GROUP_KERNEL	1
#define UEVENT_MAX		8192	/* the kernel's are up to 2048 bytes and a path */

struct listener {
	uevent_fn fn;
	uevent_end_fn end_fn;
	void *arg;
};

bool uevent_is_sched_ext(const char *message, size_t len)
{
	const char *end = message + len;

	if (!len || end[-1])
		return false;
	for (const char *s = message; s < end; s += strlen(s) + 1)
		if (!strcmp(s, "SUBSYSTEM=sched_ext"))
			return true;
	return false;
}

/* The value of a variable of the message, NULL when it has none of that name. */
static const char *message_value(const char *message, size_t len, const char *name)
{
	const char *end = message + len;
	size_t n = strlen(name);

	for (const char *s = message; s < end; s += strlen(s) + 1)
		if (!strncmp(s, name, n) && s[n] == '=')
			return s + n + 1;
	return NULL;
}

/* A number that is all of the text. */
static bool parse_number(const char *text, int base, uint64_t *ret)
{
	const char *rest = text ? text_number(text, base, ret) : NULL;

	return rest && !*rest;
}

bool uevent_read_end(const char *message, size_t len, struct uevent_end *ret)
{
	uint64_t cgroup_id, kind, code;
	const char *reason;

	/* a `change` tells of one that was never attached */
	if (!uevent_is_sched_ext(message, len) || strncmp(message, "remove@", strlen("remove@")))
		return false;
	reason = message_value(message, len, "SCXEXITREASON");
	if (!reason || !parse_number(message_value(message, len, "SCXCGROUP"), 10, &cgroup_id) ||
	    !parse_number(message_value(message, len, "SCXEXITKIND"), 10, &kind) ||
	    !parse_number(message_value(message, len, "SCXEXITCODE"), 16, &code))
		return false;
	*ret = (struct uevent_end){ cgroup_id, kind, code, reason };
	return true;
}

/* A message of the kernel, 0 for one of somebody else: only that has port 0. */
static ssize_t receive(int fd, char *message, size_t size)
{
	struct sockaddr_nl from = {};
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, message, size, 0, (struct sockaddr *)&from, &len);

	return n > 0 && (len != sizeof(from) || from.nl_pid) ? 0 : n;
}

static int on_readable(sd_event_source *source, int fd, uint32_t, void *arg)
{
	const struct listener *l = arg;
	char message[UEVENT_MAX];
	struct uevent_end end;
	bool call = false;
	ssize_t n;

	/* ENOBUFS: the queue was full, and whatever came then is lost */
	while ((n = receive(fd, message, sizeof(message))) >= 0 || errno == ENOBUFS || errno == EINTR) {
		call |= n < 0 || uevent_is_sched_ext(message, n);
		if (n >= 0 && uevent_read_end(message, n, &end))
			l->end_fn(&end, l->arg);
	}
	if (errno != EAGAIN)
		return -errno;
	if (call)
		l->fn(sd_event_source_get_event(source), l->arg);
	return 0;
}

static int open_socket(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = UEVENT_GROUP_KERNEL };
	int fd, err;

	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	if (fd < 0)
		return -errno;
	if (!bind(fd, (const struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int uevent_listen(sd_event *event, uevent_fn fn, uevent_end_fn end_fn, void *arg)
{
	_cleanup_(sd_event_source_unrefp) sd_event_source *source = NULL;
	struct listener *l;
	int fd, r;

	fd = open_socket();
	if (fd < 0)
		return fd;
	l = mem(malloc(sizeof(*l)));
	*l = (struct listener){ fn, end_fn, arg };
	r = sd_event_add_io(event, &source, fd, EPOLLIN, on_readable, l);
	if (r < 0) {
		free(l);
		close(fd);
		return r;
	}
	sd_event_source_set_io_fd_own(source, true);
	sd_event_source_set_destroy_callback(source, free);
	/* from here on it goes with the loop */
	return sd_event_source_set_floating(source, true);
}
