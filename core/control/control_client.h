/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_client.h - one connection: its buffers, and what epoll watches of it. What its lines mean
 * is not known here. Non-logging.
 */
#ifndef CLAND_CONTROL_CLIENT_H
#define CLAND_CONTROL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct control_client {
	int fd;			/* -1: a free place */
	uid_t uid;
	pid_t pid;
	uint64_t ticket;	/* of the request that is being worked on; 0: none */
	uint64_t speech_state;	/* of another protocol than the control socket's */
	uint64_t last_served;	/* the serve call that last heard of it */
	bool eof;		/* it will send nothing more */
	bool closing;		/* end it when the output has been sent */
	bool draining;		/* it has been ended: what it still sends is of no interest */
	size_t nr_drained;	/* bytes of that */
	char *in;		/* CONTROL_LINE_MAX bytes */
	size_t in_len;
	char *out;		/* what could not be sent at once */
	size_t out_len, out_sent;
	uint32_t events;	/* that epoll watches */
};

bool control_client_is_free(const struct control_client *client);

/* control_client_close - make its place free; it may be so already. */
void control_client_close(struct control_client *client);

/* control_client_watch - watch for what comes next: room for the rest of the answer, or a request. */
void control_client_watch(struct control_client *client, int epoll_fd);

/* The rest returns whether the client is still there. */

/* control_client_flush - send of the output what goes without waiting. */
bool control_client_flush(struct control_client *client);

/* control_client_send - a line of len bytes, taken over; NULL ends the connection, so that nobody
 * waits in vain. There is no other output. */
bool control_client_send(struct control_client *client, char *line, size_t len);

/*
 * control_client_drain - throw away what it still sends after its last answer. Were the connection
 * closed while there is something unread, the kernel would take the answer back from whoever has
 * not read it yet.
 */
bool control_client_drain(struct control_client *client);

/* control_client_read - what has come, as far as there is room. */
bool control_client_read(struct control_client *client);

#endif
