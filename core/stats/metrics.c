/* SPDX-License-Identifier: GPL-2.0-only */
#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "stats_histogram.h"

#define PREFIX "scx_cland_"

/* One bucket of a metric for each power of two: what the finer ones are counted in has four. */
#define STEP 4u

const char *metrics_content_type(enum metrics_format format)
{
	return format == METRICS_OPENMETRICS ?
		       "application/openmetrics-text; version=1.0.0; charset=utf-8" :
		       "text/plain; version=0.0.4; charset=utf-8";
}

/* Seconds without a loss, as a double has 53 bits and these are no differences of large numbers. */
static void put_seconds(FILE *out, uint64_t ns)
{
	fprintf(out, "%" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
}

/* Texts come from files that anybody may have named. */
static void put_label(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			fputc('\\', out);
		fputc((unsigned char)*text < ' ' || (unsigned char)*text > '~' ? '?' : *text, out);
	}
}

/* unit: "" or "_seconds". total: what a counter's samples are called besides. */
static void put_head(FILE *out, enum metrics_format format, const char *name, const char *unit,
		     const char *total, const char *type, const char *help)
{
	/* The older format knows a metric by the names of its samples. */
	const char *suffix = format == METRICS_TEXT ? total : "";

	fprintf(out, "# HELP " PREFIX "%s%s%s %s.\n", name, unit, suffix, help);
	fprintf(out, "# TYPE " PREFIX "%s%s%s %s\n", name, unit, suffix, type);
	if (format == METRICS_OPENMETRICS && unit[0])
		fprintf(out, "# UNIT " PREFIX "%s%s %s\n", name, unit, unit + 1);
}

static void put_value(FILE *out, enum metrics_format format, const struct stats_entry *entry,
		      uint64_t value)
{
	const char *unit = entry->unit == STATS_NS ? "_seconds" : "";
	const char *total = entry->type == STATS_COUNTER ? "_total" : "";

	put_head(out, format, entry->name, unit, total, stats_type_name(entry->type), entry->help);
	fprintf(out, PREFIX "%s%s%s ", entry->name, unit, total);
	if (entry->unit == STATS_NS)
		put_seconds(out, value);
	else
		fprintf(out, "%" PRIu64, value);
	fputc('\n', out);
}

static void put_histogram(FILE *out, enum metrics_format format, const struct stats_entry *entry,
			  const struct cland_histogram *h)
{
	uint64_t nr = 0;
	uint32_t i;

	put_head(out, format, entry->name, "_seconds", "", "histogram", entry->help);
	for (i = 0; i < CLAND_HISTOGRAM_BUCKETS - 1; i++) {
		nr += h->counts[i];
		if (i % STEP != STEP - 1)
			continue;
		fprintf(out, PREFIX "%s_seconds_bucket{le=\"", entry->name);
		put_seconds(out, stats_histogram_end_ns(i));
		fprintf(out, "\"} %" PRIu64 "\n", nr);
	}
	nr += h->counts[i];
	fprintf(out, PREFIX "%s_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", entry->name, nr);
	fprintf(out, PREFIX "%s_seconds_sum ", entry->name);
	put_seconds(out, h->sum_ns);
	fprintf(out, "\n" PREFIX "%s_seconds_count %" PRIu64 "\n", entry->name, nr);
}

static void put_info(FILE *out, enum metrics_format format, const struct stats *stats)
{
	put_head(out, format, "policy", "", "_info", format == METRICS_TEXT ? "gauge" : "info",
		 "the policy that is to run, and the version of scx-cland");
	fputs(PREFIX "policy_info{policy=\"", out);
	put_label(out, stats->policy);
	fputs("\",version=\"", out);
	put_label(out, stats->version);
	fputs("\"} 1\n", out);
}

char *metrics_write(const struct stats *stats, enum metrics_format format, size_t *ret_len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_len);
	bool bad;
	int i;

	if (!out)
		return NULL;
	put_info(out, format, stats);
	for (i = 0; i < STATS_NR; i++)
		put_value(out, format, &stats_table[i], stats->values[i]);
	for (i = 0; i < STATS_HISTOGRAM_NR; i++)
		put_histogram(out, format, &stats_histograms[i], &stats->histograms[i]);
	if (format == METRICS_OPENMETRICS)
		fputs("# EOF\n", out);
	bad = ferror(out);
	if (fclose(out) || bad) {
		free(text);
		return NULL;
	}
	return text;
}
