/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * changes.h - from what is wanted to what runs: every change of policy or of its parameters,
 * whoever asks for it. Configuration, modes, clandctl's switches and settings come in here; the
 * agents are told; who asked gets the answer. A change that fails changes nothing of what is wanted
 * either.
 *
 * [auto NAME] rules come in here as well, below what people ask for by clandctl: the first that
 * applies and whose policy can be had is followed.
 *
 * A policy that keeps failing gets into quarantine (quarantine.h): the last good one runs in its
 * place, or the built-in vruntime, or none at all. What is wanted does not change by that.
 *
 * One change at a time: a request meanwhile is refused; a saved file, SIGHUP and one request to
 * reload wait. Part of the supervisor, in its thread; never blocks. Logs how changes end.
 */
#ifndef CLAND_CHANGES_H
#define CLAND_CHANGES_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agents.h"
#include "auto_rules.h"
#include "auto_watch.h"
#include "config.h"
#include "control_commands.h"
#include "intent.h"
#include "quarantine.h"
#include "rule_watch.h"
#include "target.h"

/* For changes_reload(): nobody has asked. */
#define CHANGES_SAVED "the configuration was saved"

/* What is wanted. */
struct wanted {
	struct config config;	/* as loaded; intent and settings count over it */
	struct intent intent;
	struct control_setting settings[CONTROL_MAX_SETTINGS];
	size_t nr_settings;
};

struct changes {
	int argc;		/* to load the configuration again with */
	char *const *argv;
	struct agents *agents;	/* NULL while no stub is loaded */
	struct rule_watch *rule_watch; /* likewise */
	struct auto_watch *auto_watch; /* the facts for autos; NULL: nobody follows */
	struct control *control; /* whom to answer; NULL: nobody */
	int hold_fd;		/* pidfd of the process that intent waits for; -1 */

	struct wanted now;
	struct wanted next;	/* of the change under way */
	struct target target;	/* what runs, or is to run as soon as the stub is there */
	uint64_t target_since_ns;
	uint64_t cgroups_at_ns;	/* when to look again for the cgroups that its rules name */
	struct target cgroups_tried; /* what that has come to last; it may have been refused */

	bool under_way;		/* the agents are at it */
	bool is_fallback;	/* which nobody has asked for */
	bool insists;		/* it is wanted even if in quarantine */
	bool is_switch;		/* to another policy, else to other parameters */
	bool ended;		/* they are done: report is to be told */
	bool saved;		/* a file has been, a moment ago: changes_reload() is to come */
	bool reload_later;	/* the configuration was saved meanwhile, */
	bool reload_asked;	/* or somebody asked to read it again, */
	uint64_t reload_ticket;	/* with a request to answer then; 0: with none */
	struct config tried;	/* the latest that was loaded, whatever came of it */
	int next_hold_fd;
	uint64_t ticket;	/* of the request to answer; 0: it was none */
	struct swap_report report;

	struct quarantine quarantine;
	struct target last_good; /* ran before the one that runs, and was in no quarantine; path "": none */
	bool to_fall_back;	/* what runs has got into quarantine */
	unsigned int nr_fallbacks; /* tried since */
	uint64_t fall_back_at_ns; /* not before */
	char fallen_from[32];	/* the policy for which another one, or none, runs; "" */

	struct auto_rules autos;
	uint32_t autos_refused;	/* a bit each: apply, and what they want could not be had */
	bool autos_due;		/* which of them to follow is to be decided anew */
	int auto_tried;		/* whose policy is under way; -1: none's */

	bool has_last_swap;
	struct control_swap last_swap;
	uint64_t last_swap_ns;
	struct control_fault faults[CONTROL_MAX_FAULTS];
	size_t nr_faults;
	uint64_t nr_bad_seen;	/* of the stub's counter, already put down to a policy */

	/*
	 * For what is worked out in passing: too large for a stack. Not static variables, as agents
	 * are this program, too, and lock all that there is of those: megabytes at each start and
	 * end.
	 */
	struct {
		struct config resolved; /* target_of()'s */
		struct config loaded;
		struct wanted other;
		struct target probe;
	} room;
};

/* changes_init - config has been loaded with argv, and target made from it. */
void changes_init(struct changes *changes, const struct config *config, const struct target *target,
		  int argc, char *const argv[]);

/*
 * changes_restore - go on with the switches and settings that a process before this one has left in
 * its note, as far as the configuration is still the same. Before the agents are told what to run.
 */
void changes_restore(struct changes *changes);

/*
 * changes_follow - go by the [auto NAME] rules from now on, with the facts that watch gathers
 * (borrowed), and which is told of their changes. After changes_restore(), and before the agents
 * are told what to run: what applies at the start counts at once.
 */
void changes_follow(struct changes *changes, struct auto_watch *watch);

/*
 * changes_step_aside - another program takes over: it is to know the files as they are now. Else a
 * comment that a package's upgrade has changed in them would end what clandctl has changed. Returns
 * 0, or -errno with a sentence when it would not learn of what clandctl has changed.
 */
int changes_step_aside(struct changes *changes, struct diag *diag);

/* changes_reload - read the configuration anew. asked: by somebody, which also ends all switches
 * and settings; else a file was saved, which leaves a hold alone. why: for people. */
void changes_reload(struct changes *changes, const char *why, bool asked);

/* For struct control_ops, of the same names. */
int changes_on_change(struct changes *changes, const struct control_caller *caller,
		      const struct intent_choice *choice, const struct intent_term *term,
		      struct control_swap *ret_swap, struct diag *diag);
int changes_on_reload(struct changes *changes, const struct control_caller *caller,
		      struct control_swap *ret_swap, struct diag *diag);
int changes_on_set(struct changes *changes, const struct control_caller *caller,
		   const struct control_setting *settings, size_t nr, struct control_swap *ret_swap,
		   struct diag *diag);

/* changes_status - fill in what is wanted, what runs, faults and the last change. nr_bad: the stub's
 * counter of decisions that broke a rule. */
void changes_status(struct changes *changes, uint64_t nr_bad, struct control_status *status);

/* changes_on_swap, changes_on_fault - what the agents tell. */
void changes_on_swap(struct changes *changes, const struct swap_report *report);
void changes_on_fault(struct changes *changes, const struct target *target, enum agent_fault fault,
		      const struct crash_report *report);

/*
 * changes_on_again - what runs has lost its agent, and target is to be run anew. If its file is
 * another one by now, target becomes what that wants to be run with.
 */
void changes_on_again(struct changes *changes, struct target *target);

/* changes_note_bad - put decisions that broke a rule down to the policy that runs. */
void changes_note_bad(struct changes *changes, uint64_t nr_bad);

/* changes_timeout_ms - when changes_watch() is due; -1: no need. */
int changes_timeout_ms(const struct changes *changes);

/* changes_fd - changes_watch() is due when it is readable; -1: there is none. Ask before each wait. */
int changes_fd(const struct changes *changes);

/* changes_watch - tell what has ended; end switches whose time or process is over; follow
 * [auto NAME] rules; let rules of the policy find cgroups that have come. */
void changes_watch(struct changes *changes);

#endif
