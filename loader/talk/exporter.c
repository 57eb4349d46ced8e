// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "address.h"
#include "cleanup.h"
#include "exporter.h"
#include "show/metrics.h"

#define PATH			"/metrics"
#define MAX_CONNECTIONS		16
#define MAX_REQUEST_BYTES	8192
#define MAX_SECONDS		3	/* of a connection: a request and its answer */
#define FRESH_USEC		(100 * 1000)

struct exporter {
	sd_event *event;
	exporter_read_fn read;
	void *arg;
	struct address address;
	struct MHD_Daemon *daemon;	/* NULL: it does not listen yet */
	sd_event_source *ready, *timer;
	bool closed;			/* a connection, since it last ran */
	struct MHD_Response *answer;	/* the last one */
	uint64_t answered_at;
};

/* What is asked for */

static struct MHD_Response *make_text(char *text, size_t size, const char *type)
{
	struct MHD_Response *r = MHD_create_response_from_buffer_with_free_callback(size, text, free);

	if (!r) {
		free(text);
		return NULL;
	}
	if (MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
	    MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close") == MHD_YES)
		return r;
	MHD_destroy_response(r);
	return NULL;
}

static enum MHD_Result answer_error(struct MHD_Connection *connection, unsigned int code, const char *text);

/* They are read anew when the last answer is not fresh. */
static enum MHD_Result answer_metrics(struct exporter *e, struct MHD_Connection *connection)
{
	_cleanup_(problems_free) struct problems ps = {};
	char *text = NULL;
	uint64_t now = 0;

	sd_event_now(e->event, CLOCK_MONOTONIC, &now);
	if (e->answer && now - e->answered_at > FRESH_USEC) {
		MHD_destroy_response(e->answer);
		e->answer = NULL;
	}
	if (!e->answer) {
		if (e->read(e->arg, &text, &ps) < 0)
			return answer_error(connection, MHD_HTTP_SERVICE_UNAVAILABLE, ps.nr ? ps.list[0].text : "");
		e->answer = make_text(text, strlen(text), METRICS_CONTENT_TYPE);
		e->answered_at = now;
	}
	return e->answer ? MHD_queue_response(connection, MHD_HTTP_OK, e->answer) : MHD_NO;
}

static enum MHD_Result answer_error(struct MHD_Connection *connection, unsigned int code, const char *text)
{
	char *copy = strdup(text);
	struct MHD_Response *r = copy ? make_text(copy, strlen(copy), "text/plain") : NULL;
	enum MHD_Result queued = MHD_NO;

	if (r && (code != MHD_HTTP_METHOD_NOT_ALLOWED ||
		  MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD") == MHD_YES))
		queued = MHD_queue_response(connection, code, r);
	if (r)
		MHD_destroy_response(r);
	return queued;
}

/*
 * Is it this machine's own name that the client has asked for? A page of another, whose name somebody makes lead here, must
 * not read it with the user's browser. A unix socket is nothing that a page can reach.
 */
static bool is_asked_here(const struct exporter *e, struct MHD_Connection *connection)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };
	const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);

	if (!host || e->address.any.sa_family == AF_UNIX)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t len = strlen(names[i]);

		if (!strncasecmp(host, names[i], len) && (!host[len] || host[len] == ':'))
			return true;
	}
	return false;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
				  const char *, const char *, size_t *, void **)
{
	if (!is_asked_here(arg, connection))
		return answer_error(connection, MHD_HTTP_FORBIDDEN, "this is localhost, and goes by no other name\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return answer_error(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	if (strcmp(url, PATH))
		return answer_error(connection, MHD_HTTP_NOT_FOUND, "the metrics are at " PATH "\n");
	return answer_metrics(arg, connection);
}

/* The event loop */

static int on_deadline(sd_event_source *, uint64_t, void *arg)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(arg, MHD_CONNECTION_INFO_CONNECTION_FD);

	shutdown(info->connect_fd, SHUT_RDWR);
	return 0;
}

/* However slowly a client sends or reads; but what it had sent in time is read first. */
static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	sd_event_source *deadline = NULL;
	struct exporter *e = arg;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		e->closed = true;
		sd_event_source_disable_unref(*context);
		return;
	}
	if (sd_event_add_time_relative(e->event, &deadline, CLOCK_MONOTONIC, MAX_SECONDS * 1000000, 0, on_deadline,
				       connection) == 0)
		sd_event_source_set_priority(deadline, SD_EVENT_PRIORITY_IDLE);
	*context = deadline;
}

/*
 * Work, and come again when libmicrohttpd wants to; and when there is room for a connection where there may have been
 * none: it listens again only then, and does not say so.
 */
static int run(struct exporter *e)
{
	MHD_UNSIGNED_LONG_LONG msec = 0;

	e->closed = false;
	MHD_run(e->daemon);
	if (!e->closed && MHD_get_timeout(e->daemon, &msec) != MHD_YES)
		return sd_event_source_set_enabled(e->timer, SD_EVENT_OFF);
	sd_event_source_set_time_relative(e->timer, msec * 1000);
	return sd_event_source_set_enabled(e->timer, SD_EVENT_ONESHOT);
}

static int on_ready(sd_event_source *, int, uint32_t, void *arg)
{
	return run(arg);
}

static int on_timer(sd_event_source *, uint64_t, void *arg)
{
	return run(arg);
}

static struct MHD_Daemon *start_daemon(struct exporter *e, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, e, MHD_OPTION_LISTEN_SOCKET, fd,
				MHD_OPTION_CONNECTION_LIMIT, MAX_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				(size_t)MAX_REQUEST_BYTES, MHD_OPTION_NOTIFY_CONNECTION, on_connection, e,
				MHD_OPTION_END);
}

static int add_sources(struct exporter *e)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(e->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	int r;

	if (!info)
		return -ENOTSUP;
	r = sd_event_add_io(e->event, &e->ready, info->epoll_fd, EPOLLIN, on_ready, e);
	if (r < 0)
		return r;
	r = sd_event_add_time_relative(e->event, &e->timer, CLOCK_MONOTONIC, 0, 0, on_timer, e);
	return r < 0 ? r : sd_event_source_set_enabled(e->timer, SD_EVENT_OFF);
}

struct exporter *exporter_new(sd_event *event, exporter_read_fn read, void *arg)
{
	struct exporter *e = mem(calloc(1, sizeof(*e)));

	*e = (struct exporter){ .event = event, .read = read, .arg = arg };
	return e;
}

int exporter_listen(struct exporter *e, const char *text, struct problems *ps)
{
	const char *why;
	int fd, r;

	r = address_parse(text, &e->address, &why);
	if (r < 0) {
		problem_add(ps, NULL, 0, ADDRESS_HINT, "bad address '%s' for metrics: %s", text, why);
		return r;
	}
	fd = address_listen(&e->address, text, ps);
	if (fd < 0)
		return fd;
	e->daemon = start_daemon(e, fd);
	if (!e->daemon)
		close(fd);
	r = e->daemon ? add_sources(e) : -ENOMEM;
	if (r < 0)
		problem_add(ps, NULL, 0, NULL, "can't serve metrics on '%s': %s", text, strerror(-r));
	return r;
}

void exporter_free(struct exporter *e)
{
	if (!e)
		return;
	sd_event_source_disable_unref(e->ready);
	sd_event_source_disable_unref(e->timer);
	if (e->daemon) {
		MHD_stop_daemon(e->daemon);
		address_remove(&e->address);
	}
	if (e->answer)
		MHD_destroy_response(e->answer);
	free(e);
}
