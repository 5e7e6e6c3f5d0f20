/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats.h - the stub's counters as text, from the one list in cland_msg.h. Pure, non-logging.
 */
#ifndef CLAND_STATS_H
#define CLAND_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "cland_msg.h"

struct stats_entry {
	const char *name, *help;
};

/* By enum cland_stat. */
extern const struct stats_entry stats_table[CLAND_STAT_NR];

/* stats_format - "name=value ..." of the counters that are not zero, into size bytes of ret_text. */
void stats_format(const uint64_t stats[CLAND_STAT_NR], char *ret_text, size_t size);

#endif
