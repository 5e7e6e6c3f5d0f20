/* SPDX-License-Identifier: GPL-2.0-only */
#include "utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

size_t utf8_letter_len(const char *text)
{
	static const struct {
		unsigned char first, last, min, max; /* of the first byte; of the second */
		size_t len;
	} kinds[] = {
		{ 0x01, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const unsigned char *bytes = (const unsigned char *)text;
	size_t i, at;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (bytes[0] < kinds[i].first || bytes[0] > kinds[i].last)
			continue;
		if (kinds[i].len > 1 && (bytes[1] < kinds[i].min || bytes[1] > kinds[i].max))
			return 0;
		for (at = 2; at < kinds[i].len; at++) {
			if (bytes[at] < 0x80 || bytes[at] > 0xbf)
				return 0;
		}
		return kinds[i].len;
	}
	return 0;
}

static uint32_t code_point(const char *letter, size_t len)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = (unsigned char)letter[0] & masks[len];
	size_t i;

	for (i = 1; i < len; i++)
		code = code << 6 | ((unsigned char)letter[i] & 0x3f);
	return code;
}

static bool is_obeyed(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x08 },	    { 0x0a, 0x1f },	/* all but the tab */
		{ 0x7f, 0x9f },
		{ 0x61c, 0x61c },   { 0x200e, 0x200f },	/* marks of direction */
		{ 0x2028, 0x202e },			/* ends of lines; embeddings, overrides */
		{ 0x2066, 0x2069 },			/* isolates */
	};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

/* How many bytes at text belong together; *ret_shown: whether they can be shown as they are. */
static size_t next(const char *text, bool *ret_shown)
{
	size_t len = utf8_letter_len(text);

	*ret_shown = len && !is_obeyed(code_point(text, len));
	return len ? len : 1;
}

void utf8_clean(char *text)
{
	char *to = text;
	bool shown;
	size_t len;

	for (; *text; text += len) {
		len = next(text, &shown);
		if (!shown) {
			*to++ = '?';
			continue;
		}
		memmove(to, text, len);
		to += len;
	}
	*to = '\0';
}

static void put(FILE *out, const char *text, bool lines)
{
	bool shown;
	size_t len;

	for (; *text; text += len) {
		len = next(text, &shown);
		if (shown || (lines && *text == '\n'))
			fwrite(text, 1, len, out);
		else
			putc('?', out);
	}
}

void utf8_put(FILE *out, const char *text)
{
	put(out, text, false);
}

void utf8_put_lines(FILE *out, const char *text)
{
	put(out, text, true);
}
