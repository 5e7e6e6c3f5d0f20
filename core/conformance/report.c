/* SPDX-License-Identifier: GPL-2.0-only */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

static const char *const check_names[NR_CHECKS] = {
	[CHECK_FILE] = "file",
	[CHECK_TABLE] = "table",
	[CHECK_PARAMS] = "parameters",
	[CHECK_SYMBOLS] = "symbols",
	[CHECK_LOAD] = "loading",
	[CHECK_CREATE] = "create",
	[CHECK_SPEED] = "speed",
	[CHECK_RUNS] = "load",
	[CHECK_RANKS] = "ranks",
	[CHECK_LEASES] = "leases",
	[CHECK_REASONS] = "reasons",
	[CHECK_PRIVATE] = "private bytes",
	[CHECK_ALLOCATOR] = "allocator",
	[CHECK_SYSCALLS] = "system calls",
	[CHECK_CLOCK] = "clock",
	[CHECK_REPEAT] = "repeatable",
	[CHECK_INSTANCES] = "instances",
	[CHECK_WRAP] = "wrapping time",
	[CHECK_STARVATION] = "starvation",
	[CHECK_EXTREMES] = "extremes",
};

__attribute__((format(printf, 4, 5))) void report_add(struct report *report, enum check check,
						      enum conformance_status status,
						      const char *fmt, ...)
{
	struct report_fault *fault = &report->faults[report->nr_faults];
	va_list args;
	uint32_t i;

	if (report->nr_faults == REPORT_FAULTS_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(fault->text, sizeof(fault->text), fmt, args);
	va_end(args);
	/* names come from the file, and go to a terminal */
	utf8_clean(fault->text);
	fault->check = check;
	fault->status = status;
	for (i = 0; i < report->nr_faults; i++) {
		if (report->faults[i].check == check && !strcmp(report->faults[i].text, fault->text))
			return;
	}
	report->nr_faults++;
}

bool report_has_fault(const struct report *report, enum check check)
{
	uint32_t i;

	for (i = 0; i < report->nr_faults; i++) {
		if (report->faults[i].check == check &&
		    report->faults[i].status == CONFORMANCE_FAILED)
			return true;
	}
	return false;
}

void report_judged(struct report *report, enum check check)
{
	report->judged[check] = true;
}

__attribute__((format(printf, 3, 4))) void report_seen(struct report *report, enum check check,
						       const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(report->seen[check], sizeof(report->seen[check]), fmt, args);
	va_end(args);
}

void report_not_run(struct report *report, enum check check, const char *why)
{
	snprintf(report->not_run[check], sizeof(report->not_run[check]), "%s", why);
}

void report_tell(const struct report *report, const struct conformance_options *options,
		 struct conformance_count *count)
{
	struct conformance_line line;
	uint32_t check, i;

	for (check = 0; check < NR_CHECKS; check++) {
		bool failed = report_has_fault(report, check);

		line.check = check_names[check];
		for (i = 0; i < report->nr_faults; i++) {
			if (report->faults[i].check != check ||
			    report->faults[i].status != CONFORMANCE_FAILED)
				continue;
			line.status = CONFORMANCE_FAILED;
			line.text = report->faults[i].text;
			options->tell(options->data, &line);
		}
		if (failed) {
			count->nr_failed++;
		} else if (report->judged[check]) {
			count->nr_passed++;
			line.status = CONFORMANCE_PASSED;
			line.text = report->seen[check];
			options->tell(options->data, &line);
		} else {
			count->nr_not_run++;
			line.status = CONFORMANCE_NOT_RUN;
			line.text = report->not_run[check][0] ? report->not_run[check] :
								"because of what failed above";
			options->tell(options->data, &line);
		}
		for (i = 0; i < report->nr_faults; i++) {
			if (report->faults[i].check != check ||
			    report->faults[i].status != CONFORMANCE_NOTE)
				continue;
			line.status = CONFORMANCE_NOTE;
			line.text = report->faults[i].text;
			options->tell(options->data, &line);
		}
	}
}
