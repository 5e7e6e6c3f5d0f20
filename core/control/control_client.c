/* SPDX-License-Identifier: GPL-2.0-only */
#include "control_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"

#define READ_CHUNK 16384
#define DRAIN_MAX 16777216	/* bytes that an ended one may still send before it is cut off */

bool control_client_is_free(const struct control_client *client)
{
	return client->fd < 0;
}

void control_client_close(struct control_client *client)
{
	if (control_client_is_free(client))
		return;
	close(client->fd);
	free(client->in);
	free(client->out);
	memset(client, 0, sizeof(*client));
	client->fd = -1;
}

/* Only one request of a client is in work: it is not read from until it has taken the answer. */
void control_client_watch(struct control_client *client, int epoll_fd)
{
	struct epoll_event event = { .data.ptr = client };
	bool room = client->in_len < CONTROL_LINE_MAX;

	if (client->out)
		event.events = EPOLLOUT;
	else if (client->draining)
		event.events = EPOLLIN;
	else if (!client->ticket && !client->eof && !client->closing && room)
		event.events = EPOLLIN;
	if (event.events == client->events)
		return;
	client->events = event.events;
	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, client->fd, &event);
}

/* It is told that nothing more comes, and is closed as soon as it has closed. */
static bool end(struct control_client *client)
{
	if (client->eof || shutdown(client->fd, SHUT_WR)) {
		control_client_close(client);
		return false;
	}
	client->draining = true;
	return true;
}

bool control_client_flush(struct control_client *client)
{
	ssize_t n;

	while (client->out) {
		n = send(client->fd, client->out + client->out_sent,
			 client->out_len - client->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0) {
			control_client_close(client);
			return false;
		}
		client->out_sent += (size_t)n;
		if (client->out_sent < client->out_len)
			continue;
		free(client->out);
		client->out = NULL;
		client->out_len = client->out_sent = 0;
	}
	return client->closing ? end(client) : true;
}

bool control_client_drain(struct control_client *client)
{
	ssize_t n = recv(client->fd, client->in, READ_CHUNK, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n > 0)
		client->nr_drained += (size_t)n;
	if (n > 0 && client->nr_drained <= DRAIN_MAX)
		return true;
	control_client_close(client);
	return false;
}

bool control_client_send(struct control_client *client, char *line, size_t len)
{
	if (!line) {
		control_client_close(client);
		return false;
	}
	client->out = line;
	client->out_len = len;
	client->out_sent = 0;
	return control_client_flush(client);
}

bool control_client_read(struct control_client *client)
{
	size_t room = CONTROL_LINE_MAX - client->in_len;
	ssize_t n;

	n = recv(client->fd, client->in + client->in_len, room < READ_CHUNK ? room : READ_CHUNK,
		 MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n < 0) {
		control_client_close(client);
		return false;
	}
	if (n == 0)
		client->eof = true;
	client->in_len += (size_t)n;
	return true;
}
