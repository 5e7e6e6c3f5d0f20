/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_find.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "policy_meta.h"
#include "suggest.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static bool add_folder(struct policy_folders *folders, const char *path, size_t len)
{
	if (!len)
		return true;
	if (folders->nr == ARRAY_LEN(folders->paths) || len >= sizeof(folders->paths[0]))
		return false;
	memcpy(folders->paths[folders->nr], path, len);
	folders->paths[folders->nr++][len] = '\0';
	return true;
}

/*
 * From the folder above the program's own: in a build, policies lie in a folder beside the
 * program's; and in an installation that was put elsewhere than it was configured for, where they
 * do in any.
 */
static void add_own_folders(struct policy_folders *folders)
{
	static const char *const beside[] = { "policies", CLAND_POLICY_SUBDIR };
	char own[PATH_MAX / 4], path[sizeof(own) + sizeof(CLAND_POLICY_SUBDIR) + 16];
	ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);
	struct stat st;
	char *slash;
	size_t i;

	if (len < 0)
		return;
	own[len] = '\0';
	for (i = 0; i < 2; i++) {
		slash = strrchr(own, '/');
		if (!slash)
			return;
		*slash = '\0';
	}
	for (i = 0; i < ARRAY_LEN(beside); i++) {
		snprintf(path, sizeof(path), "%s/%s", own, beside[i]);
		if (strcmp(path, CLAND_POLICY_DIR) != 0 && !stat(path, &st) && S_ISDIR(st.st_mode))
			add_folder(folders, path, strlen(path));
	}
}

int policy_folders_find(struct policy_folders *ret_folders, struct diag *diag)
{
	const char *env = getenv("SCX_CLAND_POLICY_PATH");
	size_t len;

	ret_folders->nr = 0;
	if (!env || !*env) {
		add_own_folders(ret_folders);
		add_folder(ret_folders, CLAND_POLICY_DIR, strlen(CLAND_POLICY_DIR));
		return 0;
	}
	for (; *env; env += len + (env[len] == ':')) {
		len = strcspn(env, ":");
		if (!add_folder(ret_folders, env, len))
			return diag_set(diag, -ENAMETOOLONG,
					"SCX_CLAND_POLICY_PATH names a folder of more than %zu "
					"letters, or more than %zu folders",
					sizeof(ret_folders->paths[0]) - 1,
					ARRAY_LEN(ret_folders->paths));
	}
	return 0;
}

void policy_folder_to_install(char *ret_path, size_t size)
{
	static const char subdir[] = "/" CLAND_POLICY_SUBDIR;
	struct policy_folders folders = { 0 };
	const char *folder = CLAND_POLICY_DIR;
	size_t i;

	add_own_folders(&folders);
	for (i = 0; i < folders.nr; i++) {
		size_t len = strlen(folders.paths[i]);

		if (len > strlen(subdir) && !strcmp(folders.paths[i] + len - strlen(subdir), subdir))
			folder = folders.paths[i];
	}
	snprintf(ret_path, size, "%s", folder);
}

static int is_so(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 3 && !strcmp(entry->d_name + len - 3, ".so");
}

void policy_folders_each(const struct policy_folders *folders,
			 void (*with)(void *data, const char *folder, const char *file), void *data)
{
	struct dirent **entries;
	size_t i;
	int j, nr;

	for (i = 0; i < folders->nr; i++) {
		nr = scandir(folders->paths[i], &entries, is_so, alphasort);
		for (j = 0; j < nr; j++) {
			with(data, folders->paths[i], entries[j]->d_name);
			free(entries[j]);
		}
		if (nr >= 0)
			free(entries);
	}
}

bool policy_folders_hidden(const struct policy_folders *folders, const char *folder,
			   const char *file, char *ret_path)
{
	size_t i;

	for (i = 0; folders->paths[i] != folder; i++) {
		snprintf(ret_path, PATH_MAX, "%s/%s", folders->paths[i], file);
		if (!access(ret_path, F_OK))
			return true;
	}
	return false;
}

int policy_find_absolute(const char *path, char *ret_path, size_t size, struct diag *diag)
{
	char cwd[PATH_MAX] = "";
	int len;

	if (path[0] != '/' && !getcwd(cwd, sizeof(cwd)))
		return diag_set(diag, -errno, "%.256s: the current folder is not known: %s", path,
				strerror(errno));
	/* "./mine.so" is what a shell completes to, and "." a folder of SCX_CLAND_POLICY_PATH */
	while (cwd[0] && !strncmp(path, "./", 2))
		path += 2;
	len = snprintf(ret_path, size, "%s%s%s", cwd, cwd[0] && strcmp(cwd, "/") ? "/" : "", path);
	if (len < 0 || (size_t)len >= size)
		return diag_set(diag, -ENAMETOOLONG, "%.256s...: the path is too long", path);
	return 0;
}

struct wanted {
	struct suggest suggest;
	char near[32]; /* suggest's best outlives its entry here */
	char found[384];
};

static void note_file(void *data, const char *folder, const char *file)
{
	struct wanted *wanted = data;
	const char *before = wanted->suggest.best;
	char name[NAME_MAX + 1];

	(void)folder;
	snprintf(name, sizeof(name), "%.*s", (int)strlen(file) - 3, file);
	suggest_list(wanted->found, sizeof(wanted->found), name);
	suggest_try(&wanted->suggest, name);
	if (wanted->suggest.best != before) {
		snprintf(wanted->near, sizeof(wanted->near), "%.31s", name);
		wanted->suggest.best = wanted->near;
	}
}

static int not_found(const char *name, const struct policy_folders *folders, struct diag *diag)
{
	struct wanted wanted = { 0 };
	char where[384] = "";
	size_t i;

	for (i = 0; i < folders->nr; i++)
		suggest_list(where, sizeof(where), folders->paths[i]);
	suggest_init(&wanted.suggest, name);
	policy_folders_each(folders, note_file, &wanted);
	return diag_set(diag, -ENOENT, "no policy '%s' in %s; found there: %s%s", name,
			where[0] ? where : "any folder", wanted.found[0] ? wanted.found : "none",
			suggest_hint(&wanted.suggest));
}

int policy_meta_find(const char *name_or_path, char *ret_path, size_t size, struct diag *diag)
{
	struct policy_folders folders;
	char path[PATH_MAX], absolute[PATH_MAX];
	size_t i;
	int err;

	if (strchr(name_or_path, '/')) {
		if (access(name_or_path, F_OK))
			return diag_set(diag, -errno, "%.256s: there is no policy: %s",
					name_or_path, strerror(errno));
		err = policy_find_absolute(name_or_path, absolute, sizeof(absolute), diag);
		goto out;
	}
	if (!config_is_policy_name(name_or_path))
		return diag_set(diag, -ENOENT,
				"'%.64s' is no policy; expected a name (at most 31 of a-z, 0-9 "
				"and '-') or a path with a '/' in it",
				name_or_path);
	err = policy_folders_find(&folders, diag);
	if (err)
		return err;
	for (i = 0; i < folders.nr; i++) {
		snprintf(path, sizeof(path), "%s/%s.so", folders.paths[i], name_or_path);
		if (!access(path, F_OK)) {
			err = policy_find_absolute(path, absolute, sizeof(absolute), diag);
			goto out;
		}
	}
	return not_found(name_or_path, &folders, diag);
out:
	if (!err && strlen(absolute) >= size)
		err = diag_set(diag, -ENAMETOOLONG, "%.256s...: the path is too long", absolute);
	if (!err)
		strcpy(ret_path, absolute);
	return err;
}
