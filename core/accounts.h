/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * accounts.h - groups and users as the machine's own files name them. Not by getgrnam() and its
 * like: these ask whatever nsswitch.conf lists, a directory service on the network among it, and
 * who looks after the scheduler must not wait for one. Non-logging.
 */
#ifndef CLAND_ACCOUNTS_H
#define CLAND_ACCOUNTS_H

#include <stddef.h>
#include <sys/types.h>

#define ACCOUNTS_GROUPS "/etc/group"
#define ACCOUNTS_USERS "/etc/passwd"

/* accounts_group - the number of the group, by the file. Returns 0 or -ENOENT. */
int accounts_group(const char *file, const char *name, gid_t *ret_gid);

/* accounts_user_name - what the file calls the user, cut where it does not fit. Returns 0 or -ENOENT. */
int accounts_user_name(const char *file, uid_t uid, char *ret_name, size_t size);

#endif
