/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_client.h - one question to the daemon, and its answer (docs/control.md).
 * The clandctl_*.c files that use it include json-c themselves.
 */
#ifndef CLAND_CLANDCTL_CLIENT_H
#define CLAND_CLANDCTL_CLIENT_H

#include "diag.h"

struct json_object;
struct stats;

#define CLIENT_QUICK_S 10	/* for what the daemon answers at once */
#define CLIENT_CHANGE_S 60	/* for a change of policy, which may load and rehearse for a while */

/*
 * client_ask - send the command, with args (taken over; NULL: none), and wait timeout_s for the
 * answer. Returns EXIT_CODE_OK and the answer, which the caller frees with json_object_put(), or
 * another EXIT_CODE_*, by the daemon or of our own, with a sentence in diag.
 */
int client_ask(const char *command, struct json_object *args, int timeout_s,
	       struct json_object **ret_answer, struct diag *diag);

/* client_ask_stats - the daemon's figures. Returns EXIT_CODE_OK, or as client_ask(). */
int client_ask_stats(int timeout_s, struct stats *ret_stats, struct diag *diag);

/* client_text, client_number, client_bool - a field, or "", 0, false when it is not there. */
const char *client_text(struct json_object *object, const char *name);
unsigned long long client_number(struct json_object *object, const char *name);
int client_bool(struct json_object *object, const char *name);

/* client_object - a field that is an object or a list; NULL when it is not there. */
struct json_object *client_object(struct json_object *object, const char *name);

#endif
