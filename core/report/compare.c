/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "quote.h"

#define ALPHA 0.05

int compare_init(struct compare *c, size_t nr_policies, size_t nr_samples, const char *samples,
		 const char *in_one)
{
	c->nr_policies = nr_policies;
	c->nr_samples = nr_samples;
	c->samples = samples;
	c->in_one = in_one;
	c->nr_metrics = 0;
	c->metrics = calloc(COMPARE_METRICS_MAX, sizeof(*c->metrics));
	return c->metrics ? 0 : -ENOMEM;
}

void compare_free(struct compare *c)
{
	size_t i;

	for (i = 0; i < c->nr_metrics; i++)
		free(c->metrics[i].values);
	free(c->metrics);
	c->metrics = NULL;
	c->nr_metrics = 0;
}

/* The metric's place; made when this is its first value. */
static int metric_get(struct compare *c, const char *group, const char *name,
		      enum compare_unit unit, struct compare_metric **ret_metric)
{
	struct compare_metric *m;
	size_t nr = c->nr_policies * c->nr_samples, i;

	for (i = 0; i < c->nr_metrics; i++) {
		m = &c->metrics[i];
		if (!strcmp(m->name, name) && !strcmp(m->group, group)) {
			*ret_metric = m;
			return 0;
		}
	}
	if (c->nr_metrics == COMPARE_METRICS_MAX)
		return -E2BIG;
	m = &c->metrics[c->nr_metrics];
	m->values = malloc(nr * sizeof(*m->values));
	if (!m->values)
		return -ENOMEM;
	/* What never comes about, as a response where all starve, is no 0. */
	for (i = 0; i < nr; i++)
		m->values[i] = NAN;
	snprintf(m->group, sizeof(m->group), "%s", group);
	m->name = name;
	m->unit = unit;
	c->nr_metrics++;
	*ret_metric = m;
	return 0;
}

int compare_put(struct compare *c, const char *group, const char *name, enum compare_unit unit,
		size_t policy, size_t sample, double value)
{
	struct compare_metric *m;
	int err = metric_get(c, group, name, unit, &m);

	if (!err)
		m->values[policy * c->nr_samples + sample] = value;
	return err;
}

/* ---- what they say --------------------------------------------------------------------------- */

static struct estimate mean_of(const double *values, size_t nr)
{
	static const struct estimate none = { NAN, NAN, NAN };

	return nr ? estimate_mean(values, nr) : none;
}

/* Room: for as many numbers as there are samples. */
static void judge_metric(const struct compare *c, struct compare_metric *m, double *room)
{
	size_t p, s, nr;

	for (p = 0; p < c->nr_policies; p++) {
		const double *values = m->values + p * c->nr_samples;

		for (s = nr = 0; s < c->nr_samples; s++)
			if (!isnan(values[s]))
				room[nr++] = values[s];
		m->of[p] = mean_of(room, nr);
		if (!p)
			continue;
		for (s = nr = 0; s < c->nr_samples; s++)
			if (!isnan(values[s]) && !isnan(m->values[s]))
				room[nr++] = values[s] - m->values[s];
		m->difference[p] = nr ? estimate_difference(room, nr) : mean_of(room, 0);
		m->chance[p] = nr ? estimate_chance(room, nr) : 1;
	}
}

int compare_judge(struct compare *c)
{
	size_t nr = c->nr_metrics * (c->nr_policies - 1), i, p, at = 0;
	double *room = calloc(c->nr_samples, sizeof(*room));
	double *chances = calloc(nr ? nr : 1, sizeof(*chances));
	unsigned char *real = calloc(nr ? nr : 1, 1);
	int err = room && chances && real ? 0 : -ENOMEM;

	if (err)
		goto out;
	for (i = 0; i < c->nr_metrics; i++) {
		judge_metric(c, &c->metrics[i], room);
		for (p = 1; p < c->nr_policies; p++)
			chances[at++] = c->metrics[i].chance[p];
	}
	estimate_holm(chances, nr, ALPHA, real);
	for (i = at = 0; i < c->nr_metrics; i++)
		for (p = 1; p < c->nr_policies; p++)
			c->metrics[i].real[p] = real[at++];
out:
	free(room);
	free(chances);
	free(real);
	return err;
}

double compare_scale(const struct compare_metric *m, size_t nr_policies, const char **ret_unit)
{
	double most = 0;
	size_t p;

	if (m->unit != COMPARE_NS) {
		*ret_unit = m->unit == COMPARE_OWN ? m->own_unit : m->unit == COMPARE_PCT ? "%" : "1/s";
		return 1;
	}
	for (p = 0; p < nr_policies; p++)
		most = fmax(most, fmax(m->of[p].mean, m->of[p].high));
	*ret_unit = most >= 1e6 ? "ms" : "us";
	return most >= 1e6 ? 1e6 : 1e3;
}

enum compare_verdict compare_verdict(const struct compare_metric *m, size_t policy)
{
	if (!policy)
		return COMPARE_FIRST;
	if (!m->real[policy])
		return COMPARE_NOISE;
	return m->difference[policy].mean < 0 ? COMPARE_LESS : COMPARE_MORE;
}

void compare_difference(const struct compare *c, const struct compare_metric *m, size_t policy,
			char *ret_text, size_t size)
{
	const struct estimate *e = &m->difference[policy];
	bool is_less = e->mean < 0;
	const char *unit;
	double scale = compare_scale(m, c->nr_policies, &unit);

	int len = snprintf(ret_text, size, "%.4g%s%s %s", fabs(e->mean) / scale, *unit ? " " : "", unit,
			   is_less ? "less" : "more");

	if (!isnan(e->low) && (size_t)len < size)
		snprintf(ret_text + len, size - (size_t)len, " (%.4g to %.4g)",
			 (is_less ? -e->high : e->low) / scale, (is_less ? -e->low : e->high) / scale);
}

int compare_samples_len(const struct compare *c)
{
	return (int)strlen(c->samples) - (c->nr_samples == 1);
}

uint64_t compare_needed(size_t nr_metrics, size_t nr_policies)
{
	double needed = ALPHA / (double)(nr_metrics * (nr_policies - 1));
	uint64_t nr = 1;

	while (exp2(1.0 - (double)nr) > needed)
		nr++;
	return nr;
}

/* ---- for people and programs ----------------------------------------------------------------- */

static void put_row(FILE *out, const struct compare *c, const struct compare_metric *m)
{
	static const char *const marks[] = {
		[COMPARE_FIRST] = " ", [COMPARE_NOISE] = "~", [COMPARE_LESS] = "<", [COMPARE_MORE] = ">",
	};
	const char *unit;
	double scale = compare_scale(m, c->nr_policies, &unit);
	char cell[64];
	size_t p;

	snprintf(cell, sizeof(cell), *unit ? "  %s [%s]" : "  %s", m->name, unit);
	fprintf(out, "%-30s", cell);
	for (p = 0; p < c->nr_policies; p++) {
		if (isnan(m->of[p].high))
			snprintf(cell, sizeof(cell), "%.2f", m->of[p].mean / scale);
		else
			snprintf(cell, sizeof(cell), "%.2f +- %.2f", m->of[p].mean / scale,
				 (m->of[p].high - m->of[p].mean) / scale);
		fprintf(out, " %21s %s", isnan(m->of[p].mean) ? "-" : cell, marks[compare_verdict(m, p)]);
	}
	fputc('\n', out);
}

void compare_put_table(FILE *out, const struct compare *c, const char *remedy)
{
	const char *group = NULL;
	size_t i, p;

	fprintf(out, "%-30s", "");
	for (p = 0; p < c->nr_policies; p++)
		fprintf(out, " %21.21s  ", c->names[p]);
	fputc('\n', out);
	for (i = 0; i < c->nr_metrics; i++) {
		const struct compare_metric *m = &c->metrics[i];

		if (!group || strcmp(group, m->group))
			fprintf(out, "%s\n", *m->group ? m->group : "all");
		group = m->group;
		put_row(out, c, m);
	}
	fprintf(out, "\nmean +- half of its 95 %% confidence interval. Against %s:  < less   > more   ~ noise\n"
		"(fewer than 5 in 100 tables like this one have a < or > that is chance)\n", c->names[0]);
	if (remedy)
		fprintf(out, "with %zu %.*s nothing can be told from noise here: take %s or more\n",
			c->nr_samples, compare_samples_len(c), c->samples, remedy);
}

void compare_put_differences(FILE *out, const struct compare *c)
{
	const struct compare_metric *m;
	char text[128];
	size_t p, i, nr;

	for (p = 1; p < c->nr_policies; p++) {
		fprintf(out, "%s against %s, with 95 %% confidence intervals:\n", c->names[p], c->names[0]);
		for (i = 0; i < c->nr_metrics; i++) {
			m = &c->metrics[i];
			if (!m->real[p])
				continue;
			compare_difference(c, m, p, text, sizeof(text));
			fprintf(out, "  %s%s%s: %s\n", m->group, *m->group ? ": " : "", m->name, text);
		}
		for (i = nr = 0; i < c->nr_metrics; i++)
			if (!c->metrics[i].real[p])
				fprintf(out, "%s%s", nr++ ? ", " : "  noise: ", c->metrics[i].name);
		fputs(nr ? "\n" : "", out);
	}
}

/* JSON has no word for what is no number. */
static void json_number(FILE *out, double number)
{
	if (isnan(number))
		fputs("null", out);
	else
		fprintf(out, "%.6g", number);
}

static void json_estimate(FILE *out, const char *name, const struct estimate *e)
{
	fprintf(out, "\"%s\":{\"mean\":", name);
	json_number(out, e->mean);
	fputs(",\"low\":", out);
	json_number(out, e->low);
	fputs(",\"high\":", out);
	json_number(out, e->high);
	fputc('}', out);
}

void compare_put_json_names(FILE *out, const struct compare *c)
{
	size_t p;

	for (p = 0; p < c->nr_policies; p++) {
		fputs(p ? "," : "", out);
		quote_json(out, c->names[p]);
	}
}

static void json_policy(FILE *out, const struct compare *c, const struct compare_metric *m, size_t p)
{
	size_t s;

	fputs(p ? ",{" : "{", out);
	json_estimate(out, "of", &m->of[p]);
	if (p) {
		fputc(',', out);
		json_estimate(out, "difference", &m->difference[p]);
		fprintf(out, ",\"chance\":%.6g,\"real\":%s", m->chance[p], m->real[p] ? "true" : "false");
	}
	fputs(",\"values\":[", out);
	for (s = 0; s < c->nr_samples; s++) {
		fputs(s ? "," : "", out);
		json_number(out, m->values[p * c->nr_samples + s]);
	}
	fputs("]}", out);
}

void compare_put_json_figures(FILE *out, const struct compare *c)
{
	static const char *const units[] = {
		[COMPARE_PCT] = "pct", [COMPARE_NS] = "ns", [COMPARE_PER_S] = "1/s",
	};
	size_t i, p;

	for (i = 0; i < c->nr_metrics; i++) {
		const struct compare_metric *m = &c->metrics[i];

		fputs(i ? ",\n{\"group\":" : "\n{\"group\":", out);
		quote_json(out, m->group);
		fprintf(out, ",\"name\":\"%s\",\"unit\":", m->name);
		quote_json(out, m->unit == COMPARE_OWN ? m->own_unit : units[m->unit]);
		fputs(",\"policies\":[", out);
		for (p = 0; p < c->nr_policies; p++)
			json_policy(out, c, m, p);
		fputs("]}", out);
	}
}
