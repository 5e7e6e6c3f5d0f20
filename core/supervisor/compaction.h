/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compaction.h - keeps the kernel from moving locked memory about while we run.
 *
 * Locked pages are not swapped out, but by default they may be moved to make room for huge pages,
 * and who touches one meanwhile takes a page fault and waits: the agent must not. The switch is one
 * for the whole machine, /proc/sys/vm/compact_unevictable_allowed. Supervisor's thread.
 * Non-logging.
 */
#ifndef CLAND_COMPACTION_H
#define CLAND_COMPACTION_H

#define COMPACTION_PATH "/proc/sys/vm/compact_unevictable_allowed"
/* There while the switch is off by us: if we are killed, the next one to start takes over the debt. */
#define COMPACTION_DEBT_PATH "/run/scx-cland.compaction"

/*
 * compaction_spare_locked - switch it off. Returns 1 when the caller owes a compaction_restore(),
 * as it was on, or off by one of us who was killed; 0 when it was off already or this kernel
 * compacts nothing; -errno.
 */
int compaction_spare_locked(void);

/* compaction_restore - switch it on again. Returns 0 or -errno. */
int compaction_restore(void);

#endif
