/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl.h - what the parts of the program clandctl share: the table of subcommands, and what
 * main() has read from the command line before it runs one. One thread, no daemon's code.
 *
 * A new subcommand is a row of the table in clandctl.c and a function; --help and the check of the
 * shell completions (tests/cli/completions.sh) come from the table.
 */
#ifndef CLAND_CLANDCTL_H
#define CLAND_CLANDCTL_H

#include <stdbool.h>

#include "diag.h"

struct clandctl_command {
	const char *name;
	const char *args;	/* what --help shows behind the name; "" for nothing */
	const char *help;	/* one sentence */
	bool changes;		/* what runs: its --help says what a failure means */
	bool own_help;		/* run() answers --help itself */

	/* argv[0] is the subcommand's name. Returns an EXIT_CODE_*, having said what went wrong. */
	int (*run)(int argc, char *argv[]);
};

/* The options that stand before the subcommand. */
struct clandctl_options {
	const char *socket;	/* the daemon's */
	const char *sysfs;	/* where the kernel's state is read; "/sys" but for tests */
};

extern struct clandctl_options clandctl_options;

/* clandctl_run - what main() does. Returns an EXIT_CODE_*, having printed what there is to say. */
int clandctl_run(int argc, char *argv[]);

/* clandctl_error - a line for people on stderr that starts with "clandctl: ". Returns code. */
__attribute__((format(printf, 2, 3))) int clandctl_error(int code, const char *fmt, ...);

/*
 * clandctl_bad_option - say what getopt_long() did not like, with opterr 0 and "+:" in front of the
 * short options: opt is what it returned. Returns EXIT_CODE_USAGE.
 */
int clandctl_bad_option(int opt, char *argv[]);

/*
 * clandctl_no_more - whether argv[at] is the end; if not, says that it is too much. Returns
 * EXIT_CODE_OK or EXIT_CODE_USAGE.
 */
int clandctl_no_more(int argc, char *argv[], int at);

/*
 * clandctl_stop_fd - readable when somebody wants us to end, by SIGINT, SIGTERM or SIGHUP, which do
 * nothing else from now on. The caller closes it.
 */
int clandctl_stop_fd(void);

/* clandctl_status.c */
int clandctl_status(int argc, char *argv[]);

/* clandctl_stats.c */
int clandctl_stats(int argc, char *argv[]);

/* clandctl_top.c */
int clandctl_top(int argc, char *argv[]);
/* clandctl_compare.c */
int clandctl_compare(int argc, char *argv[]);

/* clandctl_record.c */
int clandctl_record(int argc, char *argv[]);

/* clandctl_trace.c */
int clandctl_trace(int argc, char *argv[]);

/* clandctl_change.c */
int clandctl_switch(int argc, char *argv[]);
int clandctl_mode(int argc, char *argv[]);
int clandctl_reload(int argc, char *argv[]);
int clandctl_set(int argc, char *argv[]);
int clandctl_upgrade(int argc, char *argv[]);
int clandctl_stop(int argc, char *argv[]);

#endif
