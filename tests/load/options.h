/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.h - values on the command lines of the load programs. A value that will not do ends the
 * program with a sentence and status 2.
 */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTION_EXIT 2

/* Returns: the number in text, which must be whole and min..max. name: for the sentence. */
uint64_t option_number(const char *name, const char *text, uint64_t min, uint64_t max);

/* Returns: seconds (decimals allowed, 0.001..86400) in nanoseconds. */
uint64_t option_seconds(const char *name, const char *text);

/* Numbers apart by commas, each min..max, at most max_nr. Returns: how many. */
size_t option_numbers(const char *name, const char *text, int min, int max, int *ret_numbers,
		      size_t max_nr);

/* A list of CPUs as taskset takes it: 0,2-3. */
void option_cpus(const char *name, const char *text, cpu_set_t *ret_cpus);

/* The options end at argv[next]; anything left over is a mistake. */
void option_end(int argc, char *argv[], int next);

#endif
