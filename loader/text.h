/* SPDX-License-Identifier: GPL-2.0 */
/*
 * text.h: make and read texts, and those that can be shown to anybody: UTF-8 without control characters, but for the tab. All
 * else breaks a terminal, a line of a log, or JSON, which then does not hold the rest either.
 */
#ifndef SCX_LOADER_TEXT_H
#define SCX_LOADER_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What printf() would print, to be freed. */
char *text_of(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *text_ofv(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));

/**
 * text_number - read the number that a text begins with: digits, and nothing before them
 * @base: 10 or 16
 * @ret: the largest there is, when it is larger than that
 *
 * Returns what follows it; NULL: there is no digit.
 */
const char *text_number(const char *text, int base, uint64_t *ret);

/* A text to be written piece by piece: it is in *@ret, to be freed, once the stream is closed by text_close(). */
FILE *text_open(char **ret);
void text_close(FILE *out);

/* How many columns of a terminal a text takes, by LC_CTYPE; and how many of its bytes go into so many. */
int text_width(const char *text);
size_t text_fit(const char *text, int columns);

/* Print a text with blanks to so many columns: before it, or behind it when @columns is negative. */
void text_pad(FILE *out, const char *text, int columns);

/* How many bytes from the start on can be shown. */
size_t text_shown(const char *text);
bool text_is_plain(const char *text);

/* Make of every byte that can't be shown a '?'. */
void text_mend(char *text);

/* The same of several lines. */
void text_mend_lines(char *text);

#endif
