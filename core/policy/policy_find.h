/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_find.h - the folders in which policies lie, and what is in them; policy_meta_find() and
 * the lists of policies go by it. Non-logging.
 */
#ifndef CLAND_POLICY_FIND_H
#define CLAND_POLICY_FIND_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "diag.h"

/* Folders, first come, first served: a policy in an earlier one hides that in a later. */
struct policy_folders {
	size_t nr;
	char paths[16][PATH_MAX / 4];
};

/*
 * policy_folders_find - those of $SCX_CLAND_POLICY_PATH, or the build's and the installation's.
 * Returns 0, or -ENAMETOOLONG with a sentence.
 */
int policy_folders_find(struct policy_folders *ret_folders, struct diag *diag);

/*
 * policy_folder_to_install - of those folders, whatever the environment says, the one for what is
 * installed by hand: beside this program where that was put elsewhere, else as it was configured.
 */
void policy_folder_to_install(char *ret_path, size_t size);

/* policy_folders_each - call with(data, folder, file) for each NAME.so, by folder and name. */
void policy_folders_each(const struct policy_folders *folders,
			 void (*with)(void *data, const char *folder, const char *file),
			 void *data);

/*
 * policy_folders_hidden - is there one of that name in a folder before this one of folders->paths,
 * which is then the one that is used? Its path goes to ret_path, of PATH_MAX bytes.
 */
bool policy_folders_hidden(const struct policy_folders *folders, const char *folder,
			   const char *file, char *ret_path);

/* policy_find_absolute - the path, from the root on. Returns 0, or -errno with a sentence. */
int policy_find_absolute(const char *path, char *ret_path, size_t size, struct diag *diag);

#endif
