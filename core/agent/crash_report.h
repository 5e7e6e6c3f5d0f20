/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crash_report.h - [supervisor] from what an agent has left behind to words: what ended it, in
 * which function of its policy, who had called. Reads symbols from the files, and runs nothing of
 * them. Non-logging.
 */
#ifndef CLAND_CRASH_REPORT_H
#define CLAND_CRASH_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "crash_record.h"

#define CRASH_REASON_LEN 256
#define CRASH_LINES_MAX 12
#define CRASH_LINE_LEN 128

struct crash_report {
	bool by_policy;		/* else somebody, or the kernel, ended an agent that did no wrong */
	char reason[CRASH_REASON_LEN]; /* what comes behind "policy NAME: " */
	char call[16];		/* the function of the policy's that ran: "rank" ...; "": none */
	size_t nr_lines;	/* the backtrace, innermost first: "FILE(FUNCTION+0xOFFSET)" */
	char lines[CRASH_LINES_MAX][CRASH_LINE_LEN];
};

/*
 * crash_report_ended - an agent has ended by itself, with this wait status. policy_path: of the
 * policy that it ran. record may be NULL.
 */
void crash_report_ended(const struct crash_record *record, int status, const char *policy_path,
			struct crash_report *ret_report);

/* crash_report_silent - it was ended for its silence; what: "has given no sign of life for 3 s". */
void crash_report_silent(const struct crash_record *record, const char *what,
			 const char *policy_path, struct crash_report *ret_report);

#endif
