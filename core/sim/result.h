/* SPDX-License-Identifier: GPL-2.0-only */
/* result.h - what `clandsim run --json` has printed, for the commands that start such runs. */
#ifndef CLAND_SIM_RESULT_H
#define CLAND_SIM_RESULT_H

#include <json-c/json.h>

/* result_member - of an object; NULL when it has none of that name. Stays the object's. */
static inline struct json_object *result_member(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? value : NULL;
}

/* result_number - likewise as a number; 0 when there is none. */
static inline double result_number(struct json_object *object, const char *key)
{
	return json_object_get_double(result_member(object, key));
}

#endif
