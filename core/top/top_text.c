/* SPDX-License-Identifier: GPL-2.0-only */
#include "top_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "utf8.h"

#define PUT_MAX 1024	/* bytes of a text; longer ones are cut */

struct top_text top_text_begin(char *text, uint32_t width)
{
	text[0] = '\0';
	return (struct top_text){ .text = text, .width = width };
}

/* How wide the letter of len bytes is; 0: the terminal cannot show it. */
static uint32_t columns_of(const char *letter, size_t len)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	int columns;

	if (len == 1)
		return (unsigned char)*letter < 0x80 ? 1 : 0;
	if (mbrtowc(&wide, letter, len, &state) != len)
		return 0;
	columns = wcwidth(wide);
	return columns > 0 ? (uint32_t)columns : 0;
}

/* The next letter of a clean text, and how wide what stands for it is. */
static size_t next_letter(const char *text, const char **ret_shown, size_t *ret_len, uint32_t *ret_columns)
{
	size_t len = utf8_letter_len(text);

	*ret_shown = text;
	*ret_len = len;
	*ret_columns = columns_of(text, len);
	if (*text == '\t' || !*ret_columns) {
		*ret_shown = *text == '\t' ? " " : "?";
		*ret_len = *ret_columns = 1;
	}
	return len;
}

/* As much of a clean text as fits into so many columns. */
static void put(struct top_text *line, const char *text, uint32_t most)
{
	uint32_t end = most < line->width - line->at ? line->at + most : line->width, columns;
	const char *shown;
	size_t len, shown_len;

	while (*text) {
		len = next_letter(text, &shown, &shown_len, &columns);
		if (line->at + columns > end)
			break;
		memcpy(line->text + line->len, shown, shown_len);
		line->len += shown_len;
		line->at += columns;
		text += len;
	}
	line->text[line->len] = '\0';
}

static void fill(struct top_text *line, uint32_t to)
{
	while (line->at < to && line->at < line->width) {
		line->text[line->len++] = ' ';
		line->at++;
	}
	line->text[line->len] = '\0';
}

static void clean(char copy[PUT_MAX], const char *text)
{
	snprintf(copy, PUT_MAX, "%s", text);
	utf8_clean(copy);
}

void top_text_put(struct top_text *line, const char *fmt, ...)
{
	char text[PUT_MAX], copy[PUT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	clean(copy, text);
	put(line, copy, line->width);
}

void top_text_column(struct top_text *line, const char *text, uint32_t columns)
{
	uint32_t to = line->at + columns;
	char copy[PUT_MAX];

	clean(copy, text);
	put(line, copy, columns);
	fill(line, to);
}

static uint32_t width_of(const char *text)
{
	uint32_t width = 0, columns;
	const char *shown;
	size_t shown_len;

	while (*text) {
		text += next_letter(text, &shown, &shown_len, &columns);
		width += columns;
	}
	return width;
}

void top_text_tail(struct top_text *line, const char *text, uint32_t columns)
{
	uint32_t to = line->at + columns, width, letter;
	char copy[PUT_MAX];
	const char *from = copy, *shown;
	size_t shown_len, len = strlen(text);

	clean(copy, text + (len < PUT_MAX ? 0 : len - PUT_MAX + 1));
	if (columns > line->width - line->at)
		columns = line->width - line->at;
	width = width_of(from);
	if (width > columns && columns > 2) {
		put(line, "..", 2);
		columns -= 2;
	}
	while (width > columns) {
		from += next_letter(from, &shown, &shown_len, &letter);
		width -= letter;
	}
	put(line, from, columns);
	fill(line, to);
}

void top_text_end(struct top_text *line)
{
	while (line->len && line->text[line->len - 1] == ' ') {
		line->len--;
		line->at--;
	}
	line->text[line->len] = '\0';
}
