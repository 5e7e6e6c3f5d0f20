/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_answer.h - answers as objects and as the line that is sent. Pure: no I/O. Non-logging.
 * NULL stands for "no memory" in all of it, and is taken where an answer is.
 */
#ifndef CLAND_CONTROL_ANSWER_H
#define CLAND_CONTROL_ANSWER_H

#include <stddef.h>

#include "diag.h"

struct json_object;

/* control_answer_ok - a success, to which a command adds its fields. */
struct json_object *control_answer_ok(void);

/* control_answer_error - a failure: its EXIT_CODE_* and its sentence. */
struct json_object *control_answer_error(int code, const struct diag *diag);

/* control_answer_line - the text with its newline, to be freed; takes the answer over. NULL, too, when
 * it is longer than CONTROL_ANSWER_MAX. */
char *control_answer_line(struct json_object *answer, size_t *ret_len);

#endif
