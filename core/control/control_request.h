/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_request.h - what a client's line asks for: JSON, of the form that docs/control.md gives,
 * with a command of the table and arguments of its types. Pure: no I/O. Non-logging.
 */
#ifndef CLAND_CONTROL_REQUEST_H
#define CLAND_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "control.h"

/* control_request_is_blank - a line of spaces is no request; who types one by hand needs no error. */
bool control_request_is_blank(const char *line, size_t len);

/*
 * control_request_parse - the request as an object, which is the caller's. The byte behind the line
 * is its newline. Returns NULL with a sentence when it is none.
 */
struct json_object *control_request_parse(const char *line, size_t len, struct diag *diag);

/*
 * control_request_command - what it asks for, of the nr commands. *ret_args belongs to the request.
 * Returns NULL with a sentence when it is not understood.
 */
const struct control_command *control_request_command(const struct control_command *commands,
						      size_t nr, struct json_object *request,
						      struct json_object **ret_args,
						      struct diag *diag);

#endif
