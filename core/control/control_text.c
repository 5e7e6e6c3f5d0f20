/* SPDX-License-Identifier: GPL-2.0-only */
#include "control_text.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

bool control_text_is_utf8(const char *text, size_t len)
{
	size_t at, step;

	for (at = 0; at < len; at += step) {
		step = utf8_letter_len(text + at);
		if (!step)
			return false;
	}
	return true;
}

struct json_object *control_text(const char *text)
{
	struct json_object *string;
	char *clean = strdup(text);
	size_t at, len;

	if (!clean)
		return NULL;
	for (at = 0; clean[at]; at += len ? len : 1) {
		len = utf8_letter_len(clean + at);
		if (!len)
			clean[at] = '?';
	}
	string = json_object_new_string(clean);
	free(clean);
	return string;
}
