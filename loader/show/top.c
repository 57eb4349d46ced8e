// SPDX-License-Identifier: GPL-2.0
/*
 * top.c: the screen, the keys, and the conversation with the loader, on one event loop: a loader that takes its time, or is
 * gone, holds up nothing. What is shown is rows.c's.
 */
#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <systemd/sd-event.h>
#include <systemd/sd-varlink.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "talk/client.h"
#include "talk/interface.h"
#include "rows.h"
#include "top.h"

#define SECOND_USEC	1000000ull
#define LATE_S		3	/* without an answer for so long, it is told */

/* Lines of the screen that are not rows: two above, with the titles, and two below */
#define LINES_ABOVE	2
#define LINES_BELOW	2

struct top {
	const char *socket;
	bool colours;
	sd_event *event;
	sd_varlink *link; /* NULL: no loader */
	bool asked;	  /* it has not answered yet */
	time_t answered_at;
	SCREEN *screen;
	size_t first; /* row at the top of the screen */
	struct rows rows;
	char *trouble; /* why there is nothing new */
};

/* The screen */

static const int attributes[] = { [TONE_PLAIN] = 0, [TONE_BAD] = 1, [TONE_NOTE] = 2 };

static attr_t tone_attribute(const struct top *t, enum tone tone)
{
	if (!attributes[tone])
		return A_NORMAL;
	return t->colours ? COLOR_PAIR(attributes[tone]) : tone == TONE_BAD ? A_BOLD : A_NORMAL;
}

/* A line of text, cut where the screen ends. */
static void draw_line(int y, attr_t attribute, const char *text)
{
	attrset(attribute);
	mvaddnstr(y, 0, text, COLS);
	attrset(A_NORMAL);
}

static void draw_head(const struct top *t)
{
	sd_json_variant *pool = sd_json_variant_by_key(t->rows.status, "pool");
	size_t nr = sd_json_variant_elements(sd_json_variant_by_key(t->rows.status, "nodes"));
	_cleanup_(freep) char *text = NULL;
	char now[16];

	strftime(now, sizeof(now), "%H:%M:%S", localtime(&(time_t){ time(NULL) }));
	if (asprintf(&text, "%s  %s%s%zu scheduler%s on %llu CPUs, pool %llu of %llu pages", now, t->trouble ?: "",
		     t->trouble ? "; last seen " : "", nr, nr == 1 ? "" : "s", node_number(t->rows.status, "nr_online"),
		     node_number(pool, "nr_region"), node_number(pool, "nr_pages")) < 0)
		text = NULL;
	draw_line(0, t->trouble ? tone_attribute(t, TONE_BAD) : A_NORMAL, text ?: "");
}

/* A cell at the end of a line may be cut. Returns where the next one begins. */
static int draw_cell(int y, int x, enum cell cell, int width, const char *text, attr_t attribute)
{
	int length = strlen(text);

	if (!width)
		return x;
	if (length > width)
		length = width;
	attrset(attribute);
	mvaddnstr(y, columns[cell].right ? x + width - length : x, text, length);
	attrset(A_NORMAL);
	return x + width + 2;
}

static void draw_titles(const struct top *t, const int *widths)
{
	int x = 0;

	for (enum cell c = 0; c < NR_CELLS; c++)
		x = draw_cell(LINES_ABOVE - 1, x, c, widths[c], columns[c].title,
			      c == t->rows.sort ? A_BOLD | A_UNDERLINE : A_BOLD);
}

static void draw_row(const struct top *t, int y, size_t row, const int *widths)
{
	bool selected = row == t->rows.selected;
	int x = 0;

	if (selected)
		mvchgat(y, 0, -1, A_REVERSE, 0, NULL);
	for (enum cell c = 0; c < NR_CELLS; c++) {
		_cleanup_(freep) char *text = rows_cell(&t->rows, row, c);
		attr_t tone = tone_attribute(t, cell_tone(t->rows.list[row].node, c));

		x = draw_cell(y, x, c, widths[c], text ?: "", tone | (selected ? A_REVERSE : 0));
	}
}

/* What there is more to say of the selected node. */
static void draw_selected(const struct top *t)
{
	sd_json_variant *node = t->rows.nr ? t->rows.list[t->rows.selected].node : NULL;
	_cleanup_(freep) char *end = exit_text(node);
	unsigned long long restarts = node_number(node, "nr_restarts");
	const char *cpus = node_string(node, "cpus");
	_cleanup_(freep) char *text = NULL;

	if (asprintf(&text, "%s on %s: %llu tasks, %llu restart%s%s%s%s%s", node_string(node, "sched"),
		     node_string(node, "cgroup"), node_number(node, "nr_tasks"), restarts, restarts == 1 ? "" : "s",
		     *cpus ? ", own CPUs " : "", cpus, end ? ", last end: " : "", end ?: "") < 0)
		text = NULL;
	draw_line(LINES - 2, A_NORMAL, node ? text ?: "" : "");
}

/* Scroll so that the selected row is on the screen. */
static void scroll_to_selected(struct top *t, size_t height)
{
	if (t->first > t->rows.selected)
		t->first = t->rows.selected;
	if (t->rows.selected >= t->first + height)
		t->first = t->rows.selected - height + 1;
	if (t->first + height > t->rows.nr)
		t->first = t->rows.nr > height ? t->rows.nr - height : 0;
}

static void draw(struct top *t)
{
	int height = LINES - LINES_ABOVE - LINES_BELOW, widths[NR_CELLS];

	erase();
	if (height > 0 && !rows_layout(&t->rows, COLS, widths)) {
		scroll_to_selected(t, height);
		draw_titles(t, widths);
		for (int i = 0; i < height && t->first + i < t->rows.nr; i++)
			draw_row(t, LINES_ABOVE + i, t->first + i, widths);
		draw_selected(t);
	}
	draw_head(t);
	draw_line(LINES - 1, A_DIM, "q quit  < > sort  r reverse  space fold  - + fold all, none  arrows move");
	refresh();
}

static int screen_begin(struct top *t, struct problems *ps)
{
	/* of the locale only which bytes are letters: numbers keep their point */
	setlocale(LC_CTYPE, "");
	t->screen = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? newterm(NULL, stdout, stdin) : NULL;
	if (!t->screen) {
		problem_add(ps, NULL, 0, "'scx-loader status' prints what it would show",
			    "can't show the tree: not on a terminal that 'TERM' tells how to use");
		return -ENOTTY;
	}
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, true);
	nodelay(stdscr, true);
	set_escdelay(25);
	t->colours = t->colours && has_colors() && start_color() == OK && use_default_colors() == OK;
	if (t->colours) {
		init_pair(attributes[TONE_BAD], COLOR_RED, -1);
		init_pair(attributes[TONE_NOTE], COLOR_YELLOW, -1);
	}
	return 0;
}

static void screen_end(struct top *t)
{
	if (!t->screen)
		return;
	endwin();
	delscreen(t->screen);
	t->screen = NULL;
}

/* The keys */

static void on_key(struct top *t, int key)
{
	int page = LINES > LINES_ABOVE + LINES_BELOW ? LINES - LINES_ABOVE - LINES_BELOW : 1;

	switch (key) {
	case 'q':
	case 'Q':
		sd_event_exit(t->event, 0);
		break;
	case KEY_UP:
	case 'k':
		rows_move(&t->rows, -1);
		break;
	case KEY_DOWN:
	case 'j':
		rows_move(&t->rows, 1);
		break;
	case KEY_PPAGE:
		rows_move(&t->rows, -page);
		break;
	case KEY_NPAGE:
		rows_move(&t->rows, page);
		break;
	case KEY_HOME:
		rows_move(&t->rows, -(ssize_t)t->rows.nr);
		break;
	case KEY_END:
		rows_move(&t->rows, t->rows.nr);
		break;
	case '<':
	case KEY_LEFT:
		rows_sort_next(&t->rows, -1);
		break;
	case '>':
	case KEY_RIGHT:
		rows_sort_next(&t->rows, 1);
		break;
	case 'r':
		rows_sort_reverse(&t->rows);
		break;
	case ' ':
	case '\r':
		rows_fold(&t->rows);
		break;
	case '-':
		rows_fold_all(&t->rows, true);
		break;
	case '+':
		rows_fold_all(&t->rows, false);
		break;
	}
}

static int on_input(sd_event_source *, int, uint32_t events, void *arg)
{
	struct top *t = arg;
	int key;

	/* the terminal is gone */
	if (events & (EPOLLHUP | EPOLLERR))
		return sd_event_exit(t->event, 0);
	while ((key = getch()) != ERR)
		on_key(t, key);
	draw(t);
	return 0;
}

static int on_resize(sd_event_source *, const struct signalfd_siginfo *, void *arg)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	clear();
	draw(arg);
	return 0;
}

/* Back from the shell, which had the terminal */
static int on_continue(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	clearok(curscr, true);
	return on_resize(source, info, arg);
}

/* The conversation */

static void set_trouble(struct top *t, const char *text)
{
	free(t->trouble);
	t->trouble = text ? strdup(text) : NULL;
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
		rows_update(&t->rows, reply);
	}
	draw(t);
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
	draw(t);
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
	r = screen_begin(t, ps);
	if (r < 0)
		return r;
	r = top_listen(t);
	if (r < 0)
		return r;
	draw(t);
	return sd_event_loop(t->event);
}

int top_run(const char *socket, bool colours, struct problems *ps)
{
	struct top t = { .socket = socket, .colours = colours };
	int r = top_show(&t, ps);

	screen_end(&t);
	sd_varlink_close_unref(t.link);
	sd_event_unref(t.event);
	rows_free(&t.rows);
	free(t.trouble);
	return r < 0 ? r : 0;
}
