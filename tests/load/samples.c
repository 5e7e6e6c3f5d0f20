/* SPDX-License-Identifier: GPL-2.0-only */
#include "samples.h"

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void samples_init(struct samples *s, size_t max_nr)
{
	s->values = malloc(max_nr * sizeof(*s->values));
	if (!s->values)
		err(1, "%zu samples", max_nr);
	memset(s->values, 0xff, max_nr * sizeof(*s->values));
	s->nr = 0;
	s->max_nr = max_nr;
}

void samples_add(struct samples *s, uint64_t value)
{
	if (s->nr == s->max_nr)
		abort();
	s->values[s->nr++] = value;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void samples_sort(struct samples *s)
{
	qsort(s->values, s->nr, sizeof(*s->values), compare);
}

uint64_t samples_percentile(const struct samples *s, unsigned int percent)
{
	size_t rank = (s->nr * percent + 99) / 100;

	if (!s->nr)
		return 0;
	return s->values[rank ? rank - 1 : 0];
}

FILE *samples_open(const char *path)
{
	FILE *file = path ? fopen(path, "we") : NULL;

	if (path && !file)
		err(1, "%s", path);
	return file;
}

void samples_write(const struct samples *s, const char *name, FILE *file)
{
	size_t i;

	for (i = 0; i < s->nr; i++)
		fprintf(file, "%s %" PRIu64 "\n", name, s->values[i]);
}

void samples_close(FILE *file, const char *path)
{
	/* evaluated both: an error of an earlier write, and of the last one */
	if (file && (ferror(file) | fclose(file)))
		err(1, "%s", path);
}
