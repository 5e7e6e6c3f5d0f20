/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exit_codes.h - with what the program ends, and what that says. main.c returns them, --help lists
 * them, service files and scripts rely on them: a number never changes its meaning.
 */
#ifndef CLAND_EXIT_CODES_H
#define CLAND_EXIT_CODES_H

enum exit_code {
	EXIT_CODE_OK = 0,
	EXIT_CODE_FAILED = 1,
	EXIT_CODE_USAGE = 2,
	EXIT_CODE_NO_SCHED_EXT = 3,
	EXIT_CODE_NO_PRIVILEGE = 4,
	EXIT_CODE_BUSY = 5,
	EXIT_CODE_MEMLOCK = 6,
	EXIT_CODE_EJECTED = 7,
	EXIT_CODE_POLICY = 8,
};

struct exit_code_entry {
	enum exit_code code;
	const char *help;
};

/* All of them, in the order of their numbers; ends with an entry whose help is NULL. */
extern const struct exit_code_entry exit_codes[];

#endif
