/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts.h"

#define LINKS_MAX 40	/* the kernel's own limit for one path */

/* A walk from the root to the file. */
struct walk {
	const char *path;		/* as it was asked for, for sentences */
	char rest[2 * PATH_MAX];	/* still to go */
	char here[2 * PATH_MAX];	/* where fd is; for sentences only, "" is the root */
	int fd;
	int nr_links;
	struct diag *diag;
};

static const char *user_name(uid_t uid, char *text, size_t size)
{
	char name[33];

	if (!accounts_user_name(ACCOUNTS_USERS, uid, name, sizeof(name)))
		snprintf(text, size, "%s (uid %u)", name, uid);
	else
		snprintf(text, size, "uid %u", uid);
	return text;
}

/* The second half of each refusal. */
static int refuse(const struct walk *walk, const char *why)
{
	return diag_set(walk->diag, -EACCES, "%.256s is not loaded as a policy: %.512s. Put a copy where "
			"only root writes: install -o root -g root -m 644 %.256s " CLAND_POLICY_DIR
			"/; or, to try it, --allow-unsafe-policies", walk->path, why, walk->path);
}

/* Whether anyone else than root and us can change what fd is, or, of a folder, what is in it. */
static int check(const struct walk *walk, const struct stat *st, const char *where)
{
	bool folder = S_ISDIR(st->st_mode);
	char why[512], owner[64];

	if (st->st_uid != 0 && st->st_uid != geteuid()) {
		snprintf(why, sizeof(why), "%s%.256s belongs to %s, who could replace it",
			 folder ? "the folder " : "", where,
			 user_name(st->st_uid, owner, sizeof(owner)));
		return refuse(walk, why);
	}
	if (S_ISLNK(st->st_mode) || (folder && st->st_mode & S_ISVTX))
		return 0; /* a link's mode means nothing; what is in a sticky folder stays its owner's */
	if (st->st_mode & S_IWOTH) {
		snprintf(why, sizeof(why), "everybody may write %.256s; chmod o-w takes that away",
			 where);
		return refuse(walk, why);
	}
	if (st->st_mode & S_IWGRP && st->st_gid != 0 && st->st_gid != getegid()) {
		snprintf(why, sizeof(why), "the group %u may write %.256s; chmod g-w takes that away",
			 st->st_gid, where);
		return refuse(walk, why);
	}
	return 0;
}

static int fail(const struct walk *walk, int err)
{
	return diag_set(walk->diag, err, "%.256s: cannot be opened: %s", walk->path, strerror(-err));
}

/* What the link says comes before the rest. */
static int follow(struct walk *walk, int fd)
{
	char to[PATH_MAX], rest[sizeof(walk->rest)];
	ssize_t len = readlinkat(fd, "", to, sizeof(to) - 1);

	if (len < 0)
		return fail(walk, -errno);
	to[len] = '\0';
	if (++walk->nr_links > LINKS_MAX)
		return fail(walk, -ELOOP);
	if ((size_t)snprintf(rest, sizeof(rest), "%s/%s", to, walk->rest) >= sizeof(rest))
		return fail(walk, -ENAMETOOLONG);
	strcpy(walk->rest, rest);
	return 0;
}

static int to_root(struct walk *walk)
{
	struct stat st;
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail(walk, -errno);
	if (walk->fd >= 0)
		close(walk->fd);
	walk->fd = fd;
	walk->here[0] = '\0';
	if (fstat(fd, &st))
		return fail(walk, -errno);
	return check(walk, &st, "/");
}

/* Take the first name off the rest. */
static void next_name(struct walk *walk, char *ret_name, size_t size)
{
	char *rest = walk->rest;
	size_t len;

	rest += strspn(rest, "/");
	len = strcspn(rest, "/");
	snprintf(ret_name, size, "%.*s", (int)len, rest);
	memmove(walk->rest, rest + len, strlen(rest + len) + 1);
}

/* One name further. ".." leads to a folder that has been looked at on the way here. */
static int step(struct walk *walk)
{
	char name[NAME_MAX + 2], where[sizeof(walk->here) + sizeof(name)];
	struct stat st;
	int fd, err;

	if (walk->rest[0] == '/' && walk->fd < 0)
		return to_root(walk);
	next_name(walk, name, sizeof(name));
	if (!name[0])
		return 0;
	fd = openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(walk, -errno);
	snprintf(where, sizeof(where), "%s/%s", walk->here, name);
	err = fstat(fd, &st) ? fail(walk, -errno) : check(walk, &st, where);
	if (!err && S_ISLNK(st.st_mode)) {
		err = follow(walk, fd);
		close(fd);
		return err || walk->rest[0] != '/' ? err : to_root(walk);
	}
	if (!err && strlen(where) >= sizeof(walk->here))
		err = fail(walk, -ENAMETOOLONG);
	if (err) {
		close(fd);
		return err;
	}
	close(walk->fd);
	walk->fd = fd;
	strcpy(walk->here, where);
	return 0;
}

/* A descriptor that can be read, of what the other one stands for. */
static int open_again(const struct walk *walk, bool any_user)
{
	char proc[64];
	struct stat st;
	int fd;

	if (fstat(walk->fd, &st))
		return fail(walk, -errno);
	if (!S_ISREG(st.st_mode))
		return diag_set(walk->diag, -ENOEXEC, "%.256s: not a regular file; expected a policy's "
				".so", walk->path);
	if (any_user && !(st.st_mode & S_IROTH))
		return refuse(walk, "not everybody may read it, and the policy's process is not root; "
			      "chmod a+r changes that");
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", walk->fd);
	fd = open(proc, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? fail(walk, -errno) : fd;
}

int policy_file_open(const char *path, bool allow_unsafe, bool any_user, struct diag *diag)
{
	struct walk walk = { .path = path, .fd = -1, .diag = diag };
	int err, fd;

	if (allow_unsafe) {
		/* O_NONBLOCK: a FIFO must not hold us up until it is found not to be a regular file */
		walk.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		err = walk.fd < 0 ? fail(&walk, -errno) : 0;
	} else {
		err = path[0] != '/' || strlen(path) >= PATH_MAX ? fail(&walk, -ENAMETOOLONG) : 0;
		if (!err)
			strcpy(walk.rest, path);
		do {
			err = err ? err : step(&walk);
		} while (!err && walk.rest[strspn(walk.rest, "/")]);
	}
	fd = err ? err : open_again(&walk, any_user);
	if (walk.fd >= 0)
		close(walk.fd);
	return fd;
}
