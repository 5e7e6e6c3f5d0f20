/* SPDX-License-Identifier: GPL-2.0-only */
#include "suggest.h"

#include <stdio.h>
#include <string.h>

#define WORD_MAX 48

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int least = a < b ? a : b;

	return least < c ? least : c;
}

/* How many letters to add, drop, change or swap with their neighbour to make b of a. */
static unsigned int distance(const char *a, size_t len_a, const char *b, size_t len_b)
{
	unsigned int rows[3][WORD_MAX + 1];
	unsigned int *before = rows[0], *above = rows[1], *row = rows[2], *spare;
	size_t i, j;

	for (j = 0; j <= len_b; j++)
		above[j] = (unsigned int)j;
	for (i = 1; i <= len_a; i++) {
		row[0] = (unsigned int)i;
		for (j = 1; j <= len_b; j++) {
			row[j] = min3(above[j] + 1, row[j - 1] + 1,
				      above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[len_b];
}

void suggest_init(struct suggest *suggest, const char *word)
{
	memset(suggest, 0, sizeof(*suggest));
	suggest->word = word;
}

void suggest_try(struct suggest *suggest, const char *candidate)
{
	size_t len = strlen(suggest->word), len_candidate = strlen(candidate);
	unsigned int d;

	if (len > WORD_MAX || len_candidate > WORD_MAX)
		return;
	d = distance(suggest->word, len, candidate, len_candidate);
	/* two letters of a short word are most of it */
	if (d > (len < 5 ? 1u : 2u))
		return;
	if (!suggest->best || d < suggest->distance) {
		suggest->best = candidate;
		suggest->distance = d;
	}
}

const char *suggest_hint(struct suggest *suggest)
{
	suggest->hint[0] = '\0';
	if (suggest->best)
		snprintf(suggest->hint, sizeof(suggest->hint), "; did you mean '%s'?",
			 suggest->best);
	return suggest->hint;
}

void suggest_list(char *text, size_t size, const char *name)
{
	size_t len = strlen(text), room = strlen(", ...");

	if (len >= room && !strcmp(text + len - room, ", ..."))
		return;
	if (len + 2 + strlen(name) + room >= size)
		name = "...";
	snprintf(text + len, size - len, "%s%s", len ? ", " : "", name);
}
