// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "visitors.h"

unsigned int visitors_patience_s = 60;

struct visitor {
	struct visitors *all;
	sd_varlink *link;
	uid_t uid;
	sd_event_source *ready, *deadline;
	bool spoke;			/* since the deadline was set */
	struct visitor *next;
};

struct visitors {
	sd_varlink_server *server;
	void *arg;
	int fd;
	sd_event *event;
	sd_event_source *listening;
	struct visitor *list;
};

static struct visitor *find(const struct visitors *all, const sd_varlink *link)
{
	struct visitor *v = all->list;

	while (v && v->link != link)
		v = v->next;
	return v;
}

/* Takes it off the list. */
static void visitor_free(struct visitor *v)
{
	struct visitor **at = &v->all->list;

	while (*at && *at != v)
		at = &(*at)->next;
	if (*at)
		*at = v->next;
	sd_event_source_disable_unref(v->ready);
	sd_event_source_disable_unref(v->deadline);
	sd_varlink_unref(v->link);
	free(v);
}

/* libsystemd is done with a connection, and about to close it. */
static void on_disconnect(sd_varlink_server *, sd_varlink *link, void *arg)
{
	struct visitor *v = find(arg, link);

	if (v)
		visitor_free(v);
}

enum waiting { NOTHING, A_PART, A_CALL, TOO_MUCH };

/* What waits in the socket. The end of the connection is for libsystemd, too. */
static enum waiting look(int fd)
{
	static char text[VISITORS_CALL_MAX];
	ssize_t n = recv(fd, text, sizeof(text), MSG_PEEK | MSG_DONTWAIT);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? NOTHING : A_CALL;
	if (memchr(text, '\0', n))
		return A_CALL;
	return n == sizeof(text) ? TOO_MUCH : A_PART;
}

/* Answer what is there. @ended: nothing will follow. What is read beyond a call belongs to the next: so there is never more of it than what look() saw. */
static void serve(struct visitor *v, bool ended)
{
	_cleanup_(sd_varlink_unrefp) sd_varlink *link = sd_varlink_ref(v->link);
	const struct visitors *all = v->all;
	int fd = sd_varlink_get_fd(link), r;

	for (;;) {
		enum waiting what = look(fd);

		if (what == TOO_MUCH || (what == A_PART && ended))
			sd_varlink_close(link);
		if (what == TOO_MUCH || what == A_PART)
			return;
		v->spoke |= what == A_CALL;
		r = sd_varlink_process(link);
		if (r < 0)
			sd_varlink_close(link);
		/* hung up, whoever did: there is no such visitor any more */
		if (r <= 0 || find(all, link) != v)
			return;
	}
}

static int on_ready(sd_event_source *, int, uint32_t events, void *arg)
{
	serve(arg, events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
	return 0;
}

/* The loader may have been at work for longer than that: what was sent meanwhile counts. */
static int on_deadline(sd_event_source *timer, uint64_t, void *arg)
{
	_cleanup_(sd_event_source_unrefp) sd_event_source *ref = sd_event_source_ref(timer);
	struct visitor *v = arg;
	struct visitors *all = v->all;
	sd_varlink *link = v->link;

	serve(v, false);
	if (find(all, link) != v)
		return 0;
	if (!v->spoke) {
		sd_varlink_close(link);
		return 0;
	}
	v->spoke = false;
	sd_event_source_set_time_relative(timer, visitors_patience_s * 1000000ull);
	return sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

/* Root is let in as long as there is room, others only into a half of it, and each of them into a small part of that. */
static bool has_room(const struct visitors *all, uid_t uid)
{
	unsigned int nr = 0, nr_others = 0, nr_own = 0, max = VISITORS_MAX;
	struct rlimit files;

	/* half of the descriptors are the schedulers' */
	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur / 2 < max)
		max = files.rlim_cur / 2;
	for (const struct visitor *v = all->list; v; v = v->next) {
		nr++;
		nr_others += !!v->uid;
		nr_own += v->uid == uid;
	}
	return nr < max && (!uid || (nr_others < max / 2 && nr_own < VISITORS_USER_MAX));
}

/* Takes the connection. */
static int let_in(struct visitors *all, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	struct visitor *v;
	sd_varlink *link;
	int r;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) || !has_room(all, peer.uid)) {
		close(fd);
		return -EBUSY;
	}
	r = sd_varlink_server_add_connection(all->server, fd, &link);
	if (r < 0) {
		close(fd);
		return r;
	}
	v = calloc(1, sizeof(*v));
	if (!v) {
		sd_varlink_close(link);
		return -ENOMEM;
	}
	*v = (struct visitor){ .all = all, .link = sd_varlink_ref(link), .uid = peer.uid, .next = all->list };
	all->list = v;
	sd_varlink_set_userdata(link, all->arg);
	/* descriptors cost the loader some of its own */
	if (!peer.uid)
		sd_varlink_set_allow_fd_passing_input(link, true);
	r = sd_event_add_io(all->event, &v->ready, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, on_ready, v);
	if (r >= 0)
		r = sd_event_add_time_relative(all->event, &v->deadline, CLOCK_MONOTONIC,
					       visitors_patience_s * 1000000ull, 0, on_deadline, v);
	if (r < 0)
		sd_varlink_close(link);
	return r;
}

static int on_connection(sd_event_source *, int listening, uint32_t, void *arg)
{
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		let_in(arg, fd);
	return 0;
}

int visitors_new(sd_varlink_server *server, int fd, void *arg, struct visitors **ret)
{
	struct visitors *all = calloc(1, sizeof(*all));
	int r;

	if (!all) {
		close(fd);
		return -ENOMEM;
	}
	*all = (struct visitors){ .server = sd_varlink_server_ref(server), .arg = arg, .fd = fd };
	sd_varlink_server_set_userdata(server, all);
	r = sd_varlink_server_bind_disconnect(server, on_disconnect);
	if (r < 0)
		visitors_free(all);
	else
		*ret = all;
	return r < 0 ? r : 0;
}

int visitors_serve(struct visitors *all, sd_event *event)
{
	all->event = sd_event_ref(event);
	return sd_event_add_io(event, &all->listening, all->fd, EPOLLIN, on_connection, all);
}

void visitors_free(struct visitors *all)
{
	if (!all)
		return;
	while (all->list)
		sd_varlink_close(all->list->link);
	sd_event_source_disable_unref(all->listening);
	sd_event_unref(all->event);
	sd_varlink_server_unref(all->server);
	close(all->fd);
	free(all);
}
