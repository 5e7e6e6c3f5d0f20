/* SPDX-License-Identifier: GPL-2.0-only */
#include "metric_number.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define SPACES " \t\r\n\v\f"
#define DIGITS "0123456789"

/* The length of the decimal number at the beginning of word; 0: there is none. */
static size_t number_len(const char *word)
{
	size_t len = strspn(word, "+-") == 1, whole = strspn(word + len, DIGITS), part = 0;

	len += whole;
	if (word[len] == '.') {
		part = strspn(word + len + 1, DIGITS);
		if (part)
			len += 1 + part;
	}
	if (!whole && !part)
		return 0;
	if (word[len] == 'e' || word[len] == 'E') {
		size_t sign = 1 + (strspn(word + len + 1, "+-") == 1);
		size_t exponent = strspn(word + len + sign, DIGITS);

		if (exponent)
			len += sign + exponent;
	}
	return len;
}

/* A word without its comma or colon at the end, cut to size. */
static void copy_word(char *to, size_t size, const char *word, size_t len)
{
	while (len && strchr(",;:.", word[len - 1]))
		len--;
	snprintf(to, size, "%.*s", (int)len, word);
	utf8_clean(to);
}

/* word is len bytes of a line. Whether it is a number, and what is behind it in the same word. */
static bool take_word(const char *word, size_t len, struct metric_number *ret_number)
{
	char text[64], *number = text, *equals;
	size_t digits;

	if (len >= sizeof(text))
		return false;
	copy_word(text, sizeof(text), word, len);
	equals = strrchr(text, '=');
	if (equals)
		number = equals + 1;
	digits = number_len(number);
	/* "12:30" and "1,234" are no numbers with a unit */
	if (!digits || strpbrk(number + digits, DIGITS ",:;"))
		return false;
	snprintf(ret_number->unit, sizeof(ret_number->unit), "%.15s", number + digits);
	utf8_clean(ret_number->unit);
	number[digits] = '\0';
	ret_number->value = strtod(number, NULL);
	return isfinite(ret_number->value);
}

static int no_number(const char *line, const char *what, struct diag *diag)
{
	char shown[160];

	snprintf(shown, sizeof(shown), "%.159s", line);
	utf8_clean(shown);
	return diag_set(diag, -EINVAL, "its last line must have one number, and has %s: '%s'", what, shown);
}

/* The last line that has anything in it, without the spaces around it; to be freed. */
static char *last_line(const char *text)
{
	size_t len = strlen(text), begin;

	while (len && strchr(SPACES, text[len - 1]))
		len--;
	for (begin = len; begin && text[begin - 1] != '\n'; begin--)
		;
	begin += strspn(text + begin, SPACES);
	return strndup(text + begin, len > begin ? len - begin : 0);
}

int metric_number_read(const char *text, struct metric_number *ret_number, struct diag *diag)
{
	struct metric_number found = { 0 }, number;
	char *line = last_line(text);
	const char *word;
	bool is_behind = false;	/* right behind a number without a unit of its own */
	unsigned int nr = 0;
	size_t len;
	int err = 0;

	if (!line)
		return diag_set(diag, -EINVAL, "no memory for what it has printed");
	for (word = line; *word; word += len, word += strspn(word, SPACES)) {
		len = strcspn(word, SPACES);
		if (take_word(word, len, &number)) {
			found = number;
			nr++;
			is_behind = !found.unit[0];
			continue;
		}
		if (is_behind)
			copy_word(found.unit, sizeof(found.unit), word, len);
		is_behind = false;
	}
	if (!*line)
		err = diag_set(diag, -EINVAL, "it has printed nothing; its last line must have one number");
	else if (nr != 1)
		err = no_number(line, nr ? "more than one" : "none", diag);
	free(line);
	if (!err)
		*ret_number = found;
	return err;
}
