/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_socket.h - the control socket's file, and who may ask at it. Supervisor's thread.
 * Non-logging.
 */
#ifndef CLAND_CONTROL_SOCKET_H
#define CLAND_CONTROL_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "diag.h"
#include "listen_address.h"

#define CONTROL_SOCKET_BACKLOG 16
#define CONTROL_SOCKET_PATH_MAX 108	/* bytes of a socket's path, its '\0' included */
#define CONTROL_SOCKET_NO_GROUP ((gid_t)-1)

/* control_socket_listen - for control_open(), which says what it returns. The path fits. */
int control_socket_listen(const char *path, gid_t group, int *ret_fd, struct diag *diag);

/* control_socket_is_at - whether fd listens there, as control_socket_listen() has it. */
bool control_socket_is_at(int fd, const char *path);

/* control_socket_listen_loopback - the same at an address that other machines cannot reach. */
int control_socket_listen_loopback(const struct listen_address *address, int *ret_fd,
				   struct diag *diag);

/* control_socket_peer - who is at the other end. Returns whether that user may ask. */
bool control_socket_peer(int fd, gid_t group, uid_t *ret_uid, pid_t *ret_pid);

/* control_socket_refuse - one short line to somebody who gets no place, and the end of it. */
void control_socket_refuse(int fd, int code, const char *sentence);
void control_socket_refuse_with(int fd, const char *text);

#endif
