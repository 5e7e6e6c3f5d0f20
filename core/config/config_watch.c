/* SPDX-License-Identifier: GPL-2.0-only */
#include "config_watch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define QUIET_NS  100000000ull	/* after the last event */
#define LATEST_NS 1000000000ull /* after the first */

/* As many links in a path as the kernel follows. */
#define MAX_LINKS 40

/* How much is read in one go, so that a storm of events cannot hold up the caller. */
#define MAX_READS 64

/* A name appears, goes, or becomes another's. */
#define NAME_EVENTS (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
/* What is behind a name is written, or may be read by others than before. */
#define TEXT_EVENTS (IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB)
/* The folder itself goes. */
#define SELF_EVENTS (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)

/* A name in a watched folder that matters. */
struct interest {
	int wd;
	bool text;     /* what is behind it matters, too */
	bool drop_ins; /* every drop-in does, and name is "" */
	char name[NAME_MAX + 1];
};

struct interests {
	size_t nr, room;
	struct interest *all;
};

struct config_watch {
	int epoll_fd, inotify_fd, timer_fd;
	struct config_places places;
	struct interests interests;
	bool pending;
	uint64_t first_ns; /* event of what is pending */
	int trouble_err;   /* -errno; 0: none since it was asked for */
	struct diag trouble;
};

static void note_change(struct config_watch *watch)
{
	uint64_t now = monotonic_ns(), at = now + QUIET_NS;
	struct itimerspec timer = { 0 };

	if (!watch->pending)
		watch->first_ns = now;
	watch->pending = true;
	if (at > watch->first_ns + LATEST_NS)
		at = watch->first_ns + LATEST_NS;
	timer.it_value.tv_sec = (time_t)(at / 1000000000u);
	timer.it_value.tv_nsec = (long)(at % 1000000000u);
	/* cannot fail: the arguments are sound; a time that has passed fires at once */
	timerfd_settime(watch->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

static void note_trouble(struct config_watch *watch, int err, const char *path)
{
	if (watch->trouble_err)
		return;
	watch->trouble_err = -err;
	if (err == ENOSPC)
		diag_set(&watch->trouble, -err,
			 "%.512s: changes will not be noticed: no inotify watches are left; raise "
			 "the sysctl fs.inotify.max_user_watches, or send SIGHUP after a change",
			 path);
	else
		diag_set(&watch->trouble, -err,
			 "%.512s: changes will not be noticed: %s; send SIGHUP after a change",
			 path, strerror(err));
}

/* Returns 0 or -errno; trouble is noted, a folder that is not there is none. */
static int add_interest(struct config_watch *watch, const char *folder, const char *name, bool text,
			bool drop_ins)
{
	struct interests *interests = &watch->interests;
	struct interest *all, *interest;
	uint32_t mask = NAME_EVENTS | IN_DELETE_SELF | IN_MOVE_SELF | (text ? TEXT_EVENTS : 0);
	int wd, err;

	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	if (interests->nr == interests->room) {
		all = reallocarray(interests->all, interests->room + 64, sizeof(*all));
		if (!all) {
			note_trouble(watch, ENOMEM, folder);
			return -ENOMEM;
		}
		interests->all = all;
		interests->room += 64;
	}
	wd = inotify_add_watch(watch->inotify_fd, folder, mask | IN_MASK_ADD | IN_ONLYDIR);
	if (wd < 0) {
		err = errno;
		if (err != ENOENT && err != ENOTDIR)
			note_trouble(watch, err, folder);
		return -err;
	}
	interest = &interests->all[interests->nr++];
	interest->wd = wd;
	interest->text = text;
	interest->drop_ins = drop_ins;
	strcpy(interest->name, name);
	return 0;
}

/* A path on its way through folders and links: what is resolved, and what is still to be. */
struct way {
	char at[PATH_MAX], rest[2 * PATH_MAX];
	int links;
};

/* Take the next name off the rest. false: there is none. */
static bool next_name(struct way *way, char name[NAME_MAX + 1])
{
	size_t start = strspn(way->rest, "/"), len = strcspn(way->rest + start, "/");

	if (!len || len > NAME_MAX)
		return false;
	memcpy(name, way->rest + start, len);
	name[len] = '\0';
	start += len;
	start += strspn(way->rest + start, "/");
	memmove(way->rest, way->rest + start, strlen(way->rest + start) + 1);
	return true;
}

static bool join(char to[PATH_MAX], const char *folder, const char *name)
{
	const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";

	return snprintf(to, PATH_MAX, "%s%s%s", folder, slash, name) < PATH_MAX;
}

/* A link was found: go on where it leads. */
static bool take_link(struct way *way, const char *target)
{
	char rest[sizeof(way->rest)];

	if (++way->links > MAX_LINKS)
		return false;
	if (snprintf(rest, sizeof(rest), "%s%s%s", target, way->rest[0] ? "/" : "", way->rest) >=
	    (int)sizeof(rest))
		return false;
	strcpy(way->rest, rest);
	if (target[0] == '/')
		strcpy(way->at, "/");
	return true;
}

/*
 * Watch each name that the path goes through. Each is watched before it is looked at, so what
 * changes behind our back is an event. Returns whether it leads to the end; ret_end is then where.
 */
static bool follow(struct config_watch *watch, const char *path, char ret_end[PATH_MAX])
{
	struct way way = { .at = "." };
	char name[NAME_MAX + 1], full[PATH_MAX], target[PATH_MAX];
	struct stat st;
	ssize_t len;

	if (path[0] == '/')
		strcpy(way.at, "/");
	snprintf(way.rest, sizeof(way.rest), "%s", path);
	while (next_name(&way, name)) {
		if (!strcmp(name, "."))
			continue;
		if (!join(full, way.at, name))
			return false;
		if (!strcmp(name, "..")) {
			strcpy(way.at, full);
			continue;
		}
		if (add_interest(watch, way.at, name, !way.rest[0], false))
			return false;
		len = readlink(full, target, sizeof(target) - 1);
		if (len >= 0) {
			target[len] = '\0';
			if (!take_link(&way, target))
				return false;
			continue;
		}
		if (lstat(full, &st))
			return false;
		strcpy(way.at, full);
	}
	strcpy(ret_end, way.at);
	return true;
}

/* The drop-ins themselves go by their names; those that are links lead elsewhere. */
static void follow_drop_ins(struct config_watch *watch, const char *path)
{
	char folder[PATH_MAX], full[PATH_MAX], end[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	if (!follow(watch, path, folder) || add_interest(watch, folder, "", true, true))
		return;
	dir = opendir(folder);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (config_files_is_drop_in(entry->d_name) && join(full, folder, entry->d_name) &&
		    readlink(full, end, sizeof(end)) >= 0)
			follow(watch, full, end);
	}
	closedir(dir);
}

static bool has_wd(const struct interests *interests, int wd)
{
	size_t i;

	for (i = 0; i < interests->nr; i++) {
		if (interests->all[i].wd == wd)
			return true;
	}
	return false;
}

/* Look anew at where the paths lead. */
static void watch_all(struct config_watch *watch)
{
	struct interests before = watch->interests;
	char end[PATH_MAX];
	size_t i;

	memset(&watch->interests, 0, sizeof(watch->interests));
	if (watch->places.vendor_file[0])
		follow(watch, watch->places.vendor_file, end);
	if (watch->places.file[0])
		follow(watch, watch->places.file, end);
	if (watch->places.vendor_dir[0])
		follow_drop_ins(watch, watch->places.vendor_dir);
	if (watch->places.dir[0])
		follow_drop_ins(watch, watch->places.dir);
	/* a folder may be in it many times; removing it again does no harm */
	for (i = 0; i < before.nr; i++) {
		if (!has_wd(&watch->interests, before.all[i].wd))
			inotify_rm_watch(watch->inotify_fd, before.all[i].wd);
	}
	free(before.all);
}

/* Has it changed while nobody watched? */
static bool differs(const struct config *config)
{
	struct diag diag;
	struct config_mistakes mistakes = { .diag = &diag };
	struct config_files files;
	uint64_t stamp = 0;
	char *text;
	size_t size, i;

	config_files_list(&config->places, &files, &mistakes);
	if (mistakes.err)
		return true;
	for (i = 0; i < files.nr; i++) {
		if (config_file_read(files.paths[i], true, &text, &size, &diag))
			return true;
		if (text)
			stamp = config_files_stamp(stamp, files.paths[i], text, size);
		free(text);
	}
	return stamp != config->stamp;
}

static int open_fds(struct config_watch *watch, struct diag *diag)
{
	struct epoll_event event = { .events = EPOLLIN };

	watch->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->inotify_fd < 0)
		return diag_set(diag, -errno,
				"changes of the configuration files will not be noticed: inotify: "
				"%s; send SIGHUP after a change",
				strerror(errno));
	watch->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	watch->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (watch->timer_fd < 0 || watch->epoll_fd < 0 ||
	    epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, watch->inotify_fd, &event) ||
	    epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, watch->timer_fd, &event))
		return diag_set(diag, -errno,
				"changes of the configuration files will not be noticed: %s; send "
				"SIGHUP after a change",
				strerror(errno));
	return 0;
}

int config_watch_open(const struct config *config, struct config_watch **ret_watch,
		      struct diag *diag)
{
	struct config_watch *watch = calloc(1, sizeof(*watch));
	int err;

	if (!watch)
		return diag_set(diag, -ENOMEM, "no memory to watch the configuration files");
	watch->epoll_fd = watch->inotify_fd = watch->timer_fd = -1;
	watch->places = config->places;
	err = open_fds(watch, diag);
	if (err)
		goto out;
	watch_all(watch);
	err = watch->trouble_err;
	if (err) {
		*diag = watch->trouble;
		goto out;
	}
	if (differs(config))
		note_change(watch);
	*ret_watch = watch;
	return 0;
out:
	config_watch_close(watch);
	return err;
}

int config_watch_fd(const struct config_watch *watch)
{
	return watch ? watch->epoll_fd : -1;
}

static bool matters(const struct config_watch *watch, const struct inotify_event *event)
{
	const struct interest *interest;
	size_t i;

	if (event->mask & IN_Q_OVERFLOW)
		return true;
	for (i = 0; i < watch->interests.nr; i++) {
		interest = &watch->interests.all[i];
		if (interest->wd != event->wd)
			continue;
		if (event->mask & SELF_EVENTS)
			return true;
		if (!event->len ||
		    !(event->mask & (NAME_EVENTS | (interest->text ? TEXT_EVENTS : 0))))
			continue;
		if (interest->drop_ins ? config_files_is_drop_in(event->name)
				       : !strcmp(interest->name, event->name))
			return true;
	}
	return false;
}

static bool read_events(struct config_watch *watch)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event;
	bool changed = false;
	ssize_t n, at;
	int i;

	for (i = 0; i < MAX_READS; i++) {
		n = read(watch->inotify_fd, buf, sizeof(buf));
		if (n <= 0)
			break;
		for (at = 0; at < n; at += (ssize_t)(sizeof(*event) + event->len)) {
			event = (const struct inotify_event *)(const void *)(buf + at);
			changed |= matters(watch, event);
		}
	}
	return changed;
}

bool config_watch_serve(struct config_watch *watch)
{
	uint64_t expired;

	if (!watch)
		return false;
	if (read_events(watch))
		note_change(watch);
	if (read(watch->timer_fd, &expired, sizeof(expired)) != sizeof(expired) || !watch->pending)
		return false;
	watch->pending = false;
	/* before it is loaded: what changes from here on is an event again */
	watch_all(watch);
	return true;
}

bool config_watch_pending(const struct config_watch *watch)
{
	return watch && watch->pending;
}

const char *config_watch_trouble(struct config_watch *watch)
{
	if (!watch || !watch->trouble_err)
		return NULL;
	watch->trouble_err = 0;
	return watch->trouble.text;
}

void config_watch_close(struct config_watch *watch)
{
	if (!watch)
		return;
	if (watch->epoll_fd >= 0)
		close(watch->epoll_fd);
	if (watch->timer_fd >= 0)
		close(watch->timer_fd);
	if (watch->inotify_fd >= 0)
		close(watch->inotify_fd);
	free(watch->interests.all);
	free(watch);
}
