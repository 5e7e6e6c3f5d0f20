/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_file.h - whose word a policy's file is: opens it only if nobody but root, or who runs
 * this, could have put it where it is or could change it.
 *
 * A policy decides over the machine's CPUs, so whoever may write its file, or put another one in
 * its place, is as good as root. Every folder and link on the way and the file itself is opened
 * first and looked at then, by its descriptor, and the next step begins at that descriptor: what is
 * looked at is what is used, whatever becomes of the names meanwhile. Used by the supervisor, and
 * again by the agent for the very descriptor that it loads. Any thread. Non-logging.
 */
#ifndef CLAND_POLICY_FILE_H
#define CLAND_POLICY_FILE_H

#include <stdbool.h>

#include "diag.h"

/*
 * policy_file_open - open the file at an absolute path for reading.
 *
 * Every component must belong to root or to the effective user, and no one else, root's and his own
 * group apart, may write it; a folder that all may write will do if it is sticky, as what is in it
 * then stays its owner's, who is looked at next. The file must be a regular one, and with any_user
 * one that everybody may read. allow_unsafe: open it whoever owns what.
 * Returns a descriptor, the caller's, or -errno with a sentence: -EACCES when the file is not to be
 * trusted, which names the component, its owner and the remedy.
 */
int policy_file_open(const char *path, bool allow_unsafe, bool any_user, struct diag *diag);

#endif
