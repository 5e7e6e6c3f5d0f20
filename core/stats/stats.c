/* SPDX-License-Identifier: GPL-2.0-only */
#include "stats.h"

#include <inttypes.h>
#include <stdarg.h>

#include "stats_histogram.h"

#define STUB_ENTRY(name, help) [CLAND_STAT_##name] = { #name, help, STATS_COUNTER, STATS_COUNT },
#define OWN_ENTRY(name, type, unit, help) [STATS_##name] = { #name, help, type, unit },
const struct stats_entry stats_table[STATS_NR] = { CLAND_STATS(STUB_ENTRY) STATS_OWN(OWN_ENTRY) };

#define HISTOGRAM_ENTRY(name, help)                                                                \
	[CLAND_HISTOGRAM_##name] = { #name, help, STATS_COUNTER, STATS_NS },
const struct stats_entry stats_histograms[STATS_HISTOGRAM_NR] = {
	CLAND_HISTOGRAMS(HISTOGRAM_ENTRY)
	[STATS_HISTOGRAM_swap_pause] = {
		"swap_pause", "in which nobody decided while the policy was changed",
		STATS_COUNTER, STATS_NS,
	},
};

const char *stats_type_name(enum stats_type type)
{
	return type == STATS_COUNTER ? "counter" : "gauge";
}

const char *stats_unit_name(enum stats_unit unit)
{
	static const char *const names[] = {
		[STATS_COUNT] = "count", [STATS_NS] = "ns", [STATS_BOOL] = "0 or 1",
	};

	return names[unit];
}

/* ---- as text --------------------------------------------------------------------------------- */

/* Text that grows as far as there is room; what does not fit whole is left out, and all behind it. */
struct room {
	char *text;
	size_t size, len;
	bool full;
};

__attribute__((format(printf, 2, 3))) static void put(struct room *room, const char *fmt, ...)
{
	va_list args;
	int n;

	if (room->full || !room->size)
		return;
	va_start(args, fmt);
	n = vsnprintf(room->text + room->len, room->size - room->len, fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room->size - room->len) {
		room->text[room->len] = '\0'; /* a figure cut short would be a wrong one */
		room->full = true;
		return;
	}
	room->len += (size_t)n;
}

void stats_format(const uint64_t stats[CLAND_STAT_NR], char *ret_text, size_t size)
{
	struct room room = { .text = ret_text, .size = size };
	int stat;

	put(&room, "%s", "");
	for (stat = 0; stat < CLAND_STAT_NR; stat++) {
		if (stats[stat])
			put(&room, "%s%s=%" PRIu64, room.len ? " " : "", stats_table[stat].name,
			    stats[stat]);
	}
}

void stats_format_ns(uint64_t ns, char *ret_text, size_t size)
{
	uint64_t us = ns / 1000;

	if (us < 1000)
		snprintf(ret_text, size, "%" PRIu64 " us", us);
	else if (us < 1000000)
		snprintf(ret_text, size, "%" PRIu64 ".%" PRIu64 " ms", us / 1000, us / 100 % 10);
	else
		snprintf(ret_text, size, "%" PRIu64 ".%" PRIu64 " s", us / 1000000,
			 us / 100000 % 10);
}

static void put_histogram(struct room *room, const char *name, const struct cland_histogram *before,
			  const struct cland_histogram *now)
{
	static const struct {
		const char *name;
		uint32_t per_1000;
	} quantiles[] = { { "p50", 500 }, { "p99", 990 }, { "p99.9", 999 } };
	struct cland_histogram h;
	char text[48];
	size_t i;

	stats_histogram_since(before, now, &h);
	if (!stats_histogram_nr(&h))
		return;
	put(room, "; %s", name);
	for (i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		stats_format_ns(stats_histogram_quantile_ns(&h, quantiles[i].per_1000), text,
				sizeof(text));
		put(room, " %s=%s", quantiles[i].name, text);
	}
}

uint64_t stats_since(const struct stats *before, const struct stats *now, int value)
{
	uint64_t then = before->values[value], here = now->values[value];

	return here < then ? here : here - then;
}

void stats_format_between(const struct stats *before, const struct stats *now, char *ret_text,
			  size_t size)
{
	struct room room = { .text = ret_text, .size = size };
	uint64_t ns = now->taken_ns > before->taken_ns ? now->taken_ns - before->taken_ns : 1;
	uint64_t agent_ns = stats_since(before, now, STATS_agent_cpu);
	uint64_t decided = stats_since(before, now, CLAND_STAT_decided);
	double seconds = (double)ns / 1e9;
	int i, nr = 0;

	put(&room, "%.1f s, %s, per second:", seconds, now->policy[0] ? now->policy : "no policy");
	for (i = 0; i < STATS_NR; i++) {
		uint64_t change = stats_since(before, now, i);

		if (stats_table[i].type != STATS_COUNTER || stats_table[i].unit != STATS_COUNT ||
		    !change)
			continue;
		put(&room, " %s=%.1f", stats_table[i].name, (double)change / seconds);
		nr++;
	}
	if (!nr)
		put(&room, " nothing");
	for (i = 0; i < STATS_HISTOGRAM_NR; i++)
		put_histogram(&room, stats_histograms[i].name, &before->histograms[i],
			      &now->histograms[i]);
	put(&room, "; agent CPU %.2f %%", 100 * (double)agent_ns / (double)ns);
	if (decided)
		put(&room, ", %.1f us a decision", (double)agent_ns / (double)decided / 1e3);
}

static void help_rows(FILE *out, const struct stats_entry *entries, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		fprintf(out, "  %-20s (%s, %s) : %s\n", entries[i].name,
			entries == stats_histograms ? "times" : stats_type_name(entries[i].type),
			stats_unit_name(entries[i].unit), entries[i].help);
}

void stats_help(FILE *out)
{
	fputs("[values] what scx-cland has done since its part in the kernel was loaded\n", out);
	help_rows(out, stats_table, STATS_NR);
	fputs("\n[times] how long things took, by percentiles and counts\n", out);
	help_rows(out, stats_histograms, STATS_HISTOGRAM_NR);
}
