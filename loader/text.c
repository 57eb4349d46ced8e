// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include <string.h>

#include "text.h"

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
