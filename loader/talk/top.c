// SPDX-License-Identifier: GPL-2.0
/*
 * top.c: the terminal and the conversation with the loader, on one event loop: a loader that takes its time, or is gone,
 * holds up nothing. What is shown is view.c's.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <systemd/sd-varlink.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "client.h"
#include "interface.h"
#include "show/view.h"
#include "top.h"

#define SECOND_USEC	1000000ull
#define LATE_S		3	/* without an answer for so long, it is told */

struct top {
	const char *socket;
	sd_event *event;
	sd_varlink *link; /* NULL: no loader */
	bool asked;	  /* it has not answered yet */
	time_t answered_at;
	struct view view;
};

static int on_input(sd_event_source *, int, uint32_t events, void *arg)
{
	struct top *t = arg;

	/* or the terminal is gone */
	if (events & (EPOLLHUP | EPOLLERR) || !view_keys(&t->view))
		return sd_event_exit(t->event, 0);
	view_draw(&t->view);
	return 0;
}

static int on_resize(sd_event_source *, const struct signalfd_siginfo *, void *arg)
{
	struct top *t = arg;

	view_resize(&t->view);
	return 0;
}

static int on_continue(sd_event_source *, const struct signalfd_siginfo *, void *arg)
{
	struct top *t = arg;

	view_again(&t->view);
	return 0;
}

static void set_trouble(struct top *t, const char *text)
{
	free(t->view.trouble);
	t->view.trouble = text ? strdup(text) : NULL;
}

static int on_reply(sd_varlink *link, sd_json_variant *reply, const char *error, sd_varlink_reply_flags_t, void *arg)
{
	struct top *t = arg;

	t->asked = false;
	if (error) {
		set_trouble(t, !strcmp(error, SD_VARLINK_ERROR_DISCONNECTED) ? "the loader is gone, waiting for one" :
									       error);
		if (t->link == link)
			t->link = sd_varlink_close_unref(link);
	} else {
		t->answered_at = time(NULL);
		set_trouble(t, NULL);
		rows_update(&t->view.rows, reply);
	}
	view_draw(&t->view);
	return 0;
}

static int top_connect(struct top *t, struct problems *ps)
{
	int r = client_connect(t->socket, &t->link, ps);

	if (r < 0)
		return r;
	sd_varlink_set_userdata(t->link, t);
	r = sd_varlink_bind_reply(t->link, on_reply);
	return r < 0 ? r : sd_varlink_attach_event(t->link, t->event, SD_EVENT_PRIORITY_NORMAL);
}

/* Ask anew, unless an answer is still to come. */
static int top_ask(struct top *t, struct problems *ps)
{
	int r = 0;

	if (t->asked)
		return 0;
	if (!t->link)
		r = top_connect(t, ps);
	if (r >= 0)
		r = sd_varlink_invoke(t->link, METHOD_STATUS, NULL);
	t->asked = r >= 0;
	if (r < 0)
		t->link = sd_varlink_close_unref(t->link);
	return r;
}

static int on_timer(sd_event_source *timer, uint64_t, void *arg)
{
	_cleanup_(problems_free) struct problems ps = {};
	struct top *t = arg;
	int r;

	if (t->asked && time(NULL) - t->answered_at > LATE_S)
		set_trouble(t, "the loader is busy");
	if (top_ask(t, &ps) < 0)
		set_trouble(t, "the loader is gone, waiting for one");
	view_draw(&t->view);
	r = sd_event_source_set_time_relative(timer, SECOND_USEC);
	return r < 0 ? r : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static int top_listen(struct top *t)
{
	static const struct {
		int signal;
		sd_event_signal_handler_t handler; /* NULL: end */
	} signals[] = {
		{ SIGINT, NULL }, { SIGTERM, NULL }, { SIGHUP, NULL }, { SIGWINCH, on_resize }, { SIGCONT, on_continue }
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]) && r >= 0; i++)
		r = sd_event_add_signal(t->event, NULL, signals[i].signal | SD_EVENT_SIGNAL_PROCMASK,
					signals[i].handler, signals[i].handler ? (void *)t : NULL);
	if (r >= 0)
		r = sd_event_add_io(t->event, NULL, STDIN_FILENO, EPOLLIN, on_input, t);
	if (r >= 0)
		r = sd_event_add_time_relative(t->event, NULL, CLOCK_MONOTONIC, SECOND_USEC, SECOND_USEC / 10, on_timer,
					       t);
	return r;
}

static int top_show(struct top *t, struct problems *ps)
{
	int r;

	r = sd_event_new(&t->event);
	if (r < 0)
		return r;
	t->answered_at = time(NULL);
	r = top_ask(t, ps);
	if (r < 0)
		return r;
	r = view_begin(&t->view, ps);
	if (r < 0)
		return r;
	r = top_listen(t);
	if (r < 0)
		return r;
	view_draw(&t->view);
	return sd_event_loop(t->event);
}

int top_run(const char *socket, bool colours, struct problems *ps)
{
	struct top t = { .socket = socket, .view.colours = colours };
	int r = top_show(&t, ps);

	sd_varlink_close_unref(t.link);
	sd_event_unref(t.event);
	view_end(&t.view);
	return r < 0 ? r : 0;
}
