/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * note.h - what clandctl's switches and settings have made of the configuration, and which policies
 * are in quarantine, in a file for the next start, should this process be killed or upgraded. Text,
 * a line each; what cannot be read as a whole does not count. Supervisor's thread, non-logging.
 */
#ifndef CLAND_NOTE_H
#define CLAND_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control_commands.h"
#include "diag.h"
#include "intent.h"
#include "quarantine.h"

#define NOTE_PATH "/run/scx-cland/note"
#define NOTE_MAX  32768 /* bytes of the file */

/* Of the policies in quarantine, and what has run in their place. */
struct note_quarantine {
	size_t nr;
	struct note_quarantined {
		char policy[32];
		uint64_t file_id[TARGET_FILE_ID];
		uint64_t since_ns;	/* of the last fault, CLOCK_MONOTONIC */
		char reason[256];	/* of it */
	} policies[QUARANTINE_MAX];
	char good_path[4096];	/* the last good policy, or "" */
};

struct note {
	uint64_t stamp;		/* of the configuration under it */
	struct intent_layer user, temporary; /* without names of processes */
	uint64_t hold_start;	/* proc_start_read() of the process that temporary waits for */
	size_t nr_settings;
	struct control_setting settings[CONTROL_MAX_SETTINGS];
	struct note_quarantine quarantine;
};

/* note_fits - text can stand in a note. */
bool note_fits(const char *text);

/* note_format - as the file has it. Returns its length, or -EINVAL: a text cannot stand in it. */
int note_format(const struct note *note, char *ret_text, size_t size);

/* note_parse - len bytes at text, which need no '\0'. Returns 0, or -EINVAL with a sentence. */
int note_parse(const char *text, size_t len, struct note *ret_note, struct diag *diag);

/* note_save - the file has this or what it had before, never a part. Returns 0 or -errno. */
int note_save(const char *path, const struct note *note);

/* note_load - Returns 0, -ENOENT: there is none, or another -errno with a sentence. */
int note_load(const char *path, struct note *ret_note, struct diag *diag);

#endif
