/* SPDX-License-Identifier: GPL-2.0-only */
#include "stats_json.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "control_answer.h"
#include "control_request.h"
#include "control_text.h"
#include "stats_histogram.h"

/* As scx_stats names a struct of the program's; metrics that come of a field begin with the prefix. */
#define TOP_STRUCT "ClandStats"
#define TIME_STRUCT "ClandTime"
#define TOP_PREFIX "scx_cland_"
#define TIME_PREFIX "scx_cland_time_"

/* The fields of a histogram, but for its buckets. */
static const struct {
	const char *name, *help;
	uint32_t per_1000;	/* 0: it is no percentile */
} time_fields[] = {
	{ "count", "how many there were [count]", 0 },
	{ "sum_ns", "their sum [ns]", 0 },
	{ "p50_ns", "half of them took no longer [ns]", 500 },
	{ "p90_ns", "90 % of them took no longer [ns]", 900 },
	{ "p99_ns", "99 % of them took no longer [ns]", 990 },
	{ "p999_ns", "99.9 % of them took no longer [ns]", 999 },
};
#define NR_TIME_FIELDS (sizeof(time_fields) / sizeof(time_fields[0]))

/* Takes value over. to is NULL where there was no memory for it. */
static void put(struct json_object *to, const char *name, struct json_object *value)
{
	if (!to || json_object_object_add(to, name, value))
		json_object_put(value);
}

static void put_text(struct json_object *to, const char *name, const char *text)
{
	put(to, name, control_text(text));
}

static struct json_object *put_object(struct json_object *to, const char *name)
{
	struct json_object *object = json_object_new_object();

	put(to, name, object);
	return object;
}

/* ---- values ---------------------------------------------------------------------------------- */

static void put_histogram(struct json_object *to, const char *name, const struct cland_histogram *h)
{
	struct json_object *object = put_object(to, name), *buckets = json_object_new_array();
	uint64_t value;
	uint32_t i;

	for (i = 0; i < NR_TIME_FIELDS; i++) {
		if (time_fields[i].per_1000)
			value = stats_histogram_quantile_ns(h, time_fields[i].per_1000);
		else
			value = i ? h->sum_ns : stats_histogram_nr(h);
		put(object, time_fields[i].name, json_object_new_uint64(value));
	}
	put(object, "buckets", buckets);
	for (i = 0; buckets && i < CLAND_HISTOGRAM_BUCKETS; i++)
		json_object_array_add(buckets, json_object_new_uint64(h->counts[i]));
}

struct json_object *stats_json(const struct stats *stats)
{
	struct json_object *object = json_object_new_object(), *times;
	size_t i;

	put_text(object, "version", stats->version);
	put_text(object, "policy", stats->policy);
	put(object, "taken", json_object_new_uint64(stats->taken_ns));
	for (i = 0; i < STATS_NR; i++)
		put(object, stats_table[i].name, json_object_new_uint64(stats->values[i]));
	times = put_object(object, "times");
	for (i = 0; i < STATS_HISTOGRAM_NR; i++)
		put_histogram(times, stats_histograms[i].name, &stats->histograms[i]);
	return object;
}

/* ---- what they are --------------------------------------------------------------------------- */

/* kind: "datum" or "array". Returns the field. */
static struct json_object *put_field(struct json_object *fields, const char *name, const char *kind,
				     const char *type, const char *help)
{
	struct json_object *field = put_object(fields, name);

	put_text(field, kind, type);
	put_text(field, "desc", help);
	return field;
}

static void put_user(struct json_object *to, const char *name, const char *value)
{
	struct json_object *user;

	if (!to)
		return;
	if (!json_object_object_get_ex(to, "user", &user))
		user = put_object(to, "user");
	put_text(user, name, value);
}

static struct json_object *put_struct(struct json_object *to, const char *name, const char *help,
				      const char *prefix)
{
	struct json_object *object = put_object(to, name);

	put_text(object, "name", name);
	put_text(object, "desc", help);
	put_user(object, "_om_prefix", prefix);
	return object;
}

static void put_top_fields(struct json_object *fields)
{
	struct json_object *field, *dict;
	char help[256];
	size_t i;

	put_user(put_field(fields, "version", "datum", "string", "of scx-cland"), "_om_skip", "true");
	put_user(put_field(fields, "policy", "datum", "string", "that is to run"), "_om_skip",
		 "true");
	put_field(fields, "taken", "datum", "u64", "when it was, by the monotonic clock [ns]");
	for (i = 0; i < STATS_NR; i++) {
		snprintf(help, sizeof(help), "%s [%s]", stats_table[i].help,
			 stats_unit_name(stats_table[i].unit));
		put_field(fields, stats_table[i].name, "datum", "u64", help);
	}
	field = put_object(fields, "times");
	put_text(field, "desc", "times that were measured, by what is measured");
	dict = put_object(field, "dict");
	put_text(dict, "key", "string");
	put_text(put_object(dict, "datum"), "struct", TIME_STRUCT);
}

static void put_time_fields(struct json_object *fields)
{
	size_t i;

	for (i = 0; i < NR_TIME_FIELDS; i++)
		put_field(fields, time_fields[i].name, "datum", "u64", time_fields[i].help);
	put_user(put_field(fields, "buckets", "array", "u64", "how many were in which range"),
		 "_om_skip", "true");
}

struct json_object *stats_json_meta(void)
{
	struct json_object *meta = json_object_new_object(), *object;

	object = put_struct(meta, TOP_STRUCT, "what scx-cland has done since its part in the kernel was "
			    "loaded", TOP_PREFIX);
	put_text(object, "top", "true");
	put_top_fields(put_object(object, "fields"));
	object = put_struct(meta, TIME_STRUCT, "a time that was measured again and again", TIME_PREFIX);
	put_user(object, "_om_label", "time");
	put_time_fields(put_object(object, "fields"));
	return meta;
}

/* ---- and back -------------------------------------------------------------------------------- */

static void get_number(struct json_object *from, const char *name, uint64_t *ret_number)
{
	struct json_object *value;

	if (json_object_object_get_ex(from, name, &value) &&
	    json_object_is_type(value, json_type_int))
		*ret_number = json_object_get_uint64(value);
}

static void get_text(struct json_object *from, const char *name, char *ret_text, size_t size)
{
	struct json_object *value;

	if (json_object_object_get_ex(from, name, &value) &&
	    json_object_is_type(value, json_type_string))
		snprintf(ret_text, size, "%s", json_object_get_string(value));
}

static void get_histogram(struct json_object *times, const char *name, struct cland_histogram *ret_h)
{
	struct json_object *object, *buckets;
	uint64_t sum_ns = 0;
	size_t i, nr;

	if (!json_object_object_get_ex(times, name, &object) ||
	    !json_object_is_type(object, json_type_object))
		return;
	get_number(object, "sum_ns", &sum_ns);
	ret_h->sum_ns = sum_ns;
	if (!json_object_object_get_ex(object, "buckets", &buckets) ||
	    !json_object_is_type(buckets, json_type_array))
		return;
	nr = json_object_array_length(buckets);
	for (i = 0; i < nr && i < CLAND_HISTOGRAM_BUCKETS; i++)
		ret_h->counts[i] = json_object_get_uint64(json_object_array_get_idx(buckets, i));
}

int stats_json_parse(struct json_object *object, struct stats *ret_stats)
{
	struct json_object *times;
	size_t i;

	if (!json_object_is_type(object, json_type_object))
		return -EINVAL;
	memset(ret_stats, 0, sizeof(*ret_stats));
	get_text(object, "version", ret_stats->version, sizeof(ret_stats->version));
	get_text(object, "policy", ret_stats->policy, sizeof(ret_stats->policy));
	get_number(object, "taken", &ret_stats->taken_ns);
	for (i = 0; i < STATS_NR; i++)
		get_number(object, stats_table[i].name, &ret_stats->values[i]);
	if (!json_object_object_get_ex(object, "times", &times) ||
	    !json_object_is_type(times, json_type_object))
		return 0;
	for (i = 0; i < STATS_HISTOGRAM_NR; i++)
		get_histogram(times, stats_histograms[i].name, &ret_stats->histograms[i]);
	return 0;
}

/* ---- requests and answers -------------------------------------------------------------------- */

/* Takes resp over. */
static char *answer_line(int number, struct json_object *resp, size_t *ret_len)
{
	struct json_object *answer = json_object_new_object();

	put(answer, "errno", json_object_new_int(number));
	put(put_object(answer, "args"), "resp", resp);
	return control_answer_line(answer, ret_len);
}

char *stats_json_error(int number, const char *sentence, size_t *ret_len)
{
	return answer_line(number, control_text(sentence), ret_len);
}

/* Arguments are texts by names. Returns what "target" names, "top" without it, or NULL. */
static const char *target_of(struct json_object *request)
{
	const char *target = "top";
	struct json_object *args;

	if (!json_object_object_get_ex(request, "args", &args))
		return target;
	if (!json_object_is_type(args, json_type_object))
		return NULL;
	json_object_object_foreach(args, name, value) {
		if (!json_object_is_type(value, json_type_string))
			return NULL;
		if (!strcmp(name, "target"))
			target = json_object_get_string(value);
	}
	return target;
}

char *stats_json_answer(const struct stats *stats, const char *line, size_t len, size_t *ret_len,
			bool *ret_understood)
{
	struct json_object *request, *req;
	const char *name, *target;
	char *answer = NULL;
	struct diag diag;

	*ret_understood = false;
	request = control_request_parse(line, len, &diag);
	if (!request)
		return stats_json_error(EINVAL, diag.text, ret_len);
	name = json_object_object_get_ex(request, "req", &req) &&
			       json_object_is_type(req, json_type_string)
		       ? json_object_get_string(req)
		       : NULL;
	target = target_of(request);
	if (!name) {
		diag_set(&diag, 0, "'req' must be a text: \"stats\" or \"stats_meta\"");
	} else if (!target) {
		diag_set(&diag, 0, "'args' must be texts by their names");
	} else if (!strcmp(name, "stats_meta")) {
		*ret_understood = true;
		answer = answer_line(0, stats_json_meta(), ret_len);
	} else if (!strcmp(name, "stats") && !strcmp(target, "top")) {
		*ret_understood = true;
		answer = answer_line(0, stats_json(stats), ret_len);
	} else if (!strcmp(name, "stats")) {
		diag_set(&diag, 0, "there is no target '%.64s'; \"top\" is the only one", target);
	} else {
		diag_set(&diag, 0, "unknown request '%.64s'; expected \"stats\" or \"stats_meta\"",
			 name);
	}
	json_object_put(request);
	return *ret_understood ? answer : stats_json_error(EINVAL, diag.text, ret_len);
}

struct json_object *stats_json_resp(const char *line, size_t len, struct diag *diag)
{
	struct json_object *answer = control_request_parse(line, len, diag), *args, *resp = NULL;
	uint64_t number = EINVAL;

	if (!answer)
		return NULL;
	get_number(answer, "errno", &number);
	if (!json_object_object_get_ex(answer, "args", &args) ||
	    !json_object_object_get_ex(args, "resp", &resp)) {
		diag_set(diag, -EINVAL, "the answer is not one that scx_stats gives");
	} else if (number) {
		diag_set(diag, -EINVAL, "it answers: %.200s", json_object_get_string(resp));
		resp = NULL;
	}
	json_object_get(resp);
	json_object_put(answer);
	return resp;
}
