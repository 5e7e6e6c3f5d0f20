/* SPDX-License-Identifier: GPL-2.0-only */
#include "config_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "utf8.h"

/* Larger than any file a person writes; keeps a wrong path from being read into memory. */
#define FILE_MAX (1u << 20)

bool config_mistakes_add(struct config_mistakes *mistakes, int err)
{
	if (!mistakes->err)
		mistakes->err = err;
	if (!mistakes->out)
		return true;
	utf8_put(mistakes->out, mistakes->diag->text);
	putc('\n', mistakes->out);
	return false;
}

bool config_files_is_drop_in(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 4 && !strcmp(name + len - 4, ".ini");
}

/* A drop-in before it has its place in the order. */
struct drop_in {
	const char *dir;
	char *name;
};

struct drop_ins {
	size_t nr;
	struct drop_in *all;
};

static void drop_ins_free(struct drop_ins *drop_ins)
{
	size_t i;

	for (i = 0; i < drop_ins->nr; i++)
		free(drop_ins->all[i].name);
	free(drop_ins->all);
}

static int drop_ins_add(struct drop_ins *drop_ins, const char *dir, const char *name,
			struct diag *diag)
{
	struct drop_in *all;
	size_t i;

	for (i = 0; i < drop_ins->nr; i++) {
		/* the machine's folder comes second */
		if (!strcmp(drop_ins->all[i].name, name)) {
			drop_ins->all[i].dir = dir;
			return 0;
		}
	}
	all = reallocarray(drop_ins->all, drop_ins->nr + 1, sizeof(*all));
	if (!all)
		return diag_set(diag, -ENOMEM, "%s: no memory to list it", dir);
	drop_ins->all = all;
	all[drop_ins->nr].dir = dir;
	all[drop_ins->nr].name = strdup(name);
	if (!all[drop_ins->nr].name)
		return diag_set(diag, -ENOMEM, "%s: no memory to list it", dir);
	drop_ins->nr++;
	return 0;
}

static int list_dir(const char *path, struct drop_ins *drop_ins, struct diag *diag)
{
	struct dirent *entry;
	struct stat st;
	DIR *dir;
	int err = 0;

	dir = opendir(path);
	/* gone, or a link that leads nowhere? */
	if (!dir && errno == ENOENT && lstat(path, &st))
		return 0;
	if (!dir)
		return diag_set(diag, -errno,
				"%s: the folder of drop-ins cannot be read: %s; expected a folder "
				"with files *.ini, or nothing of that name",
				path, strerror(errno));
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (!config_files_is_drop_in(entry->d_name))
			continue;
		err = drop_ins_add(drop_ins, path, entry->d_name, diag);
		if (err)
			goto out;
	}
	if (errno)
		err = diag_set(diag, -errno, "%s: the folder of drop-ins cannot be read: %s", path,
			       strerror(errno));
out:
	closedir(dir);
	return err;
}

static int by_name(const void *a, const void *b)
{
	const struct drop_in *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	}
	return false;
}

static int add_file(struct config_files *files, const char *dir, const char *name,
		    struct diag *diag)
{
	char *path = files->paths[files->nr];

	/* it would break the lines of messages */
	if (has_control(name))
		return diag_set(diag, -EINVAL,
				"%s: a file in it has a control character in its name; rename it",
				dir);
	if (files->nr == CONFIG_MAX_FILES)
		return diag_set(diag, -EINVAL, "%s/%s: only %d configuration files fit", dir, name,
				CONFIG_MAX_FILES);
	if (strlen(dir) + 1 + strlen(name) >= CONFIG_PATH_SIZE)
		return diag_set(diag, -ENAMETOOLONG,
				"%s/%s: the path is %zu bytes long; at most %d fit", dir, name,
				strlen(dir) + 1 + strlen(name), CONFIG_PATH_SIZE - 1);
	strcpy(path, dir);
	strcat(path, "/");
	strcat(path, name);
	files->nr++;
	return 0;
}

void config_files_list(const struct config_places *places, struct config_files *ret_files,
		       struct config_mistakes *mistakes)
{
	const char *const dirs[] = { places->vendor_dir, places->dir };
	const char *const plain[] = { places->vendor_file, places->file };
	struct drop_ins drop_ins = { 0 };
	size_t i;
	int err;

	ret_files->nr = 0;
	/* whether they are there is found out when they are read */
	for (i = 0; i < 2; i++) {
		if (plain[i][0])
			strcpy(ret_files->paths[ret_files->nr++], plain[i]);
	}
	for (i = 0; i < 2; i++) {
		if (!dirs[i][0])
			continue;
		err = list_dir(dirs[i], &drop_ins, mistakes->diag);
		if (err && config_mistakes_add(mistakes, err))
			goto out;
	}
	if (drop_ins.nr)
		qsort(drop_ins.all, drop_ins.nr, sizeof(drop_ins.all[0]), by_name);
	for (i = 0; i < drop_ins.nr; i++) {
		err = add_file(ret_files, drop_ins.all[i].dir, drop_ins.all[i].name,
			       mistakes->diag);
		if (err && config_mistakes_add(mistakes, err))
			goto out;
	}
out:
	drop_ins_free(&drop_ins);
}

/* expected is what the file says of its size; it may be growing. */
static int read_all(int fd, const char *path, size_t expected, char **ret_text, size_t *ret_size,
		    struct diag *diag)
{
	size_t size = 0, room = (expected < FILE_MAX ? expected : FILE_MAX) + 1;
	char *text = malloc(room), *larger;
	ssize_t n;
	int err;

	if (!text)
		return diag_set(diag, -ENOMEM, "%s: no memory to read it", path);
	while (size <= FILE_MAX) {
		if (size == room) {
			room = room < FILE_MAX / 2 ? 2 * room : FILE_MAX + 1;
			larger = realloc(text, room);
			if (!larger) {
				err = diag_set(diag, -ENOMEM, "%s: no memory to read it", path);
				goto out;
			}
			text = larger;
		}
		n = read(fd, text + size, room - size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err = diag_set(diag, -errno, "%s: cannot be read: %s", path,
				       strerror(errno));
			goto out;
		}
		if (!n)
			break;
		size += (size_t)n;
	}
	if (size > FILE_MAX) {
		err = diag_set(diag, -EFBIG, "%s: larger than 1 MiB; not a configuration file",
			       path);
		goto out;
	}
	*ret_text = text;
	*ret_size = size;
	return 0;
out:
	free(text);
	return err;
}

int config_file_read(const char *path, bool may_be_missing, char **ret_text, size_t *ret_size,
		     struct diag *diag)
{
	char *text = NULL, target[CONFIG_PATH_SIZE];
	size_t size = 0;
	struct stat st;
	ssize_t len;
	int fd, err = 0;

	/* O_NONBLOCK: a FIFO must not hold us up until it is found not to be a regular file */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		err = errno;
		len = readlink(path, target, sizeof(target));
		if (err == ENOENT && len >= 0)
			return diag_set(diag, -err,
					"%s: this is a link to '%.*s', which is not there", path,
					(int)len, target);
		if (err == ENOENT && may_be_missing) {
			*ret_text = NULL;
			*ret_size = 0;
			return 0;
		}
		return diag_set(diag, -err, "%s: the configuration file cannot be opened: %s", path,
				strerror(err));
	}
	if (fstat(fd, &st)) {
		err = diag_set(diag, -errno, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (S_ISREG(st.st_mode) || (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)))
		err = read_all(fd, path, (size_t)st.st_size, &text, &size, diag);
	else
		err = diag_set(diag, -EINVAL, "%s: not a regular file; expected an INI file", path);
	if (err)
		goto out;
	*ret_text = text;
	*ret_size = size;
out:
	close(fd);
	return err;
}

uint64_t config_files_stamp(uint64_t stamp, const char *path, const char *text, size_t size)
{
	size_t i, len = strlen(path) + 1;

	/* FNV-1a */
	for (i = 0; i < len + size; i++) {
		stamp ^= (unsigned char)(i < len ? path[i] : text[i - len]);
		stamp *= 0x100000001b3u;
	}
	return stamp;
}
