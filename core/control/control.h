/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control.h - the control socket: a UNIX stream socket that speaks JSON, one request and one answer
 * a line (docs/control.md). It knows who may ask and what a well-formed request is; what a command
 * does is its caller's.
 *
 * Runs on the supervisor's thread and never blocks it: whatever clients send, or do not read, costs
 * a bounded amount of memory and of time in each call. Non-logging.
 * control.c has the turns of it all; connections are control_client.h's, the socket's file and who
 * may ask control_socket.h's, what a line asks for control_request.h's, and answers
 * control_answer.h's.
 */
#ifndef CLAND_CONTROL_H
#define CLAND_CONTROL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "diag.h"

#define CONTROL_DEFAULT_PATH "/run/scx-cland/control.sock"
#define CONTROL_GROUP "scx-cland"
#define CONTROL_MAX_CLIENTS 32
#define CONTROL_LINE_MAX 65536		/* bytes of a request, its newline included */
#define CONTROL_ANSWER_MAX 262144	/* bytes of an answer */

struct json_object;
struct control;

enum control_arg_type {
	CONTROL_ARG_NONE,	/* ends a command's arguments */
	CONTROL_ARG_STRING,	/* not empty, no control characters, at most max bytes */
	CONTROL_ARG_NUMBER,	/* a whole number, 1 to max */
	CONTROL_ARG_STRINGS,	/* a list of 1 to 64 such strings */
};

struct control_arg {
	const char *name;
	enum control_arg_type type;
	bool required;
	uint64_t max;
	const char *help;
};

#define CONTROL_MAX_ARGS 6

/* A request as a command's function sees it. */
struct control_request {
	struct json_object *args;	/* an object, checked against the command's table; borrowed */
	uint64_t ticket;		/* to answer it later with control_answer(); never 0 */
	uid_t uid;			/* who asks */
	pid_t pid;
};

/* One row of a command table. */
struct control_command {
	const char *name;
	const char *help;
	struct control_arg args[CONTROL_MAX_ARGS + 1];

	/*
	 * Does it, adding fields to answer (an object with "ok" set, borrowed). Returns
	 * EXIT_CODE_OK, another EXIT_CODE_* with a sentence in diag, or -EINPROGRESS when
	 * control_answer() will be called for the ticket.
	 */
	int (*run)(void *ctx, const struct control_request *request, struct json_object *answer,
		   struct diag *diag);
};

/*
 * control_open - listen on the socket at path. Its folder is made (0755) when only that is missing;
 * the socket of a daemon that is gone is replaced. listen_fd, unless -1, is what the program that
 * this process was before has listened with: it is gone on with if it is at path, else closed.
 * Root, the daemon's own user and, where the group CONTROL_GROUP exists, its members may ask.
 * commands, of nr rows, and ctx must stay valid until control_close().
 * Returns 0, or -errno with a sentence: -EADDRINUSE when somebody answers there, -EEXIST when it is
 * not a socket, -EPERM when the folder is not safe.
 */
int control_open(const char *path, int listen_fd, const struct control_command *commands, size_t nr, void *ctx,
		 struct control **ret_control, struct diag *diag);

/* control_listen_fd - what it listens with, borrowed. */
int control_listen_fd(const struct control *control);

/*
 * Another protocol of lines, at a socket of its own: what is said at the control socket is then not
 * a request of docs/control.md. Places for clients, limits and manners are the same.
 */
struct control_speech {
	unsigned int lines_per_turn;	/* of one client; others come first then */
	size_t line_max;		/* bytes, without the newline; at most CONTROL_LINE_MAX - 1 */
	bool anybody;			/* may ask; else who may at the control socket */
	const char *too_long, *busy, *forbidden; /* what those are told, whole */

	/*
	 * What is said to a line of len bytes: *ret_len bytes to be freed, or NULL when there is
	 * nothing to say yet. The byte behind the line is its newline. *state is 0 for a client's
	 * first line, and then what the line before has left. *ret_last ends the connection, after
	 * what is said; *ret_refused: it was no request.
	 */
	char *(*line)(void *ctx, uint64_t *state, const char *line, size_t len, size_t *ret_len,
		      bool *ret_last, bool *ret_refused);
};

/*
 * control_open_speech - as control_open(), for another protocol. The address is an absolute path,
 * or one of the loopback device (listen_address.h); speech and ctx must stay valid until
 * control_close().
 */
int control_open_speech(const char *address, const struct control_speech *speech, void *ctx,
			struct control **ret_control, struct diag *diag);

/* control_fd - becomes readable when control_serve() has something to do. Owned by control. */
int control_fd(const struct control *control);

/* control_serve - accept, read, run commands and answer as far as that goes without waiting. */
void control_serve(struct control *control);

/*
 * control_answer - the answer to a request whose function returned -EINPROGRESS. code is an
 * EXIT_CODE_*; answer holds the fields of a success (NULL: none; borrowed), diag the sentence of a
 * failure. The client may have gone: then nothing happens. Not to be called from within a command.
 */
void control_answer(struct control *control, uint64_t ticket, int code, struct json_object *answer,
		    const struct diag *diag);

/* What has come in since control_open(). */
struct control_counts {
	uint64_t nr_requests;	 /* lines, the refused ones among them */
	uint64_t nr_refused;	 /* requests that were none, or of no known command or arguments */
	uint64_t nr_turned_away; /* callers who may not ask, or for whom there was no place */
};

/* control_counts - of all clients together. Any moment, also within a command. */
void control_counts(const struct control *control, struct control_counts *ret_counts);

/* control_nr_clients - for tests. */
unsigned int control_nr_clients(const struct control *control);

/* control_close - end all connections and take the socket's file away. NULL is allowed. */
void control_close(struct control *control);

#endif
