// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "text.h"
#include "view.h"

/* Lines of the screen that are not rows: two above, with the titles, and two below */
#define LINES_ABOVE	2
#define LINES_BELOW	2

static const int attributes[] = { [TONE_PLAIN] = 0, [TONE_BAD] = 1, [TONE_NOTE] = 2 };

static attr_t tone_attribute(const struct view *v, enum tone tone)
{
	if (!attributes[tone])
		return A_NORMAL;
	return v->colours ? COLOR_PAIR(attributes[tone]) : tone == TONE_BAD ? A_BOLD : A_NORMAL;
}

/* A line of text, cut where the screen ends. */
static void draw_line(int y, attr_t attribute, const char *text)
{
	attrset(attribute);
	mvaddnstr(y, 0, text, text_fit(text, COLS));
	attrset(A_NORMAL);
}

static void draw_head(const struct view *v)
{
	sd_json_variant *pool = sd_json_variant_by_key(v->rows.status, "pool");
	size_t nr = sd_json_variant_elements(sd_json_variant_by_key(v->rows.status, "nodes"));
	_cleanup_(freep) char *text = NULL;
	char now[16];

	strftime(now, sizeof(now), "%H:%M:%S", localtime(&(time_t){ time(NULL) }));
	text = text_of("%s  %s%s%zu scheduler%s on %llu CPUs, pool %llu of %llu pages", now, v->trouble ?: "",
		       v->trouble ? "; last seen " : "", nr, nr == 1 ? "" : "s",
		       node_number(v->rows.status, "nr_online"), node_number(pool, "nr_region"),
		       node_number(pool, "nr_pages"));
	draw_line(0, v->trouble ? tone_attribute(v, TONE_BAD) : A_NORMAL, text);
}

/* A cell at the end of a line may be cut. Returns where the next one begins. */
static int draw_cell(int y, int x, enum cell cell, int width, const char *text, attr_t attribute)
{
	int length = text_width(text);

	if (!width)
		return x;
	if (length > width)
		length = width;
	attrset(attribute);
	mvaddnstr(y, columns[cell].right ? x + width - length : x, text, text_fit(text, width));
	attrset(A_NORMAL);
	return x + width + 2;
}

static void draw_titles(const struct view *v, const int *widths)
{
	int x = 0;

	for (enum cell c = 0; c < NR_CELLS; c++)
		x = draw_cell(LINES_ABOVE - 1, x, c, widths[c], columns[c].title,
			      c == v->rows.sort ? A_BOLD | A_UNDERLINE : A_BOLD);
}

static void draw_row(const struct view *v, int y, size_t row, const int *widths)
{
	bool selected = row == v->rows.selected;
	int x = 0;

	if (selected)
		mvchgat(y, 0, -1, A_REVERSE, 0, NULL);
	for (enum cell c = 0; c < NR_CELLS; c++) {
		_cleanup_(freep) char *text = rows_cell(&v->rows, row, c);
		attr_t tone = tone_attribute(v, cell_tone(v->rows.list[row].node, c));

		x = draw_cell(y, x, c, widths[c], text, tone | (selected ? A_REVERSE : 0));
	}
}

/* What there is more to say of the selected node. */
static void draw_selected(const struct view *v)
{
	sd_json_variant *node = v->rows.nr ? v->rows.list[v->rows.selected].node : NULL;
	_cleanup_(freep) char *awaited = awaited_text(node), *end = awaited ? NULL : exit_text(node);
	unsigned long long restarts = node_number(node, "nr_restarts");
	const char *cpus = node_string(node, "cpus");
	_cleanup_(freep) char *text = NULL;

	text = text_of("%s on %s: %llu tasks, %llu restart%s%s%s%s%s", node_string(node, "sched"),
		       node_string(node, "cgroup"), node_number(node, "nr_tasks"), restarts, restarts == 1 ? "" : "s",
		       *cpus ? ", own CPUs " : "", cpus,
		       awaited ? ", waits for " :
		       end     ? ", last end: " :
				 "",
		       awaited	   ?:
			       end ?:
				     "");
	draw_line(LINES - 2, A_NORMAL, node ? text : "");
}

/* Scroll so that the selected row is on the screen. */
static void scroll_to_selected(struct view *v, size_t height)
{
	if (v->first > v->rows.selected)
		v->first = v->rows.selected;
	if (v->rows.selected >= v->first + height)
		v->first = v->rows.selected - height + 1;
	if (v->first + height > v->rows.nr)
		v->first = v->rows.nr > height ? v->rows.nr - height : 0;
}

void view_draw(struct view *v)
{
	int height = LINES - LINES_ABOVE - LINES_BELOW, widths[NR_CELLS];

	erase();
	if (height > 0) {
		rows_layout(&v->rows, COLS, widths);
		scroll_to_selected(v, height);
		draw_titles(v, widths);
		for (int i = 0; i < height && v->first + i < v->rows.nr; i++)
			draw_row(v, LINES_ABOVE + i, v->first + i, widths);
		draw_selected(v);
	}
	draw_head(v);
	draw_line(LINES - 1, A_DIM, "q quit  < > sort  r reverse  space fold  - + fold all, none  arrows move");
	refresh();
}

int view_begin(struct view *v, struct problems *ps)
{
	/* of the locale only which bytes are letters: numbers keep their point */
	setlocale(LC_CTYPE, "");
	v->terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? newterm(NULL, stdout, stdin) : NULL;
	if (!v->terminal) {
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
	v->colours = v->colours && has_colors() && start_color() == OK && use_default_colors() == OK;
	if (v->colours) {
		init_pair(attributes[TONE_BAD], COLOR_RED, -1);
		init_pair(attributes[TONE_NOTE], COLOR_YELLOW, -1);
	}
	return 0;
}

void view_end(struct view *v)
{
	if (v->terminal) {
		endwin();
		delscreen(v->terminal);
	}
	rows_free(&v->rows);
	free(v->trouble);
}

/* The keys */

/* False: the user has seen enough. */
static bool on_key(struct view *v, int key)
{
	int page = LINES > LINES_ABOVE + LINES_BELOW ? LINES - LINES_ABOVE - LINES_BELOW : 1;

	switch (key) {
	case 'q':
	case 'Q':
		return false;
	case KEY_UP:
	case 'k':
		rows_move(&v->rows, -1);
		break;
	case KEY_DOWN:
	case 'j':
		rows_move(&v->rows, 1);
		break;
	case KEY_PPAGE:
		rows_move(&v->rows, -page);
		break;
	case KEY_NPAGE:
		rows_move(&v->rows, page);
		break;
	case KEY_HOME:
		rows_move(&v->rows, -(ssize_t)v->rows.nr);
		break;
	case KEY_END:
		rows_move(&v->rows, v->rows.nr);
		break;
	case '<':
	case KEY_LEFT:
		rows_sort_next(&v->rows, -1);
		break;
	case '>':
	case KEY_RIGHT:
		rows_sort_next(&v->rows, 1);
		break;
	case 'r':
		rows_sort_reverse(&v->rows);
		break;
	case ' ':
	case '\r':
		rows_fold(&v->rows);
		break;
	case '-':
		rows_fold_all(&v->rows, true);
		break;
	case '+':
		rows_fold_all(&v->rows, false);
		break;
	}
	return true;
}

bool view_keys(struct view *v)
{
	bool more = true;
	int key;

	while (more && (key = getch()) != ERR)
		more = on_key(v, key);
	return more;
}

void view_resize(struct view *v)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	clear();
	view_draw(v);
}

void view_again(struct view *v)
{
	clearok(curscr, true);
	view_resize(v);
}
