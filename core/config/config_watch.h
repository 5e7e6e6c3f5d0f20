/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_watch.h - tells when the configuration on disk has changed. Runs in the supervisor's event
 * loop; never blocks, loads nothing itself. Non-logging.
 *
 * Watched are the folders, by name: that of each file there is or could be, those of drop-ins, and
 * the folders above them, as links lead. So it does not matter how a file is saved (in place, by
 * rename, by swapping a link to its folder), nor whether it or its folder is there yet. Mere reads,
 * and whatever happens to other files, are no change. A burst is one change: it is told 100 ms
 * after its last event, and at most 1 s after its first. Not seen: writes through mmap(), file
 * systems mounted over a folder, and other machines' writes to a network file system.
 */
#ifndef CLAND_CONFIG_WATCH_H
#define CLAND_CONFIG_WATCH_H

#include <stdbool.h>

#include "config.h"
#include "diag.h"

struct config_watch;

/*
 * config_watch_open - start to watch what config was loaded from. What has changed since it was
 * loaded is told as a change.
 * Returns 0 and *ret_watch, which the caller closes, or -errno with a sentence (-EMFILE, -ENOSPC:
 * the system's limits on inotify). All else works on without: NULL is a watch that never tells.
 */
int config_watch_open(const struct config *config, struct config_watch **ret_watch,
		      struct diag *diag);

/* config_watch_fd - to wait on: when it is readable, call config_watch_serve(). -1 for NULL. */
int config_watch_fd(const struct config_watch *watch);

/*
 * config_watch_serve - take note of what has happened.
 * Returns true when the configuration should be loaded again, now.
 */
bool config_watch_serve(struct config_watch *watch);

/* config_watch_pending - whether a change was noticed, of which the end is awaited. */
bool config_watch_pending(const struct config_watch *watch);

/*
 * config_watch_trouble - a sentence when a part could not be watched since it was last asked, else
 * NULL. Valid until the next call with this watch.
 */
const char *config_watch_trouble(struct config_watch *watch);

/* config_watch_close - NULL is fine. */
void config_watch_close(struct config_watch *watch);

#endif
