/* SPDX-License-Identifier: GPL-2.0-only */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"

#define SECONDS_MIN 0.001
#define SECONDS_MAX 86400

static void refuse(const char *name, const char *text, const char *expected)
{
	fprintf(stderr, "%s: --%s=%s: expected %s\n", program_invocation_short_name, name, text,
		expected);
	exit(OPTION_EXIT);
}

uint64_t option_number(const char *name, const char *text, uint64_t min, uint64_t max)
{
	char expected[64], *end;
	uint64_t number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || end == text || *end || !isdigit((unsigned char)text[0]) || number < min ||
	    number > max) {
		snprintf(expected, sizeof(expected), "a number, %" PRIu64 " to %" PRIu64, min, max);
		refuse(name, text, expected);
	}
	return number;
}

uint64_t option_seconds(const char *name, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= SECONDS_MIN && seconds <= SECONDS_MAX))
		refuse(name, text, "seconds, 0.001 to 86400");
	return (uint64_t)(seconds * (double)NS_PER_S);
}

size_t option_numbers(const char *name, const char *text, int min, int max, int *ret_numbers,
		      size_t max_nr)
{
	const char *at = text;
	char expected[96], *end;
	size_t nr = 0;
	long number;

	snprintf(expected, sizeof(expected), "numbers, %d to %d, apart by commas, %zu at most", min,
		 max, max_nr);
	for (;;) {
		errno = 0;
		number = strtol(at, &end, 10);
		if (errno || end == at || number < min || number > max || nr == max_nr)
			refuse(name, text, expected);
		ret_numbers[nr++] = (int)number;
		if (!*end)
			return nr;
		if (*end != ',')
			refuse(name, text, expected);
		at = end + 1;
	}
}

void option_cpus(const char *name, const char *text, cpu_set_t *ret_cpus)
{
	static const char expected[] = "CPUs like 0,2-3";
	const char *at = text;
	unsigned long first, last;
	char *end;

	CPU_ZERO(ret_cpus);
	for (;;) {
		if (!isdigit((unsigned char)*at))
			refuse(name, text, expected);
		first = last = strtoul(at, &end, 10);
		if (*end == '-') {
			at = end + 1;
			if (!isdigit((unsigned char)*at))
				refuse(name, text, expected);
			last = strtoul(at, &end, 10);
		}
		if (last < first || last >= CPU_SETSIZE || (*end && *end != ','))
			refuse(name, text, expected);
		for (; first <= last; first++)
			CPU_SET(first, ret_cpus);
		if (!*end)
			return;
		at = end + 1;
	}
}

void option_end(int argc, char *argv[], int next)
{
	if (next == argc)
		return;
	fprintf(stderr, "%s: '%s' is not expected; see --help\n", program_invocation_short_name,
		argv[next]);
	exit(OPTION_EXIT);
}
