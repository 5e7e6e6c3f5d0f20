/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wanted_note.h - between what changes.c wants and the note of it (note.h). Supervisor's thread,
 * non-logging.
 */
#ifndef CLAND_WANTED_NOTE_H
#define CLAND_WANTED_NOTE_H

#include <stdint.h>

#include "changes.h"
#include "note.h"

/*
 * wanted_note_save - what counts over the configuration, and what is in quarantine; no file when
 * nothing is. A reason or path that cannot stand in a note is left out. Returns 0 or -errno.
 */
int wanted_note_save(const struct wanted *wanted, const struct note_quarantine *quarantine);

/*
 * wanted_note_load - lay it over wanted, which has a configuration: switches without an end, and
 * settings, if files and command line still say the same; one for a time or a process if that is
 * not over.
 * What is in quarantine counts whatever the files say, as it is a matter of the policies' own.
 * *ret_hold_fd is a pidfd of that process, the caller's, or -1.
 * Returns 0, -ENOENT: there is no note, or -errno with a sentence, and wanted may be half changed.
 */
int wanted_note_load(struct wanted *wanted, uint64_t now_ns, int *ret_hold_fd,
		     struct note_quarantine *ret_quarantine, struct diag *diag);

/* wanted_note_remove - the next start is to begin with its configuration. Returns 0 or -errno. */
int wanted_note_remove(void);

#endif
