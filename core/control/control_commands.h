/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_commands.h - the commands of the control socket: one table of their names and arguments,
 * and between JSON and the structs that the supervisor works with. docs/control.md describes every
 * command and every field; tests/unit/test_control_commands.c compares. Supervisor's thread,
 * non-logging.
 */
#ifndef CLAND_CONTROL_COMMANDS_H
#define CLAND_CONTROL_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config_auto.h"
#include "control.h"
#include "diag.h"
#include "intent.h"
#include "stats.h"

#define CONTROL_MAX_FAULTS 16
#define CONTROL_MAX_BACKTRACE 12

/* Who asks, and the ticket for control_commands_finish(). */
struct control_caller {
	uint64_t ticket;
	uid_t uid;
	pid_t pid;
};

/* The report of a change of policy or of its parameters, done or failed. All texts end in '\0'. */
struct control_swap {
	char what[32];		/* "switch" when the policy changed, "parameters", "kept", or "nothing" */
	char from[256], to[256]; /* policies */
	char why[256];		/* as intent_reason() says, or what else was asked */
	char error[1024];	/* "" when it worked, else what the caller was told */
	uint64_t pause_ns;	/* for how long nobody decided */
	uint64_t nr_tasks;	/* adopted by the new policy */
	uint64_t age_ns;	/* since then, in a status */
};

/* What went wrong with a policy since the daemon was started. */
struct control_fault {
	char policy[256];
	uint64_t nr_crashed;	/* its agent died */
	uint64_t nr_hung;	/* its agent was silent, and was ended */
	uint64_t nr_refused;	/* swaps to it that failed */
	uint64_t nr_bad;	/* decisions that had to be made harmless */
	bool quarantined;	/* is not run any more until somebody asks for it */
	/* Of the latest crash, silence or failed restart; since_ns 0: there was none. */
	uint64_t since_ns, age_ns; /* age_ns counts in a status */
	char reason[256];
	char call[16];		/* the function of the policy's that ran: "rank" ..., or "" */
	size_t nr_backtrace;
	char backtrace[CONTROL_MAX_BACKTRACE][128]; /* innermost first */
};

/* A rule of the configuration that changes the policy. */
enum control_auto_state {
	CONTROL_AUTO_UNDECIDED,	/* a fact is not known yet */
	CONTROL_AUTO_IDLE,	/* does not apply */
	CONTROL_AUTO_APPLIES,	/* below one that is followed */
	CONTROL_AUTO_REFUSED,	/* applies, but its policy could not be had */
	CONTROL_AUTO_FOLLOWED,
};

struct control_auto {
	char rule[32];
	enum control_auto_state state;
	char why[160];		/* for people */
};

struct control_status {
	uint64_t uptime_ns;
	uint32_t nr_upgrades;	/* of the process that runs */
	bool attached;
	char not_attached_why[256];	/* while it is not */
	char foreign[128];	/* another scheduler's name while the kernel runs one; "" */
	bool strict, partial;
	bool persists;		/* it stays attached when the daemon is killed */
	bool swap_under_way;

	/* What is to run: fill it with control_status_intent(). */
	struct intent_choice desired;
	enum intent_cause cause;
	char reason[384];
	uint64_t desired_age_ns;
	uint64_t ends_in_ns;	/* INTENT_NEVER_NS: it does not end by time */
	pid_t hold_pid;		/* 0: none */

	/* What does run; applied "" before the first policy is there. */
	char applied[32];	/* the name in its table */
	char applied_version[32];
	char applied_path[4096];
	uint64_t applied_age_ns;
	char fallen_from[32];	/* the policy in quarantine, in whose place applied runs, or nothing;
				 * "" */

	pid_t agent_pid;	/* 0: none at the moment */
	const char *agent_state; /* "running", "inherited", "starting", "ending" or "none"; static */
	uint64_t agent_age_ns;
	uint64_t nr_agent_restarts;

	char held_cpus[128];	/* that real-time tasks keep from ours: "0,3", cut with "..."; "" */

	uint32_t nr_rules;	/* [rule NAME] of the configuration */
	uint32_t nr_hinted;	/* tasks that they are for, now */

	size_t nr_autos;	/* [auto NAME], in order */
	struct control_auto autos[CONFIG_MAX_AUTO];

	struct control_counts control; /* of the socket itself */

	size_t nr_faults;
	struct control_fault faults[CONTROL_MAX_FAULTS];

	bool has_last_swap;
	struct control_swap last_swap;
};

/* POLICY.KEY=VALUE, taken apart; not checked against the policy's table. */
struct control_setting {
	char policy[32], key[32], value[128];
};

#define CONTROL_MAX_SETTINGS 64

/*
 * What the supervisor does. change, reload and set return EXIT_CODE_OK with *ret_swap filled (it
 * comes zeroed), or another EXIT_CODE_* with a sentence in diag, or -EINPROGRESS: then
 * control_commands_finish() answers later. EXIT_CODE_SWAP_BUSY while another one is under way.
 */
struct control_ops {
	/* *ret_status comes zeroed, with ends_in_ns at INTENT_NEVER_NS. */
	void (*status)(void *ctx, struct control_status *ret_status);
	/* switch and mode: choice->policy is "" when only a mode is named. */
	int (*change)(void *ctx, const struct control_caller *caller,
		      const struct intent_choice *choice, const struct intent_term *term,
		      struct control_swap *ret_swap, struct diag *diag);
	int (*reload)(void *ctx, const struct control_caller *caller,
		      struct control_swap *ret_swap, struct diag *diag);
	int (*set)(void *ctx, const struct control_caller *caller,
		   const struct control_setting *settings, size_t nr,
		   struct control_swap *ret_swap, struct diag *diag);
	/*
	 * Let the program at path ("": the one at the place of this one) take over. Returns as
	 * change; when it is done the connection ends without an answer, as the program then is
	 * another one.
	 */
	int (*upgrade)(void *ctx, const struct control_caller *caller, const char *path,
		       struct diag *diag);
	/* End after this turn of the loop: the answer is sent when it returns. */
	int (*stop)(void *ctx, const struct control_caller *caller, struct diag *diag);
	/* *ret_stats comes zeroed. */
	void (*stats)(void *ctx, struct stats *ret_stats);
};

/* The ctx of the table's functions; ops has no NULL in it. */
struct control_commands {
	const struct control_ops *ops;
	void *ctx;
};

/* control_commands_table - for control_open(), with a struct control_commands as its ctx. Static. */
const struct control_command *control_commands_table(size_t *ret_nr);

/* control_commands_finish - the end of what returned -EINPROGRESS. swap counts when code is 0. */
void control_commands_finish(struct control *control, uint64_t ticket, int code,
			     const struct control_swap *swap, const struct diag *diag);

/* control_status_intent - fill in what is desired, and why. */
void control_status_intent(struct control_status *status, const struct intent *intent,
			   uint64_t now_ns);

#endif
