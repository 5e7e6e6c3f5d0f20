/* SPDX-License-Identifier: GPL-2.0-only */
#include "control_answer.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "control_text.h"

struct json_object *control_answer_ok(void)
{
	struct json_object *answer = json_object_new_object();

	if (answer)
		json_object_object_add(answer, "ok", json_object_new_boolean(true));
	return answer;
}

struct json_object *control_answer_error(int code, const struct diag *diag)
{
	struct json_object *answer = json_object_new_object();

	if (!answer)
		return NULL;
	json_object_object_add(answer, "ok", json_object_new_boolean(false));
	json_object_object_add(answer, "status", json_object_new_int(code));
	json_object_object_add(answer, "error", control_text(diag->text));
	return answer;
}

char *control_answer_line(struct json_object *answer, size_t *ret_len)
{
	const char *text = NULL;
	char *line = NULL;
	size_t len = 0;

	if (answer)
		text = json_object_to_json_string_length(
			answer, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (text && len < CONTROL_ANSWER_MAX)
		line = malloc(len + 1);
	if (line) {
		memcpy(line, text, len);
		line[len] = '\n';
		*ret_len = len + 1;
	}
	json_object_put(answer);
	return line;
}
