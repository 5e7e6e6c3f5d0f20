/* SPDX-License-Identifier: GPL-2.0-only */
#include "accounts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

int accounts_group(const char *file, const char *name, gid_t *ret_gid)
{
	FILE *groups = fopen(file, "re");
	const struct group *group;
	int err = -ENOENT;

	while (groups && err && (group = fgetgrent(groups))) {
		if (strcmp(group->gr_name, name) != 0)
			continue;
		*ret_gid = group->gr_gid;
		err = 0;
	}
	if (groups)
		fclose(groups);
	return err;
}

int accounts_user_name(const char *file, uid_t uid, char *ret_name, size_t size)
{
	FILE *users = fopen(file, "re");
	const struct passwd *user;
	int err = -ENOENT;

	while (users && err && (user = fgetpwent(users))) {
		if (user->pw_uid != uid)
			continue;
		snprintf(ret_name, size, "%s", user->pw_name);
		err = 0;
	}
	if (users)
		fclose(users);
	return err;
}
