/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_policy_new.c - write the project of a new policy from the skeleton.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clandctl.h"
#include "clandctl_out.h"
#include "clandctl_policy.h"
#include "config.h"
#include "exit_codes.h"
#include "policy_find.h"
#include "skeleton.h"

#define HEADER "/scx-cland/policy.h"

struct project {
	const char *name, *folder;
	char ident[32];			/* the name as a C identifier */
	char include[PATH_MAX];		/* the folder of the header; "": pkg-config knows */
	char clandctl[PATH_MAX];
	char policy_dir[PATH_MAX];	/* what is installed goes there */
};

/* ---- where the header is --------------------------------------------------------------------- */

static bool has_header(const char *include)
{
	char path[PATH_MAX + sizeof(HEADER)];

	snprintf(path, sizeof(path), "%s" HEADER, include);
	return !access(path, R_OK);
}

/* The paths go into a Makefile and a CMakeLists.txt as they are. */
static bool is_plain(const char *path)
{
	return !path[strcspn(path, "$#\"'\\;@`\n\t")];
}

static bool own_path(char *ret_path, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", ret_path, size - 1);

	if (len < 0)
		return false;
	ret_path[len] = '\0';
	return true;
}

/*
 * The source tree in whose build folder this program lies, by the cache that CMake keeps there. The
 * program itself must not know where it was built.
 */
static bool find_source_tree(const char *own, char *ret_tree, size_t size)
{
	static const char key[] = "CMAKE_HOME_DIRECTORY:INTERNAL=";
	char path[PATH_MAX + 32], line[PATH_MAX];
	bool found = false;
	FILE *cache = NULL;
	char *slash;

	snprintf(path, PATH_MAX, "%s", own);
	while (!cache && (slash = strrchr(path, '/')) && slash != path) {
		strcpy(slash, "/CMakeCache.txt");
		cache = fopen(path, "re");
		*slash = '\0';
	}
	if (!cache)
		return false;
	while (!found && fgets(line, sizeof(line), cache)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		snprintf(ret_tree, size, "%s", line + strlen(key));
		found = true;
	}
	fclose(cache);
	return found;
}

/* An installation that was put elsewhere than it was configured for: pkg-config does not know it. */
static bool find_moved(const char *own, struct project *project)
{
	const char *slash = memrchr(own, '/', strlen(own));

	slash = slash ? memrchr(own, '/', (size_t)(slash - own)) : NULL;
	if (!slash)
		return false;
	snprintf(project->include, sizeof(project->include), "%.*s/" CLAND_INCLUDE_SUBDIR,
		 (int)(slash - own), own);
	if (!has_header(project->include)) {
		project->include[0] = '\0';
		return false;
	}
	strcpy(project->clandctl, own);
	return true;
}

static int find_include(const char *given, struct project *project)
{
	char tree[PATH_MAX], own[PATH_MAX] = "";
	int len;

	strcpy(project->clandctl, "clandctl");
	if (own_path(own, sizeof(own)) && find_source_tree(own, tree, sizeof(tree))) {
		/* built, not installed */
		snprintf(project->clandctl, sizeof(project->clandctl), "%s", own);
		len = snprintf(project->include, sizeof(project->include), "%s/policies/include",
			       tree);
		if (len < 0 || (size_t)len >= sizeof(project->include))
			project->include[0] = '\0';
	}
	if (given) {
		if (!realpath(given, project->include) || !has_header(project->include))
			return clandctl_error(EXIT_CODE_NOT_FOUND, "policy new: --include=%.256s: "
					      "there is no " HEADER " in it; give the folder that "
					      "holds scx-cland/policy.h", given);
	} else if (!project->include[0] || !has_header(project->include)) {
		project->include[0] = '\0';
		if (!has_header(CLAND_INCLUDE_DIR) && !find_moved(own, project))
			return clandctl_error(EXIT_CODE_NOT_FOUND, "policy new: the policy kit is "
					      "not installed: there is no " CLAND_INCLUDE_DIR HEADER
					      "; install scx-cland's development files, or give the "
					      "folder that holds scx-cland/policy.h with "
					      "--include=FOLDER");
	}
	policy_folder_to_install(project->policy_dir, sizeof(project->policy_dir));
	if (is_plain(project->include) && is_plain(project->clandctl) && is_plain(project->policy_dir))
		return EXIT_CODE_OK;
	return clandctl_error(EXIT_CODE_USAGE, "policy new: %.256s: make cannot do with a path "
			      "like that; one without $ # \" ' ; \\ and @ is needed",
			      !is_plain(project->include) ? project->include :
			      !is_plain(project->clandctl) ? project->clandctl : project->policy_dir);
}

/* ---- names ----------------------------------------------------------------------------------- */

static int set_name(const char *name, struct project *project)
{
	size_t i;

	if (!config_is_policy_name(name) || name[0] < 'a' || name[0] > 'z')
		return clandctl_error(EXIT_CODE_USAGE, "policy new: '%.64s' is no name for a "
				      "policy; expected a letter, then letters a-z, 0-9 and '-', at "
				      "most 31", name);
	project->name = name;
	for (i = 0; name[i]; i++)
		project->ident[i] = name[i] == '-' ? '_' : name[i];
	project->ident[i] = '\0';
	return EXIT_CODE_OK;
}

/* Where a file of the skeleton goes. */
static void file_path(const struct project *project, const struct skeleton_file *file, char *ret_path,
		      size_t size)
{
	if (!strcmp(file->name, "policy.c"))
		snprintf(ret_path, size, "%s/%s.c", project->folder, project->name);
	else if (!strcmp(file->name, "gitignore"))
		snprintf(ret_path, size, "%s/.gitignore", project->folder);
	else
		snprintf(ret_path, size, "%s/%s", project->folder, file->name);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The value of a placeholder that stands at text, or NULL; *ret_len is how long it is there. */
static const char *placeholder(const struct project *project, const char *text, size_t *ret_len)
{
	const struct {
		const char *mark, *value;
	} marks[] = {
		{ "@NAME@", project->name },
		{ "@IDENT@", project->ident },
		{ "@INCLUDE@", project->include },
		{ "@CLANDCTL@", project->clandctl },
		{ "@POLICY_DIR@", project->policy_dir },
	};
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		*ret_len = strlen(marks[i].mark);
		if (!strncmp(text, marks[i].mark, *ret_len))
			return marks[i].value;
	}
	return NULL;
}

static int write_file(const struct project *project, const struct skeleton_file *file,
		      const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), err = 0;
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	const char *text, *value;
	size_t len;

	if (!out) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	for (text = file->text; *text; text += len) {
		value = *text == '@' ? placeholder(project, text, &len) : NULL;
		if (value) {
			fputs(value, out);
			continue;
		}
		len = 1;
		putc(*text, out);
	}
	if (ferror(out))
		err = -EIO;
	if (fclose(out) && !err)
		err = -errno;
	if (err)
		unlink(path);
	return err;
}

static int write_files(const struct project *project)
{
	const struct skeleton_file *file, *written;
	char path[2 * PATH_MAX];
	int err;

	for (file = skeleton_files; file->name; file++) {
		file_path(project, file, path, sizeof(path));
		if (!access(path, F_OK))
			return clandctl_error(EXIT_CODE_FAILED, "policy new: %s is there already, "
					      "and nothing is written over; name another folder: "
					      "clandctl policy new %s FOLDER", path, project->name);
	}
	if (mkdir(project->folder, 0777) && errno != EEXIST)
		return clandctl_error(EXIT_CODE_FAILED, "policy new: the folder %s cannot be made: "
				      "%s", project->folder, strerror(errno));
	for (file = skeleton_files; file->name; file++) {
		file_path(project, file, path, sizeof(path));
		err = write_file(project, file, path);
		if (!err)
			continue;
		clandctl_error(EXIT_CODE_FAILED, "policy new: %s cannot be written: %s", path,
			       strerror(-err));
		for (written = skeleton_files; written != file; written++) {
			file_path(project, written, path, sizeof(path));
			unlink(path);
		}
		return EXIT_CODE_FAILED;
	}
	return EXIT_CODE_OK;
}

int clandctl_policy_new(int argc, char *argv[])
{
	static struct project project;
	const char *name = NULL, *folder = NULL, *include = NULL;
	int i, code;

	for (i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--include=", 10)) {
			include = argv[i] + 10;
		} else if (argv[i][0] != '-' && !name) {
			name = argv[i];
		} else if (argv[i][0] != '-' && !folder) {
			folder = argv[i];
		} else {
			return clandctl_error(EXIT_CODE_USAGE, "policy new: unexpected '%.64s'; "
					      "expected a name, a folder, and --include=FOLDER, see "
					      "clandctl policy new --help", argv[i]);
		}
	}
	if (!name)
		return clandctl_error(EXIT_CODE_USAGE, "policy new: the name is missing: clandctl "
				      "policy new NAME [FOLDER]");
	code = set_name(name, &project);
	if (code)
		return code;
	project.folder = folder ? folder : name;
	if (strlen(project.folder) >= PATH_MAX)
		return clandctl_error(EXIT_CODE_USAGE, "policy new: the folder's name is too long");
	code = find_include(include, &project);
	if (!code)
		code = write_files(&project);
	if (code)
		return code;
	out_text(project.folder);
	printf(": a policy that builds as it is. Go on with:\n\n\tcd ");
	out_text(project.folder);
	printf("\n\tmake check\n\nREADME.md there says how to run it; start reading in %s.c.\n",
	       project.name);
	return EXIT_CODE_OK;
}
