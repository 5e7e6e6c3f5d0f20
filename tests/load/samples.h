/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * samples.h - measured values, every one of them kept, and exact percentiles.
 */
#ifndef LOAD_SAMPLES_H
#define LOAD_SAMPLES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct samples {
	uint64_t *values;
	size_t nr, max_nr;
};

/*
 * Room for max_nr values, its pages touched, so that adding never waits for memory. Ends the
 * program when there is none.
 */
void samples_init(struct samples *s, size_t max_nr);

/* A value too many is a mistake of ours and aborts. */
void samples_add(struct samples *s, uint64_t value);

/* To be called once before samples_percentile(). */
void samples_sort(struct samples *s);

/* Returns: the least value that percent % of all are not above; 100: the largest; none: 0. */
uint64_t samples_percentile(const struct samples *s, unsigned int percent);

/* Every value, a line each: "NAME VALUE". What cannot be written is told when the file is closed. */
void samples_write(const struct samples *s, const char *name, FILE *file);

/* The file for samples_write(), or NULL without a path. Ends the program when it cannot be made. */
FILE *samples_open(const char *path);

/* Accepts NULL. Ends the program when not all of it could be written. */
void samples_close(FILE *file, const char *path);

#endif
