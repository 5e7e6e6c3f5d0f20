/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_scan.h - which of some patterns a process's name matches, by looking through /proc: a
 * part in each step, as there may be many. One that has been found is looked at first the next
 * time, so while all are there no others are. Supervisor's thread. Non-logging.
 */
#ifndef CLAND_PROCESS_SCAN_H
#define CLAND_PROCESS_SCAN_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config_auto.h"

struct process_scan {
	const char *proc; /* borrowed: where processes are found, /proc */
	size_t nr;
	char patterns[CONFIG_MAX_AUTO][128]; /* "": nobody asks */
	pid_t found[CONFIG_MAX_AUTO];	     /* 0: none */
	DIR *dir;	  /* of a look that is under way */
	uint32_t wanted;  /* of the patterns, a bit each: not found in this look yet */
	uint32_t running; /* as of the last look that has ended */
};

/* process_scan_init - no patterns yet. */
void process_scan_init(struct process_scan *scan, const char *proc);

/* process_scan_set - the patterns of rules from now on, by their places. Ends a look. */
void process_scan_set(struct process_scan *scan, const struct config_auto *rules, size_t nr);

/* process_scan_is_asked - whether there is a pattern. */
bool process_scan_is_asked(const struct process_scan *scan);

/* process_scan_begin - look anew, unless a look is under way. Returns whether one is now. */
bool process_scan_begin(struct process_scan *scan);

/* process_scan_step - look on, at so many processes. Returns whether the look has ended. */
bool process_scan_step(struct process_scan *scan, unsigned int nr);

/* process_scan_is_looking - whether process_scan_step() is due. */
bool process_scan_is_looking(const struct process_scan *scan);

/* process_scan_end - let go of what a look holds. */
void process_scan_end(struct process_scan *scan);

#endif
