/* SPDX-License-Identifier: GPL-2.0-only */
#include "stats.h"

#include <inttypes.h>
#include <stdio.h>

#define STATS_ENTRY(name, help) [CLAND_STAT_##name] = { #name, help },
const struct stats_entry stats_table[CLAND_STAT_NR] = { CLAND_STATS(STATS_ENTRY) };

void stats_format(const uint64_t stats[CLAND_STAT_NR], char *ret_text, size_t size)
{
	size_t len = 0;
	int stat, n;

	if (!size)
		return;
	ret_text[0] = '\0';
	for (stat = 0; stat < CLAND_STAT_NR; stat++) {
		if (!stats[stat])
			continue;
		n = snprintf(ret_text + len, size - len, "%s%s=%" PRIu64, len ? " " : "",
			     stats_table[stat].name, stats[stat]);
		if (n < 0 || (size_t)n >= size - len) {
			ret_text[len] = '\0'; /* a figure cut short would be a wrong one */
			return;
		}
		len += (size_t)n;
	}
}
