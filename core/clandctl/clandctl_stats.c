/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_stats.c - all statistics with what they are, for people or as JSON; or a line each
 * second; or how fair shares are, which the kernel knows. What there is, and what it means, is the
 * daemon's to say: it may be another build.
 */
#include <getopt.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clandctl.h"
#include "clandctl_client.h"
#include "clandctl_fairness.h"
#include "clandctl_out.h"
#include "exit_codes.h"
#include "stats.h"
#include "stats_json.h"

#define JSON_FORMAT                                                                                \
	(JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)
#define IN_NS " [ns]"	/* the end of what a time means */
#define FAIRNESS_S 5
#define FAIRNESS_MAX_S 3600

static bool is_ns(const char *help)
{
	size_t len = strlen(help);

	return len > strlen(IN_NS) && !strcmp(help + len - strlen(IN_NS), IN_NS);
}

/* A member that can be gone through; NULL when it is not there, or is something else. */
static struct json_object *members(struct json_object *object, const char *name)
{
	struct json_object *value = client_object(object, name);

	return json_object_is_type(value, json_type_object) ? value : NULL;
}

/* The one struct of the description that is marked as the top. */
static struct json_object *top_fields(struct json_object *meta)
{
	if (!meta)
		return NULL;
	json_object_object_foreach(meta, name, object) {
		(void)name;
		if (client_text(object, "top")[0])
			return members(object, "fields");
	}
	return NULL;
}

static void print_value(const char *name, struct json_object *stats, const char *help)
{
	char text[48];

	if (is_ns(help))
		stats_format_ns(client_number(stats, name), text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%llu", client_number(stats, name));
	out_text(name);
	printf("%*s %14s  ", strlen(name) < 20 ? 20 - (int)strlen(name) : 0, "", text);
	out_text(help);
	putchar('\n');
}

static void print_time(const char *name, struct json_object *time)
{
	static const char *const fields[] = { "p50_ns", "p90_ns", "p99_ns", "p999_ns" };
	unsigned long long nr = client_number(time, "count");
	char text[48];
	size_t i;

	out_text(name);
	printf("%*s %14llu", strlen(name) < 20 ? 20 - (int)strlen(name) : 0, "", nr);
	stats_format_ns(nr ? client_number(time, "sum_ns") / nr : 0, text, sizeof(text));
	printf(" %10s", text);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		stats_format_ns(client_number(time, fields[i]), text, sizeof(text));
		printf(" %10s", text);
	}
	putchar('\n');
}

static void print_all(struct json_object *stats, struct json_object *meta)
{
	struct json_object *fields = top_fields(meta), *times = members(stats, "times");
	unsigned long long decided = client_number(stats, "decided");
	char text[48];

	fputs("scx-cland ", stdout);
	out_text(client_text(stats, "version"));
	fputs(", policy ", stdout);
	out_text(client_text(stats, "policy"));
	puts("\n");
	if (fields) {
		json_object_object_foreach(fields, name, field) {
			if (!strcmp(client_text(field, "datum"), "u64") && strcmp(name, "taken") != 0)
				print_value(name, stats, client_text(field, "desc"));
		}
	}
	printf("\n%-20s %14s %10s %10s %10s %10s %10s\n", "", "count", "mean", "p50", "p90", "p99",
	       "p99.9");
	if (times) {
		json_object_object_foreach(times, name, time)
			print_time(name, time);
	}
	if (decided) {
		stats_format_ns(client_number(stats, "agent_cpu") / decided, text, sizeof(text));
		printf("\nagent CPU time for each decision: %s\n", text);
	}
}

static int ask(struct json_object **ret_answer)
{
	struct diag diag;
	int code = client_ask("stats", NULL, CLIENT_QUICK_S, ret_answer, &diag);

	return code ? clandctl_error(code, "%s", diag.text) : EXIT_CODE_OK;
}

/* One that ends, or becomes another build, lets go of whoever has asked: is anybody there a moment later? */
static int ask_again(struct json_object **ret_answer)
{
	struct diag diag;
	int code = client_ask("stats", NULL, CLIENT_QUICK_S, ret_answer, &diag);

	if (code != EXIT_CODE_NO_ANSWER)
		return code ? clandctl_error(code, "%s", diag.text) : EXIT_CODE_OK;
	sleep(1);
	return ask(ret_answer);
}

static int print_once(bool json)
{
	struct json_object *answer;
	int code = ask(&answer);

	if (code)
		return code;
	if (json)
		puts(json_object_to_json_string_ext(answer, JSON_FORMAT));
	else
		print_all(members(answer, "stats"), members(answer, "meta"));
	json_object_put(answer);
	return EXIT_CODE_OK;
}

/* Until nobody answers, or reads, any more. */
static int watch(bool json)
{
	static struct stats before, now;
	struct json_object *answer, *stats;
	bool has_before = false;
	char text[2048];
	int code;

	while (!(code = ask_again(&answer))) {
		stats = client_object(answer, "stats");
		if (stats_json_parse(stats, &now)) {
			json_object_put(answer);
			return clandctl_error(EXIT_CODE_NO_ANSWER, "the answer has no statistics in it");
		}
		if (json) {
			puts(json_object_to_json_string_ext(stats, JSON_C_TO_STRING_PLAIN));
		} else if (has_before) {
			stats_format_between(&before, &now, text, sizeof(text));
			out_text(text);
			putchar('\n');
		}
		json_object_put(answer);
		if (fflush(stdout))
			return EXIT_CODE_OK; /* main() says so */
		before = now;
		has_before = true;
		sleep(1);
	}
	return code;
}

int clandctl_stats(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "watch", no_argument, NULL, 'w' },
		{ "fairness", optional_argument, NULL, 'f' },
		{ 0 },
	};
	bool json = false, watches = false;
	long fairness_s = 0;
	char *end;
	int opt;

	while ((opt = getopt_long(argc, argv, "+:", options, NULL)) != -1) {
		if (opt == 'j') {
			json = true;
		} else if (opt == 'w') {
			watches = true;
		} else if (opt == 'f') {
			fairness_s = optarg ? strtol(optarg, &end, 10) : FAIRNESS_S;
			if (optarg && (end == optarg || *end || fairness_s < 1 || fairness_s > FAIRNESS_MAX_S))
				return clandctl_error(EXIT_CODE_USAGE,
						      "--fairness=%s: expected whole seconds, 1 to %d",
						      optarg, FAIRNESS_MAX_S);
		} else {
			return clandctl_bad_option(opt, argv);
		}
	}
	if (fairness_s && watches)
		return clandctl_error(EXIT_CODE_USAGE, "--fairness and --watch: give one of them");
	if (clandctl_no_more(argc, argv, optind))
		return EXIT_CODE_USAGE;
	if (fairness_s)
		return clandctl_fairness((unsigned int)fairness_s, json);
	return watches ? watch(json) : print_once(json);
}
