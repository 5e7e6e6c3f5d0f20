/* SPDX-License-Identifier: GPL-2.0-only */
#include "control.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accounts.h"
#include "control_answer.h"
#include "control_client.h"
#include "control_request.h"
#include "control_socket.h"
#include "exit_codes.h"
#include "listen_address.h"

#define LINES_PER_SERVE 8	/* of one client; others come first then */

struct control {
	char path[CONTROL_SOCKET_PATH_MAX];	/* "": it is none in the file system */
	int listen_fd;
	int epoll_fd;
	int again_fd;		/* readable: complete lines are left over */
	bool again;
	gid_t group;		/* CONTROL_SOCKET_NO_GROUP: there is none */
	uint64_t next_ticket;
	uint64_t nr_served;
	bool in_command;
	struct control_counts counts;
	const struct control_command *commands;
	size_t nr_commands;
	const struct control_speech *speech;	/* NULL: requests and commands */
	void *ctx;
	struct control_client clients[CONTROL_MAX_CLIENTS];
};

/* ---- requests -------------------------------------------------------------------------------- */

/* Takes the answer over. Returns whether the client is still there. */
static bool send_answer(struct control_client *client, struct json_object *answer)
{
	size_t len = 0;
	char *line = control_answer_line(answer, &len);

	return control_client_send(client, line, len);
}

/* Returns whether the client is still there. */
static bool speech_line(struct control *control, struct control_client *client, const char *line,
			size_t len)
{
	const struct control_speech *speech = control->speech;
	bool last = false, refused = false;
	size_t said_len = 0;
	char *said;

	if (len > speech->line_max) {
		said = strdup(speech->too_long);
		said_len = said ? strlen(said) : 0;
		last = refused = true;
	} else {
		said = speech->line(control->ctx, &client->speech_state, line, len, &said_len, &last,
				    &refused);
	}
	control->counts.nr_requests += said || last;
	control->counts.nr_refused += refused;
	if (!said && !last)
		return true;
	client->closing = last;
	return control_client_send(client, said, said_len);
}

/* Returns whether the client is still there. */
static bool client_line(struct control *control, struct control_client *client, const char *line,
			size_t len)
{
	const struct control_command *command = NULL;
	struct control_request asked = { .uid = client->uid, .pid = client->pid };
	struct json_object *request, *answer = NULL;
	struct diag diag = { "" };
	int code = EXIT_CODE_USAGE;

	if (control->speech)
		return speech_line(control, client, line, len);
	if (control_request_is_blank(line, len))
		return true;
	control->counts.nr_requests++;
	request = control_request_parse(line, len, &diag);
	if (request)
		command = control_request_command(control->commands, control->nr_commands,
						  request, &asked.args, &diag);
	if (command) {
		answer = control_answer_ok();
		asked.ticket = client->ticket = ++control->next_ticket;
		control->in_command = true;
		code = answer ? command->run(control->ctx, &asked, answer, &diag)
			      : diag_set(&diag, EXIT_CODE_FAILED, "no memory for the answer");
		control->in_command = false;
	} else {
		control->counts.nr_refused++;
	}
	json_object_put(request);
	if (code == -EINPROGRESS) {
		json_object_put(answer);
		return true;
	}
	client->ticket = 0;
	if (code != EXIT_CODE_OK) {
		json_object_put(answer);
		answer = control_answer_error(code, &diag);
	}
	return send_answer(client, answer);
}

/* Run what has come in. Returns whether the client is still there. */
static bool client_lines(struct control *control, struct control_client *client)
{
	const struct control_speech *speech = control->speech;
	size_t at = 0, len, line_max = speech ? speech->line_max : CONTROL_LINE_MAX - 1;
	unsigned int nr = 0;

	while (!client->ticket && !client->out && !client->closing) {
		char *newline = memchr(client->in + at, '\n', client->in_len - at);

		if (!newline)
			break;
		if (nr++ == (speech ? speech->lines_per_turn : LINES_PER_SERVE)) {
			control->again = true;
			break;
		}
		len = (size_t)(newline - (client->in + at));
		if (!client_line(control, client, client->in + at, len))
			return false;
		at += len + 1;
	}
	client->in_len -= at;
	memmove(client->in, client->in + at, client->in_len);

	if (client->ticket || client->out || client->closing)
		return true;
	if (client->in_len > line_max && !memchr(client->in, '\n', client->in_len)) {
		struct diag diag;

		if (speech)
			return speech_line(control, client, client->in, client->in_len);

		diag_set(&diag, 0, "the request is longer than %d bytes", CONTROL_LINE_MAX - 1);
		control->counts.nr_requests++;
		control->counts.nr_refused++;
		client->closing = true;
		return send_answer(client, control_answer_error(EXIT_CODE_USAGE, &diag));
	}
	if (client->eof && !control->again) {
		control_client_close(client);
		return false;
	}
	return true;
}

static void client_event(struct control *control, struct control_client *client, uint32_t events)
{
	client->last_served = control->nr_served;
	if (client->draining) {
		control_client_drain(client);
		return;
	}
	if (client->out) {
		if (!control_client_flush(client))
			return;
	} else if (client->events & EPOLLIN) {
		if (!control_client_read(client))
			return;
	} else if (events & (EPOLLHUP | EPOLLERR)) {
		/* gone, with nobody left to take the answer */
		control_client_close(client);
		return;
	}
	if (client_lines(control, client))
		control_client_watch(client, control->epoll_fd);
}

/* ---- new clients ----------------------------------------------------------------------------- */

/*
 * A free place, or that of the client which has been silent longest and waits for nothing, so that
 * idle connections keep nobody out. NULL: everybody is being served.
 */
static struct control_client *find_place(struct control *control)
{
	struct control_client *oldest = NULL, *client;

	for (client = control->clients; client < control->clients + CONTROL_MAX_CLIENTS; client++) {
		if (control_client_is_free(client))
			return client;
		if (!client->ticket && (!oldest || client->last_served < oldest->last_served))
			oldest = client;
	}
	if (oldest)
		control_client_close(oldest);
	return oldest;
}

/* said: in the words of another protocol; NULL: it is the control socket's. */
static void turn_away(struct control *control, int fd, const char *said, int code,
		      const char *sentence)
{
	control->counts.nr_turned_away++;
	if (said)
		control_socket_refuse_with(fd, said);
	else
		control_socket_refuse(fd, code, sentence);
}

static void client_accept(struct control *control, int fd)
{
	const struct control_speech *speech = control->speech;
	struct epoll_event event = { .events = EPOLLIN };
	struct control_client *client;
	uid_t uid = (uid_t)-1;
	pid_t pid = 0;
	char *in;

	if (!(speech && speech->anybody) &&
	    !control_socket_peer(fd, control->group, &uid, &pid)) {
		turn_away(control, fd, speech ? speech->forbidden : NULL, EXIT_CODE_NO_PRIVILEGE,
			  "only root and members of the group " CONTROL_GROUP " may ask scx-cland");
		return;
	}
	client = find_place(control);
	in = malloc(CONTROL_LINE_MAX);
	event.data.ptr = client;
	if (!client || !in || epoll_ctl(control->epoll_fd, EPOLL_CTL_ADD, fd, &event)) {
		free(in);
		turn_away(control, fd, speech ? speech->busy : NULL, EXIT_CODE_FAILED,
			  "too many clients are waiting; try again later");
		return;
	}
	*client = (struct control_client){
		.fd = fd,
		.uid = uid,
		.pid = pid,
		.last_served = control->nr_served,
		.in = in,
		.events = EPOLLIN,
	};
}

static void accept_clients(struct control *control)
{
	int i, fd;

	for (i = 0; i < CONTROL_SOCKET_BACKLOG; i++) {
		fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		client_accept(control, fd);
	}
}

/* ---- for the supervisor ---------------------------------------------------------------------- */

static int watch(struct control *control, int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

	return epoll_ctl(control->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* The address is checked; the folder and all that is wrong with it is control_socket.h's. */
static int listen_at(struct control *control, const char *address, struct diag *diag)
{
	struct listen_address at;

	if (address[0] == '/') {
		if (strlen(address) >= sizeof(control->path))
			return diag_set(diag, -ENAMETOOLONG, "the control socket's path has %zu bytes; "
					"at most %zu fit", strlen(address), sizeof(control->path) - 1);
		strcpy(control->path, address);
		if (control->listen_fd >= 0 && control_socket_is_at(control->listen_fd, address))
			return 0;
		if (control->listen_fd >= 0)
			close(control->listen_fd);
		control->listen_fd = -1;
		return control_socket_listen(address, control->group, &control->listen_fd, diag);
	}
	if (listen_address_parse(address, &at))
		return diag_set(diag, -EINVAL, "'%.128s' is no address to listen at", address);
	return control_socket_listen_loopback(&at, &control->listen_fd, diag);
}

/* Returns a control that listens, and knows nothing of what is said. */
static int open_at(const char *address, int listen_fd, void *ctx, struct control **ret_control,
		   struct diag *diag)
{
	gid_t group = CONTROL_SOCKET_NO_GROUP;
	struct control *control;
	size_t i;
	int err;

	control = calloc(1, sizeof(*control));
	if (!control) {
		if (listen_fd >= 0)
			close(listen_fd);
		return diag_set(diag, -ENOMEM, "no memory for the control socket");
	}
	accounts_group(ACCOUNTS_GROUPS, CONTROL_GROUP, &group);
	control->group = group;
	control->ctx = ctx;
	control->listen_fd = listen_fd;
	for (i = 0; i < CONTROL_MAX_CLIENTS; i++)
		control->clients[i].fd = -1;
	control->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	control->again_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (control->epoll_fd < 0 || control->again_fd < 0) {
		err = diag_set(diag, -errno, "the control socket: %s", strerror(errno));
		goto fail;
	}
	err = listen_at(control, address, diag);
	if (err)
		goto fail;
	err = watch(control, control->listen_fd, &control->listen_fd);
	if (!err)
		err = watch(control, control->again_fd, &control->again_fd);
	if (err) {
		diag_set(diag, err, "the control socket: %s", strerror(-err));
		goto fail;
	}
	*ret_control = control;
	return 0;
fail:
	control_close(control);
	return err;
}

int control_open(const char *path, int listen_fd, const struct control_command *commands, size_t nr, void *ctx,
		 struct control **ret_control, struct diag *diag)
{
	int err = open_at(path, listen_fd, ctx, ret_control, diag);

	if (!err) {
		(*ret_control)->commands = commands;
		(*ret_control)->nr_commands = nr;
	}
	return err;
}

int control_open_speech(const char *address, const struct control_speech *speech, void *ctx,
			struct control **ret_control, struct diag *diag)
{
	int err = open_at(address, -1, ctx, ret_control, diag);

	if (!err)
		(*ret_control)->speech = speech;
	return err;
}

int control_listen_fd(const struct control *control)
{
	return control->listen_fd;
}

int control_fd(const struct control *control)
{
	return control->epoll_fd;
}

/* Lines that a turn has left over are taken up here, and whoever has sent them need not write. */
static void serve_leftovers(struct control *control)
{
	struct control_client *client;
	uint64_t count;
	ssize_t n = read(control->again_fd, &count, sizeof(count));

	(void)n;
	for (client = control->clients; client < control->clients + CONTROL_MAX_CLIENTS; client++) {
		bool again = control->again;

		if (control_client_is_free(client))
			continue;
		control->again = false;
		if (client_lines(control, client))
			control_client_watch(client, control->epoll_fd);
		control->again |= again;
	}
}

void control_serve(struct control *control)
{
	struct epoll_event events[CONTROL_MAX_CLIENTS + 2];
	bool accepts = false, leftovers = false;
	const uint64_t one = 1;
	ssize_t n;
	int i, nr;

	control->nr_served++;
	nr = epoll_wait(control->epoll_fd, events, CONTROL_MAX_CLIENTS + 2, 0);
	control->again = false;
	for (i = 0; i < nr; i++) {
		if (events[i].data.ptr == &control->listen_fd) {
			accepts = true;
		} else if (events[i].data.ptr == &control->again_fd) {
			leftovers = true;
		} else {
			bool again = control->again;

			control->again = false;
			client_event(control, events[i].data.ptr, events[i].events);
			control->again |= again;
		}
	}
	if (leftovers)
		serve_leftovers(control);
	/* last: a new client may take the place of one that events are about */
	if (accepts)
		accept_clients(control);
	if (control->again) {
		n = write(control->again_fd, &one, sizeof(one));
		(void)n;
	}
}

void control_answer(struct control *control, uint64_t ticket, int code, struct json_object *answer,
		    const struct diag *diag)
{
	struct json_object *whole;
	struct control_client *client;
	const uint64_t one = 1;
	ssize_t n;

	for (client = control->clients; client < control->clients + CONTROL_MAX_CLIENTS; client++) {
		if (!control_client_is_free(client) && client->ticket == ticket)
			break;
	}
	if (client == control->clients + CONTROL_MAX_CLIENTS || !ticket || control->in_command)
		return;
	client->ticket = 0;
	if (code != EXIT_CODE_OK) {
		whole = control_answer_error(code, diag);
	} else {
		whole = control_answer_ok();
		if (whole && answer) {
			json_object_object_foreach(answer, key, value)
				json_object_object_add(whole, key, json_object_get(value));
		}
	}
	if (!send_answer(client, whole))
		return;
	control_client_watch(client, control->epoll_fd);
	/* it may have sent more, or its end, meanwhile */
	n = write(control->again_fd, &one, sizeof(one));
	(void)n;
}

void control_counts(const struct control *control, struct control_counts *ret_counts)
{
	*ret_counts = control->counts;
}

unsigned int control_nr_clients(const struct control *control)
{
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < CONTROL_MAX_CLIENTS; i++)
		nr += !control_client_is_free(&control->clients[i]);
	return nr;
}

void control_close(struct control *control)
{
	size_t i;

	if (!control)
		return;
	for (i = 0; i < CONTROL_MAX_CLIENTS; i++)
		control_client_close(&control->clients[i]);
	if (control->listen_fd >= 0) {
		if (control->path[0])
			unlink(control->path);
		close(control->listen_fd);
	}
	if (control->again_fd >= 0)
		close(control->again_fd);
	if (control->epoll_fd >= 0)
		close(control->epoll_fd);
	free(control);
}
