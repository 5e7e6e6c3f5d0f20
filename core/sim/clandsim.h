/* SPDX-License-Identifier: GPL-2.0-only */
/* clandsim.h - what the commands of clandsim share: one file for each, clandsim_NAME.c. */
#ifndef CLAND_SIM_CLANDSIM_H
#define CLAND_SIM_CLANDSIM_H

/* clandsim_error - the sentence on stderr; returns code. */
__attribute__((format(printf, 2, 3))) int clandsim_error(int code, const char *fmt, ...);

/* clandsim_value_of - VALUE of "WORD=VALUE", in arg; NULL when it is another word. */
const char *clandsim_value_of(const char *arg, const char *word);

/* Each takes its own words, from its name on, and returns an EXIT_CODE_*. */
int clandsim_run(int argc, char *argv[]);
void clandsim_run_usage(void);
int clandsim_replay(int argc, char *argv[]);
void clandsim_replay_usage(void);
int clandsim_compare(int argc, char *argv[]);
void clandsim_compare_usage(void);
int clandsim_hunt(int argc, char *argv[]);
void clandsim_hunt_usage(void);

#endif
