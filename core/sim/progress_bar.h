/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * progress_bar.h - how far long work is, for who looks at a terminal: one line on stderr, written
 * over itself, and nothing where stderr is no terminal. One thread.
 */
#ifndef CLAND_SIM_PROGRESS_BAR_H
#define CLAND_SIM_PROGRESS_BAR_H

#include <stdint.h>

/* progress_bar_show - done of all (not 0) is done. text: what else to say, on what is left of the line; "": nothing. */
void progress_bar_show(uint64_t done, uint64_t all, const char *text);

/* progress_bar_clear - leave an empty line, for what is to be printed; at the end, too. */
void progress_bar_clear(void);

#endif
