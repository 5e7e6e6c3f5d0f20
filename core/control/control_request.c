/* SPDX-License-Identifier: GPL-2.0-only */
#include "control_request.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "control_text.h"
#include "exit_codes.h"
#include "suggest.h"

#define NESTING_MAX 8		/* a sound request has 3 */
#define MAX_STRINGS 64
#define COMMAND_MAX 65535 /* as many bytes as a request; what is no command is told so */

static int check_string(const char *name, struct json_object *value, uint64_t max,
			struct diag *diag)
{
	const char *text = json_object_get_string(value);
	size_t len, i;

	if (!json_object_is_type(value, json_type_string))
		return diag_set(diag, EXIT_CODE_USAGE, "argument '%s' must be a string", name);
	len = (size_t)json_object_get_string_len(value);
	if (!len || len > max)
		return diag_set(diag, EXIT_CODE_USAGE, "argument '%s' is %zu bytes long; expected 1 to "
				"%" PRIu64, name, len, max);
	for (i = 0; i < len; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return diag_set(diag, EXIT_CODE_USAGE, "argument '%s' has a control character "
					"(0x%02x) in it", name, (unsigned char)text[i]);
	}
	return 0;
}

static int check_number(const char *name, struct json_object *value, uint64_t max,
			struct diag *diag)
{
	/* clamped to its type where it does not fit, which is beyond any max then */
	if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 1 ||
	    json_object_get_uint64(value) > max)
		return diag_set(diag, EXIT_CODE_USAGE, "argument '%s' must be a whole number from 1 to "
				"%" PRIu64, name, max);
	return 0;
}

static int check_strings(const char *name, struct json_object *value, uint64_t max,
			 struct diag *diag)
{
	size_t i, nr;
	int code = 0;

	if (!json_object_is_type(value, json_type_array) ||
	    !(nr = json_object_array_length(value)) || nr > MAX_STRINGS)
		return diag_set(diag, EXIT_CODE_USAGE, "argument '%s' must be a list of 1 to %d strings",
				name, MAX_STRINGS);
	for (i = 0; !code && i < nr; i++)
		code = check_string(name, json_object_array_get_idx(value, i), max, diag);
	return code;
}

static int check_arg(const struct control_arg *arg, struct json_object *value, struct diag *diag)
{
	switch (arg->type) {
	case CONTROL_ARG_STRING:
		return check_string(arg->name, value, arg->max, diag);
	case CONTROL_ARG_NUMBER:
		return check_number(arg->name, value, arg->max, diag);
	case CONTROL_ARG_STRINGS:
		return check_strings(arg->name, value, arg->max, diag);
	case CONTROL_ARG_NONE:
		break;
	}
	return diag_set(diag, EXIT_CODE_FAILED, "argument '%s' is of no known type", arg->name);
}

static int check_args(const struct control_command *command, struct json_object *args,
		      struct diag *diag)
{
	const struct control_arg *arg;
	struct suggest suggest;
	char name[64];
	int code;

	json_object_object_foreach(args, key, value) {
		snprintf(name, sizeof(name), "%s", key);
		suggest_init(&suggest, name);
		for (arg = command->args; arg->type != CONTROL_ARG_NONE; arg++) {
			suggest_try(&suggest, arg->name);
			if (!strcmp(arg->name, key))
				break;
		}
		if (arg->type == CONTROL_ARG_NONE)
			return diag_set(diag, EXIT_CODE_USAGE, "command %s has no argument '%s'%s",
					command->name, name, suggest_hint(&suggest));
		code = check_arg(arg, value, diag);
		if (code)
			return code;
	}
	for (arg = command->args; arg->type != CONTROL_ARG_NONE; arg++) {
		if (arg->required && !json_object_object_get_ex(args, arg->name, NULL))
			return diag_set(diag, EXIT_CODE_USAGE, "command %s needs the argument '%s': %s",
					command->name, arg->name, arg->help);
	}
	return 0;
}

static const struct control_command *find_command(const struct control_command *commands, size_t nr,
						  const char *name, struct diag *diag)
{
	struct suggest suggest;
	char word[64];
	size_t i;

	snprintf(word, sizeof(word), "%s", name);
	suggest_init(&suggest, word);
	for (i = 0; i < nr; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
		suggest_try(&suggest, commands[i].name);
	}
	diag_set(diag, EXIT_CODE_USAGE, "there is no command '%s'%s", word, suggest_hint(&suggest));
	return NULL;
}

bool control_request_is_blank(const char *line, size_t len)
{
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t' || line[len - 1] == '\r'))
		len--;
	return !len;
}

struct json_object *control_request_parse(const char *line, size_t len, struct diag *diag)
{
	size_t end;
	struct json_tokener *tokener;
	struct json_object *request = NULL;
	enum json_tokener_error error = json_tokener_success;

	if (memchr(line, '\0', len)) {
		diag_set(diag, 0, "the request has a NUL byte in it; expected one JSON object a line");
		return NULL;
	}
	/*
	 * Neither this nor what comes behind the object is left to json-c: where it is strict, 0.18
	 * (Debian 13) takes letters beyond ASCII for control characters.
	 */
	if (!control_text_is_utf8(line, len)) {
		diag_set(diag, 0, "the request is not JSON: it is not UTF-8");
		return NULL;
	}
	tokener = json_tokener_new_ex(NESTING_MAX);
	if (!tokener) {
		diag_set(diag, 0, "no memory for the request");
		return NULL;
	}
	/* the newline, which is there, ends numbers and the like */
	request = json_tokener_parse_ex(tokener, line, (int)len + 1);
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error == json_tokener_success &&
	    !control_request_is_blank(line + end, end < len ? len - end : 0))
		error = json_tokener_error_parse_unexpected;
	if (error == json_tokener_success && json_object_is_type(request, json_type_object))
		return request;
	json_object_put(request);
	if (error == json_tokener_success || error == json_tokener_continue)
		diag_set(diag, 0, "the request is not a whole JSON object; expected one a line");
	else
		diag_set(diag, 0, "the request is not JSON: %s", json_tokener_error_desc(error));
	return NULL;
}

/* Only these two members may be there. */
const struct control_command *control_request_command(const struct control_command *commands,
						      size_t nr, struct json_object *request,
						      struct json_object **ret_args,
						      struct diag *diag)
{
	const struct control_command *command;
	struct json_object *name = NULL, *args = NULL;

	json_object_object_foreach(request, key, value) {
		if (!strcmp(key, "command")) {
			name = value;
		} else if (!strcmp(key, "args")) {
			args = value;
			if (!json_object_is_type(args, json_type_object)) {
				diag_set(diag, 0, "'args' must be an object");
				return NULL;
			}
		} else {
			diag_set(diag, 0, "a request has 'command' and 'args', and no '%.64s'", key);
			return NULL;
		}
	}
	if (!json_object_is_type(name, json_type_string)) {
		diag_set(diag, 0, "the request has no 'command', which must be a string");
		return NULL;
	}
	/* "stop\u0000..." is not stop */
	if (check_string("command", name, COMMAND_MAX, diag))
		return NULL;
	command = find_command(commands, nr, json_object_get_string(name), diag);
	if (!command)
		return NULL;
	if (!args) {
		/* part of the request from now on, and freed with it */
		args = json_object_new_object();
		if (!args || json_object_object_add(request, "args", args)) {
			diag_set(diag, 0, "no memory for the request");
			return NULL;
		}
	}
	if (check_args(command, args, diag))
		return NULL;
	*ret_args = args;
	return command;
}
