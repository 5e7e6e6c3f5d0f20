/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats_json.h - the figures of stats.h as JSON, and the way in which sched_ext's tools ask for
 * them (scx_stats): a request {"req":...,"args":{...}} a line, an answer
 * {"errno":...,"args":{"resp":...}}. docs/statistics.md describes both. Pure: no I/O. Any thread,
 * non-logging. NULL stands for "no memory".
 */
#ifndef CLAND_STATS_JSON_H
#define CLAND_STATS_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "diag.h"
#include "stats.h"

struct json_object;

/* stats_json - the values, by their names; the caller's, as the next one. */
struct json_object *stats_json(const struct stats *stats);

/*
 * stats_json_meta - what the fields of stats_json() are, as scx_stats describes them. The same each
 * time, and one that cannot be told of.
 */
struct json_object *stats_json_meta(void);

/* stats_json_parse - back into values: those that are known here; others stay 0. Returns 0 or -EINVAL. */
int stats_json_parse(struct json_object *object, struct stats *ret_stats);

/*
 * stats_json_answer - the answer to a line of len bytes without its newline; the byte behind it is
 * readable. A line with a newline of its own, to be freed. ret_understood: else it is an error.
 */
char *stats_json_answer(const struct stats *stats, const char *line, size_t len, size_t *ret_len,
			bool *ret_understood);

/* stats_json_error - an answer that is an error, by its errno; likewise. */
char *stats_json_error(int number, const char *sentence, size_t *ret_len);

/* stats_json_resp - what a program gets that has asked: the figures of an answer, or NULL with a
 * sentence. The caller's. */
struct json_object *stats_json_resp(const char *line, size_t len, struct diag *diag);

#endif
