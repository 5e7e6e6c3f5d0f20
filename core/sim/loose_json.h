/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * loose_json.h - JSON as people write it for rt-app, read into a tree that knows the line of each
 * value and keeps members of the same name, in order: which a library for strict JSON does not.
 *
 * Besides JSON there may be comments as in C, a comma behind the last value, and members without a
 * value, which are "": rt-app's own examples have all of these. Non-logging.
 */
#ifndef CLAND_SIM_LOOSE_JSON_H
#define CLAND_SIM_LOOSE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"

enum loose_json_kind {
	LOOSE_JSON_NULL,
	LOOSE_JSON_BOOL,
	LOOSE_JSON_NUMBER,
	LOOSE_JSON_STRING,
	LOOSE_JSON_OBJECT,
	LOOSE_JSON_ARRAY,
};

struct loose_node {
	enum loose_json_kind kind;
	unsigned int line;
	const char *key;	/* of a member; else NULL */
	const char *string;
	int64_t number;
	bool is_whole;		/* number is all of it: no fraction, no exponent, not too large */
	bool truth;
	struct loose_node *child, *next; /* the first in it; the one behind it in what it is in */
};

struct loose_json;

/* loose_json_parse - Returns 0, a tree, and its root; or -EINVAL, -ENOMEM with a sentence. */
int loose_json_parse(const char *path, const char *text, size_t size, struct loose_json **ret_tree,
		    const struct loose_node **ret_root, struct diag *diag);

/* loose_json_free - the nodes and their strings. Accepts NULL. */
void loose_json_free(struct loose_json *tree);

/* loose_json_member - the first member of that name, or NULL. */
const struct loose_node *loose_json_member(const struct loose_node *object, const char *key);

/* loose_json_kind - "a string", "an object" ... */
const char *loose_json_kind(enum loose_json_kind kind);

#endif
