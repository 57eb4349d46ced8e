// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "cleanup.h"
#include "text.h"

char *text_ofv(const char *fmt, va_list args)
{
	char *text = NULL;

	/* what it writes then is undefined */
	return mem(vasprintf(&text, fmt, args) < 0 ? NULL : text);
}

char *text_of(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = text_ofv(fmt, args);
	va_end(args);
	return text;
}

const char *text_number(const char *text, int base, uint64_t *ret)
{
	char *end;

	if (!(base == 16 ? isxdigit((unsigned char)*text) : isdigit((unsigned char)*text)))
		return NULL;
	*ret = strtoull(text, &end, base);
	return end;
}

FILE *text_open(char **ret)
{
	static size_t size; /* of no use: the text ends with a NUL */

	return mem(open_memstream(ret, &size));
}

void text_close(FILE *out)
{
	mem(fclose(out) ? NULL : "");
}

/* By how many bytes its first one says it goes on; -1: that is no first byte. */
static int nr_following(uint8_t first)
{
	if (first < 0x80)
		return 0;
	if (first < 0xc0 || first > 0xf7)
		return -1;
	return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

/* Bytes of the character at the start of @s; 0 when it can't be shown. */
static size_t character(const uint8_t *s)
{
	static const uint32_t smallest[] = { 0, 0x80, 0x800, 0x10000 };
	int n = nr_following(*s);
	uint32_t code = n > 0 ? *s & 0x3f >> n : *s;

	if (n < 0)
		return 0;
	for (int i = 1; i <= n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < smallest[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	/* those that are no characters: libsystemd takes none of them into JSON */
	if ((code >= 0xfdd0 && code < 0xfdf0) || (code & 0xfffe) == 0xfffe)
		return 0;
	return (code < ' ' && code != '\t') || (code >= 0x7f && code < 0xa0) ? 0 : n + 1;
}

size_t text_shown(const char *text)
{
	size_t at = 0, n;

	while (text[at] && (n = character((const uint8_t *)text + at)))
		at += n;
	return at;
}

bool text_is_plain(const char *text)
{
	return !text[text_shown(text)];
}

static void mend(char *text, char but)
{
	for (; *(text += text_shown(text)); text++)
		if (*text != but)
			*text = '?';
}

void text_mend(char *text)
{
	mend(text, '\0');
}

void text_mend_lines(char *text)
{
	mend(text, '\n');
}

/* Bytes of the next character, and how many columns it takes. */
static size_t next_columns(const char *text, int *ret)
{
	mbstate_t state = {};
	wchar_t c;
	size_t n = mbrtowc(&c, text, strlen(text), &state);

	*ret = (ssize_t)n > 0 ? wcwidth(c) : 1;
	if (*ret < 0)
		*ret = 1;
	return (ssize_t)n > 0 ? n : 1;
}

size_t text_fit(const char *text, int columns)
{
	size_t at = 0;
	int width;

	while (text[at]) {
		size_t n = next_columns(text + at, &width);

		columns -= width;
		if (columns < 0)
			break;
		at += n;
	}
	return at;
}

int text_width(const char *text)
{
	int sum = 0, width;

	while (*text) {
		text += next_columns(text, &width);
		sum += width;
	}
	return sum;
}

void text_pad(FILE *out, const char *text, int columns)
{
	int missing = abs(columns) - text_width(text);

	fprintf(out, "%*s%s%*s", columns > 0 && missing > 0 ? missing : 0, "", text,
		columns < 0 && missing > 0 ? missing : 0, "");
}
