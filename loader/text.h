/* SPDX-License-Identifier: GPL-2.0 */
/*
 * text.h: text that can be shown to anybody: UTF-8 without control characters, but for the tab. All else breaks a terminal,
 * a line of a log, or JSON, which then does not hold the rest either.
 */
#ifndef SCX_LOADER_TEXT_H
#define SCX_LOADER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes from the start on can be shown. */
size_t text_shown(const char *text);
bool text_is_plain(const char *text);

/* Make of every byte that can't be shown a '?'. */
void text_mend(char *text);

/* The same of several lines. */
void text_mend_lines(char *text);

#endif
