/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * intent.h - which policy is to run, and why. Four layers, the upper ones winning:
 *
 *   base       what the configuration (file, drop-ins, command line) says
 *   automatic  what an [auto NAME] of it says, as long as that applies
 *   user       clandctl switch or mode without an end: until the configuration changes, or a reload
 *   temporary  the same with --for or --hold: until its time is over, its process has ended, the
 *              next switch, or a reload
 *
 * Pure: no I/O, time comes as an argument (CLOCK_MONOTONIC, ns), processes are watched by the
 * caller. A struct intent is a plain value: to try a change, copy it, change the copy, and copy it
 * back once the swap has worked; a failed swap then changes nothing. Supervisor's thread.
 */
#ifndef CLAND_INTENT_H
#define CLAND_INTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "diag.h"

#define INTENT_NEVER_NS UINT64_MAX
#define INTENT_MAX_FOR_NS (366ULL * 24 * 3600 * 1000000000)

struct intent_choice {
	char policy[256];	/* a name, or a path when it holds a '/' */
	char mode[32];		/* the configuration's [mode.NAME]; "": none */
};

/* How long a switch counts. for_ns and hold_pid both 0: for good. Not both set. */
struct intent_term {
	uint64_t for_ns;
	pid_t hold_pid;
	char hold_comm[16];	/* what the process is called, for people; may be "" */
};

enum intent_cause {
	INTENT_CAUSE_CONFIGURATION,
	INTENT_CAUSE_AUTO,
	INTENT_CAUSE_USER,
	INTENT_CAUSE_FOR,
	INTENT_CAUSE_HOLD,
};

struct intent_layer {
	bool there;
	struct intent_choice choice;
	struct intent_term term;
	uid_t uid;
	uint64_t since_ns;
	uint64_t until_ns;
};

/* What a rule says, which nobody has asked for. */
struct intent_auto {
	bool there;
	struct intent_choice choice;
	char rule[32];		/* NAME of [auto NAME] */
	char why[160];		/* it applies, for people: "on battery" */
};

struct intent {
	struct intent_choice base;
	char origin[128];	/* of base: "/etc/scx-cland.ini" */
	struct intent_auto automatic;
	struct intent_layer user, temporary;
	uint64_t since_ns;	/* when what counts now began to count */
	char before[256];	/* why the layer above ended: "the 10 min are over"; "": it did not */
};

/* intent_init - the configuration is all there is. origin: where it comes from, for people. */
void intent_init(struct intent *intent, const struct intent_choice *base, const char *origin,
		 uint64_t now_ns);

/*
 * intent_configured - the configuration has been read again. It ends the user layer; a temporary
 * one goes on to its end, unless this is a reload that somebody asked for.
 * Returns whether what is desired has changed.
 */
bool intent_configured(struct intent *intent, const struct intent_choice *base, const char *origin,
		       bool reload, uint64_t now_ns);

/*
 * intent_follow - another rule applies, or none (automatic->there is false). ended: what the one
 * before has ended by, for people; "": nothing of interest. Counts below what somebody has switched
 * to. Returns whether what is desired has changed.
 */
bool intent_follow(struct intent *intent, const struct intent_auto *automatic, const char *ended,
		   uint64_t now_ns);

/*
 * intent_switch - clandctl switch or mode, by uid. It takes the place of an earlier temporary
 * switch, and without an end that of the user layer too.
 * Returns 0, or -EINVAL with a sentence when the term makes no sense.
 */
int intent_switch(struct intent *intent, const struct intent_choice *choice,
		  const struct intent_term *term, uid_t uid, uint64_t now_ns, struct diag *diag);

/* intent_expire - call it when intent_deadline_ns() has come. Returns whether a switch has ended. */
bool intent_expire(struct intent *intent, uint64_t now_ns);

/* intent_process_ended - the pidfd of intent_hold_pid() says so. Returns whether a switch ended. */
bool intent_process_ended(struct intent *intent, pid_t pid, uint64_t now_ns);

/* intent_desired - what is to run. Valid until intent changes. */
const struct intent_choice *intent_desired(const struct intent *intent);

enum intent_cause intent_cause(const struct intent *intent);

/* intent_cause_name - "configuration", "auto", "user", "for" or "hold". */
const char *intent_cause_name(enum intent_cause cause);

/* intent_deadline_ns - when to call intent_expire(); INTENT_NEVER_NS when nothing ends by time. */
uint64_t intent_deadline_ns(const struct intent *intent);

/* intent_hold_pid - the process whose end is to be told; 0: none. */
pid_t intent_hold_pid(const struct intent *intent);

/* intent_reason - why it is desired, a phrase for people, cut to size bytes. */
void intent_reason(const struct intent *intent, char *ret_text, size_t size);

/*
 * intent_parse_duration - "90s", "10m", "2h", "1d", "1h30m", or a number of seconds.
 * Returns 0, -EINVAL, or -ERANGE for nothing or more than INTENT_MAX_FOR_NS.
 */
int intent_parse_duration(const char *text, uint64_t *ret_ns);

/* intent_format_duration - "1 h 30 min", "45 s": the two largest units that matter. */
void intent_format_duration(uint64_t ns, char *ret_text, size_t size);

#endif
