/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * estimate.h - what some runs of a kind say about all runs of that kind: means with an interval,
 * and whether a difference is more than chance. Pure; the same numbers give the same answer.
 */
#ifndef CLAND_ESTIMATE_H
#define CLAND_ESTIMATE_H

#include <stddef.h>

#define ESTIMATE_MAX 10000u	/* values at most */

struct estimate {
	double mean;
	double low, high;	/* a 95 % confidence interval: of a mean by Student (1908); NAN: there is none */
};

/* estimate_mean - of nr values, 1 to ESTIMATE_MAX. Of one there is no interval: low and high are NAN. */
struct estimate estimate_mean(const double *values, size_t nr);

/*
 * estimate_chance - the probability that nr differences are as far from 0 on the whole, or farther,
 * if each could as well have had the other sign (the paired randomisation test, Fisher 1935). All
 * 2^nr signs are tried up to nr = 14, else 20000 at random, always the same ones. 1 when all are 0.
 */
double estimate_chance(const double *differences, size_t nr);

/*
 * estimate_difference - the mean of nr differences, with the interval that goes with
 * estimate_chance(): it has 0 in it when that is more than 5 %. Of fewer than six there is none.
 */
struct estimate estimate_difference(const double *differences, size_t nr);

/*
 * estimate_holm - of nr chances, which are to be believed so that not even one of them is wrong
 * more often than in alpha of such sets (Holm 1979). Sets ret_real[i] to 1 or 0.
 */
void estimate_holm(const double *chances, size_t nr, double alpha, unsigned char *ret_real);

#endif
