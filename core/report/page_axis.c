/* SPDX-License-Identifier: GPL-2.0-only */
#include <math.h>
#include <string.h>

#include "page.h"

#define TICKS_MAX 10u

static const struct unit {
	uint64_t ns;
	const char *name;
} units[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" }, { 1, "ns" } };

static const struct unit *unit_of(uint64_t ns)
{
	size_t i = 0;

	while (units[i].ns > 1 && ns < units[i].ns)
		i++;
	return &units[i];
}

double page_axis_x(const struct page_axis *axis, uint64_t ns)
{
	uint64_t length_ns = axis->to_ns - axis->from_ns;

	if (ns <= axis->from_ns || !length_ns)
		return axis->left;
	if (ns >= axis->to_ns)
		return axis->left + axis->width;
	return axis->left + axis->width * ((double)(ns - axis->from_ns) / (double)length_ns);
}

void page_axis_open(FILE *out, const struct page_axis *axis, double height, const char *label)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 1100 %.0f\" "
		"role=\"img\" data-left=\"%.0f\" data-width=\"%.0f\" data-from=\"%llu\" data-to=\"%llu\" "
		"aria-label=\"", height, axis->left, axis->width, (unsigned long long)axis->from_ns,
		(unsigned long long)axis->to_ns);
	page_text(out, label);
	fputs("\">\n", out);
}

/* 1, 2 or 5 times a power of ten, so that there are not more than TICKS_MAX lines. */
static uint64_t tick_ns(const struct page_axis *axis)
{
	static const unsigned int factors[] = { 1, 2, 5 };
	uint64_t length_ns = axis->to_ns - axis->from_ns, power;
	size_t i;

	for (power = 1; power <= UINT64_MAX / 100; power *= 10)
		for (i = 0; i < 3; i++)
			if (length_ns / (factors[i] * power) <= TICKS_MAX)
				return factors[i] * power;
	return length_ns;
}

void page_axis_put(FILE *out, const struct page_axis *axis, double top, double bottom)
{
	const struct unit *unit = unit_of(axis->to_ns);
	uint64_t step_ns = tick_ns(axis), at_ns = (axis->from_ns + step_ns - 1) / step_ns * step_ns;

	fputs("<g class=\"axis\">", out);
	for (; at_ns <= axis->to_ns; at_ns += step_ns) {
		double x = page_axis_x(axis, at_ns);

		fprintf(out, "<path d=\"M%.1f %.1fV%.1f\"/><text x=\"%.1f\" y=\"%.1f\" "
			"text-anchor=\"middle\">%.10g%s</text>\n", x, top, bottom + 4, x, bottom + 17,
			(double)at_ns / (double)unit->ns, unit->name);
	}
	fputs("</g>\n", out);
}

void page_axis_range(FILE *out, const struct page_axis *axis, uint64_t from_ns, uint64_t to_ns)
{
	const struct unit *unit = unit_of(axis->to_ns);

	fprintf(out, "%.10g to %.10g%s", (double)from_ns / (double)unit->ns,
		(double)to_ns / (double)unit->ns, unit->name);
}

void page_power_ns(char *ret_text, size_t size, uint64_t ns)
{
	const struct unit *unit = unit_of(ns);

	snprintf(ret_text, size, "%llu%s", (unsigned long long)(ns / unit->ns), unit->name);
}
