/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_change.c - the subcommands that change what runs: switch, mode, reload, set, upgrade,
 * stop. The answer to each but the last two is the daemon's report of the swap.
 */
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clandctl.h"
#include "clandctl_client.h"
#include "clandctl_out.h"
#include "config.h"
#include "control.h"
#include "control_text.h"
#include "exit_codes.h"
#include "intent.h"
#include "stats.h"

static void print_swap(struct json_object *swap, struct json_object *args)
{
	const char *what = client_text(swap, "what"), *to = client_text(swap, "to");
	unsigned long long for_s = client_number(args, "for_s");
	unsigned long long hold_pid = client_number(args, "hold_pid");
	char text[64];

	if (!strcmp(what, "switch")) {
		out_text("policy ");
		out_text(client_text(swap, "from"));
		out_text(" -> ");
		out_text(to);
		stats_format_ns(client_number(swap, "pause_ns"), text, sizeof(text));
		printf("; pause %s, %llu tasks adopted", text, client_number(swap, "tasks"));
	} else if (!strcmp(what, "parameters")) {
		out_text("policy ");
		out_text(to);
		out_text(" has its new parameters");
	} else if (!strcmp(what, "kept")) {
		out_text("policy ");
		out_text(to);
		out_text(" stays: what was set counts when the policy that it is for runs");
	} else {
		out_text("policy ");
		out_text(to);
		out_text(": nothing to change");
	}
	if (for_s) {
		intent_format_duration(for_s * 1000000000, text, sizeof(text));
		printf("; for %s", text);
	}
	if (hold_pid)
		printf("; while process %llu lives", hold_pid);
	putchar('\n');
}

/* Takes args over. Returns an EXIT_CODE_*. */
static int change(const char *command, struct json_object *args)
{
	struct json_object *answer;
	struct diag diag;
	int code;

	/* once for the request, once to print what was asked */
	code = client_ask(command, json_object_get(args), CLIENT_CHANGE_S, &answer, &diag);
	if (code) {
		json_object_put(args);
		return clandctl_error(code, "%s", diag.text);
	}
	print_swap(client_object(answer, "swap"), args);
	json_object_put(args);
	json_object_put(answer);
	return EXIT_CODE_OK;
}

static int parse_for(const char *text, struct json_object *args)
{
	uint64_t ns;

	if (intent_parse_duration(text, &ns))
		return clandctl_error(EXIT_CODE_USAGE, "--for: '%s' is no time; expected 30s, 10m, "
				      "1h30m or the like, at most 366d", text);
	json_object_object_add(args, "for_s", json_object_new_uint64(ns / 1000000000));
	return EXIT_CODE_OK;
}

static int parse_hold(const char *text, struct json_object *args)
{
	uint64_t pid;

	if (config_parse_u64(text, &pid) || !pid || pid > INT32_MAX)
		return clandctl_error(EXIT_CODE_USAGE, "--hold: '%s' is no process's number", text);
	json_object_object_add(args, "hold_pid", json_object_new_uint64(pid));
	return EXIT_CODE_OK;
}

/* --for and --hold, before or after the name, which goes to *ret_name. */
static int parse_change(int argc, char *argv[], const char *what, struct json_object *args,
			const char **ret_name)
{
	static const struct option options[] = {
		{ "for", required_argument, NULL, 'f' },
		{ "hold", required_argument, NULL, 'p' },
		{ 0 },
	};
	bool has_for = false, has_hold = false;
	int opt, code = EXIT_CODE_OK;

	/* no '+' here: getopt moves the name behind the options */
	while (!code && (opt = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (opt) {
		case 'f':
			has_for = true;
			code = parse_for(optarg, args);
			break;
		case 'p':
			has_hold = true;
			code = parse_hold(optarg, args);
			break;
		default:
			return clandctl_bad_option(opt, argv);
		}
	}
	if (code)
		return code;
	if (has_for && has_hold)
		return clandctl_error(EXIT_CODE_USAGE, "--for and --hold do not go together: a change "
				      "lasts for a time or while a process lives");
	if (optind == argc)
		return clandctl_error(EXIT_CODE_USAGE, "%s: %s is missing; see clandctl --help",
				      argv[0], what);
	*ret_name = argv[optind];
	return clandctl_no_more(argc, argv, optind + 1);
}

/* A relative path is one of ours, not of the daemon's folder. */
static int absolute(const char *path, char *ret_path, size_t size)
{
	char cwd[4096];
	int n;

	if (path[0] == '/' || !strchr(path, '/')) {
		n = snprintf(ret_path, size, "%s", path);
	} else {
		if (!getcwd(cwd, sizeof(cwd)))
			return clandctl_error(EXIT_CODE_FAILED, "the current folder: %s",
					      strerror(errno));
		while (!strncmp(path, "./", 2))
			path += 2;
		n = snprintf(ret_path, size, "%s/%s", strcmp(cwd, "/") ? cwd : "", path);
	}
	if (n < 0 || (size_t)n >= size)
		return clandctl_error(EXIT_CODE_USAGE, "the path is too long");
	return EXIT_CODE_OK;
}

int clandctl_switch(int argc, char *argv[])
{
	struct json_object *args = json_object_new_object();
	const char *name;
	char path[8192];
	int code = parse_change(argc, argv, "the policy", args, &name);

	/* no policy's name has a dot */
	if (!code && !strchr(name, '/') && strchr(name, '.'))
		code = clandctl_error(EXIT_CODE_USAGE, "switch: '%s' is no policy's name; write ./%s for a "
				      "file here", name, name);
	if (!code)
		code = absolute(name, path, sizeof(path));
	/* JSON cannot carry another one, and the daemon would look for a file of another name */
	if (!code && !control_text_is_utf8(path, strlen(path)))
		code = clandctl_error(EXIT_CODE_USAGE, "switch: %s: the path is not UTF-8; rename the "
				      "file, or load it by a link", path);
	if (code) {
		json_object_put(args);
		return code;
	}
	json_object_object_add(args, "policy", control_text(path));
	return change("switch", args);
}

int clandctl_mode(int argc, char *argv[])
{
	struct json_object *args = json_object_new_object();
	const char *name;
	int code = parse_change(argc, argv, "the mode", args, &name);

	if (code) {
		json_object_put(args);
		return code;
	}
	json_object_object_add(args, "mode", control_text(name));
	return change("mode", args);
}

/* For subcommands without options: argv[optind] is the first argument afterwards. */
static int no_options(int argc, char *argv[])
{
	static const struct option options[] = { { 0 } };
	int opt = getopt_long(argc, argv, "+:", options, NULL);

	return opt == -1 ? EXIT_CODE_OK : clandctl_bad_option(opt, argv);
}

int clandctl_reload(int argc, char *argv[])
{
	int code = no_options(argc, argv);

	if (!code)
		code = clandctl_no_more(argc, argv, optind);
	return code ? code : change("reload", NULL);
}

int clandctl_set(int argc, char *argv[])
{
	struct json_object *args, *list;
	int i, code = no_options(argc, argv);

	if (code)
		return code;
	if (optind == argc)
		return clandctl_error(EXIT_CODE_USAGE, "set: POLICY.KEY=VALUE is missing, for instance "
				      "vruntime.slice_us=3000");
	args = json_object_new_object();
	list = json_object_new_array();
	for (i = optind; i < argc; i++)
		json_object_array_add(list, control_text(argv[i]));
	json_object_object_add(args, "settings", list);
	return change("set", args);
}

static int ask_status(struct json_object **ret_status, struct diag *diag)
{
	return client_ask("status", NULL, CLIENT_QUICK_S, ret_status, diag);
}

#define GONE_S 20	/* emulated machines under load take seconds */

/*
 * The daemon ends the connection when the new program begins. Wait until that one answers, and has
 * an agent of its own.
 */
static int await_upgrade(unsigned long long nr_before, struct json_object **ret_status)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	struct json_object *status;
	int tries, code, nr_gone = 0;
	struct diag diag;

	/* Nobody answers while the new program looks around; it should not take longer than that. */
	for (tries = 0; tries < CLIENT_CHANGE_S * 20 && nr_gone < GONE_S * 20; tries++) {
		code = ask_status(&status, &diag);
		nr_gone = code == EXIT_CODE_NOT_RUNNING ? nr_gone + 1 : 0;
		if (!code) {
			if (client_number(status, "upgrades") == nr_before + 1 &&
			    !strcmp(client_text(client_object(status, "agent"), "state"), "running")) {
				*ret_status = status;
				return EXIT_CODE_OK;
			}
			json_object_put(status);
		}
		nanosleep(&pause, NULL);
	}
	if (nr_gone)
		return clandctl_error(EXIT_CODE_NOT_RUNNING, "no scx-cland answers any more: somebody has "
				      "stopped it, or the new program has ended. See its log");
	return clandctl_error(EXIT_CODE_NO_ANSWER, "the new program has begun, and has not got to work "
			      "within %d s. The scheduler goes on by the last terms of each task: see "
			      "clandctl status and scx-cland's log", CLIENT_CHANGE_S);
}

int clandctl_upgrade(int argc, char *argv[])
{
	struct json_object *before, *args, *answer = NULL, *after = NULL;
	char path[8192] = "";
	struct diag diag;
	int code = no_options(argc, argv);

	if (!code && optind < argc)
		code = absolute(argv[optind], path, sizeof(path));
	if (!code)
		code = clandctl_no_more(argc, argv, optind + 1);
	if (code)
		return code;
	if (path[0] && path[0] != '/')
		return clandctl_error(EXIT_CODE_USAGE, "upgrade: '%s' is no path; write ./%s for a file "
				      "here", path, path);
	code = ask_status(&before, &diag);
	if (code)
		return clandctl_error(code, "%s", diag.text);
	args = json_object_new_object();
	if (path[0])
		json_object_object_add(args, "path", control_text(path));
	code = client_ask("upgrade", args, CLIENT_CHANGE_S, &answer, &diag);
	json_object_put(answer);
	if (code && code != EXIT_CODE_NO_ANSWER)
		code = clandctl_error(code, "%s", diag.text);
	else
		code = await_upgrade(client_number(before, "upgrades"), &after);
	if (!code) {
		fputs("scx-cland ", stdout);
		out_text(client_text(before, "version"));
		fputs(" -> ", stdout);
		out_text(client_text(after, "version"));
		printf(", process %llu: it has taken over\n", client_number(after, "pid"));
		json_object_put(after);
	}
	json_object_put(before);
	return code;
}

int clandctl_stop(int argc, char *argv[])
{
	struct json_object *answer;
	struct diag diag;
	int code = no_options(argc, argv);

	if (!code)
		code = clandctl_no_more(argc, argv, optind);
	if (code)
		return code;
	code = client_ask("stop", NULL, CLIENT_QUICK_S, &answer, &diag);
	if (code)
		return clandctl_error(code, "%s", diag.text);
	json_object_put(answer);
	puts("scx-cland is stopping");
	return EXIT_CODE_OK;
}
