/* SPDX-License-Identifier: GPL-2.0-only */
#include "estimate.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "draw.h"

#define EXACT_MAX 14
#define NR_RANDOM 20000

/* Student's t, two-sided 95 %, by degrees of freedom. */
static double student_95(size_t df)
{
	static const double by_df[] = {
		12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
		2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
		2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
	};
	const size_t nr = sizeof(by_df) / sizeof(by_df[0]);

	if (df <= nr)
		return by_df[df - 1];
	return 1.96 + 2.4 / (double)df; /* within 0.002 of the table beyond it */
}

/* Ways to sign so many differences that are tried. */
static uint64_t tries_of(size_t nr)
{
	return nr <= EXACT_MAX ? 1ULL << nr : NR_RANDOM;
}

/*
 * What those sum up to, and how many they are, whose sign is turned in try n: each way to turn them
 * in turn, or of many one that is drawn.
 */
static double turned(const double *differences, size_t nr, uint64_t n, uint64_t *state, size_t *ret_nr)
{
	uint64_t signs = n;
	double sum = 0;
	size_t i;

	*ret_nr = 0;
	for (i = 0; i < nr; i++) {
		if (nr > EXACT_MAX && i % 64 == 0)
			signs = draw_splitmix(state);
		if (signs >> (i % 64) & 1) {
			sum += differences[i];
			++*ret_nr;
		}
	}
	return sum;
}

struct estimate estimate_mean(const double *values, size_t nr)
{
	double sum = 0, squares = 0, half;
	struct estimate e;
	size_t i;

	for (i = 0; i < nr; i++)
		sum += values[i];
	e.mean = sum / (double)nr;
	e.low = e.high = nr < 2 ? NAN : e.mean;
	if (nr < 2)
		return e;
	for (i = 0; i < nr; i++)
		squares += (values[i] - e.mean) * (values[i] - e.mean);
	half = student_95(nr - 1) * sqrt(squares / (double)(nr - 1) / (double)nr);
	e.low -= half;
	e.high += half;
	return e;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * A difference of d is as likely as not, by the same test, for d between the means of subsets of
 * the differences: those whose sign is turned when all that they sum up to is turned (Hartigan
 * 1969).
 */
struct estimate estimate_difference(const double *differences, size_t nr)
{
	uint64_t tries = tries_of(nr), state = 1, beyond, n;
	struct estimate e = estimate_mean(differences, nr);
	double *means = malloc(tries * sizeof(*means));
	size_t nr_means = 0, in;

	e.low = e.high = NAN;
	if (!means)
		return e;
	for (n = 0; n < tries; n++) {
		double sum = turned(differences, nr, n, &state, &in);

		if (in)
			means[nr_means++] = sum / (double)in;
	}
	/* So many on either side, of which the subset of none is one, are less likely than 1 in 20. */
	beyond = tries / 40;
	if (beyond) {
		qsort(means, nr_means, sizeof(*means), by_size);
		e.low = means[beyond - 1];
		e.high = means[nr_means - beyond];
	}
	free(means);
	return e;
}

double estimate_chance(const double *differences, size_t nr)
{
	uint64_t tries = tries_of(nr), as_far = 0, n, state = 1;
	double observed = 0, sizes = 0, edge;
	size_t i, in;

	for (i = 0; i < nr; i++) {
		observed += differences[i];
		sizes += fabs(differences[i]);
	}
	if (sizes == 0)
		return 1;
	/* Sums in another order may differ in their last bits. */
	edge = fabs(observed) - sizes * 1e-12;
	for (n = 0; n < tries; n++)
		as_far += fabs(observed - 2 * turned(differences, nr, n, &state, &in)) >= edge;
	if (nr <= EXACT_MAX)
		return (double)as_far / (double)tries;
	/* The observed signs are one of those that could have been. */
	return (double)(as_far + 1) / (double)(tries + 1);
}

/* Begin with the smallest: it must beat alpha / nr, the next one alpha / (nr - 1), until one fails. */
void estimate_holm(const double *chances, size_t nr, double alpha, unsigned char *ret_real)
{
	size_t i, left, best;

	for (i = 0; i < nr; i++)
		ret_real[i] = 0;
	for (left = nr; left; left--) {
		best = nr;
		for (i = 0; i < nr; i++)
			if (!ret_real[i] && (best == nr || chances[i] < chances[best]))
				best = i;
		if (chances[best] > alpha / (double)left)
			return;
		ret_real[best] = 1;
	}
}
