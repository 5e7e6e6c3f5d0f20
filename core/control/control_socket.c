/* SPDX-License-Identifier: GPL-2.0-only */
#include "control_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) == CONTROL_SOCKET_PATH_MAX,
	       "as the kernel has it");

/* ---- the file -------------------------------------------------------------------------------- */

static int prepare_folder(const char *path, struct diag *diag)
{
	char folder[CONTROL_SOCKET_PATH_MAX];
	struct stat st;
	char *slash;

	strcpy(folder, path);
	slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return diag_set(diag, -EINVAL, "the control socket's path '%s' must be absolute, in a "
				"folder of its own", path);
	*slash = '\0';
	/* chmod(): the umask may be one that keeps the group out */
	if (mkdir(folder, 0755) ? errno != EEXIST : chmod(folder, 0755))
		return diag_set(diag, -errno, "the control socket's folder %s cannot be made: %s",
				folder, strerror(errno));
	if (stat(folder, &st))
		return diag_set(diag, -errno, "the control socket's folder %s: %s", folder,
				strerror(errno));
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022))
		return diag_set(diag, -EPERM, "the control socket's folder %s is not safe: it must "
				"belong to the user of scx-cland, and nobody else may write there",
				folder);
	return 0;
}

/* Take away what a daemon that is gone has left behind, and nothing else. */
static int remove_stale(const struct sockaddr_un *addr, struct diag *diag)
{
	struct stat st;
	int fd, err;

	if (lstat(addr->sun_path, &st))
		return errno == ENOENT ? 0 : diag_set(diag, -errno, "the control socket %s: %s",
						      addr->sun_path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return diag_set(diag, -EEXIST, "%s is there and is not a socket; remove it",
				addr->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return diag_set(diag, -errno, "a socket: %s", strerror(errno));
	err = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) ? -errno : 0;
	close(fd);
	if (err != -ECONNREFUSED)
		return diag_set(diag, -EADDRINUSE, "another program answers at %s; stop it first",
				addr->sun_path);
	if (unlink(addr->sun_path))
		return diag_set(diag, -errno, "the old control socket %s cannot be removed: %s",
				addr->sun_path, strerror(errno));
	return 0;
}

/* The file is never open to more people than it is to be: fchmod() before bind() is its mode. */
int control_socket_listen(const char *path, gid_t group, int *ret_fd, struct diag *diag)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, err;

	strcpy(addr.sun_path, path);
	err = prepare_folder(path, diag);
	if (!err)
		err = remove_stale(&addr, diag);
	if (err)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return diag_set(diag, -errno, "a socket: %s", strerror(errno));
	if (fchmod(fd, 0600) || bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		err = -errno;
		close(fd);
		return diag_set(diag, err, "the control socket %s cannot be made: %s", path,
				strerror(-err));
	}
	if ((group != CONTROL_SOCKET_NO_GROUP &&
	     (lchown(path, (uid_t)-1, group) || chmod(path, 0660))) ||
	    listen(fd, CONTROL_SOCKET_BACKLOG)) {
		err = diag_set(diag, -errno, "the control socket %s: %s", path, strerror(errno));
		unlink(path);
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

/* That the file is this socket's cannot be asked for; a socket of somebody else's is in no folder of root's. */
bool control_socket_is_at(int fd, const char *path)
{
	struct sockaddr_un addr = { 0 };
	socklen_t size = sizeof(addr), int_size = sizeof(int);
	int listens = 0;
	struct stat st;

	return !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &int_size) && listens &&
	       !getsockname(fd, (struct sockaddr *)&addr, &size) && addr.sun_family == AF_UNIX &&
	       !strncmp(addr.sun_path, path, sizeof(addr.sun_path)) && !lstat(path, &st) && S_ISSOCK(st.st_mode);
}

int control_socket_listen_loopback(const struct listen_address *address, int *ret_fd,
				   struct diag *diag)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(address->port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(address->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int one = 1;
	int fd, err;

	fd = socket(address->is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return diag_set(diag, -errno, "a socket for port %u of the loopback device: %s",
				address->port, strerror(errno));
	/* else who starts anew would have to wait until the last connection is forgotten */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, address->is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
		 address->is_v6 ? sizeof(v6) : sizeof(v4)) ||
	    listen(fd, CONTROL_SOCKET_BACKLOG)) {
		err = diag_set(diag, -errno, "port %u of the loopback device cannot be listened at: %s",
			       address->port, strerror(errno));
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

/* ---- who asks -------------------------------------------------------------------------------- */

static bool has_group(int fd, gid_t group)
{
	gid_t few[64], *groups = few, *many = NULL;
	socklen_t size = sizeof(few);
	bool found = false;
	size_t i;
	int err;

	err = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size);
	if (err && errno == ERANGE) {
		groups = many = malloc(size);
		err = many ? getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, many, &size) : -1;
	}
	for (i = 0; !err && !found && i < size / sizeof(gid_t); i++)
		found = groups[i] == group;
	free(many);
	return found;
}

bool control_socket_peer(int fd, gid_t group, uid_t *ret_uid, pid_t *ret_pid)
{
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) || size != sizeof(peer))
		return false;
	*ret_uid = peer.uid;
	*ret_pid = peer.pid;
	if (!peer.uid || peer.uid == geteuid())
		return true;
	if (group == CONTROL_SOCKET_NO_GROUP)
		return false;
	return peer.gid == group || has_group(fd, group);
}

/* The text fits the socket's buffer or is lost. */
void control_socket_refuse_with(int fd, const char *text)
{
	ssize_t n = send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);

	(void)n;
	close(fd);
}

void control_socket_refuse(int fd, int code, const char *sentence)
{
	char text[256];

	snprintf(text, sizeof(text), "{\"ok\":false,\"status\":%d,\"error\":\"%s\"}\n", code, sentence);
	control_socket_refuse_with(fd, text);
}
