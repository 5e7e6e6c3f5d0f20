/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandsim_run.c - `clandsim run` and `clandsim replay`: one policy, one workload or recording, one
 * machine, one result.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "claims.h"
#include "clandsim.h"
#include "config.h"
#include "exit_codes.h"
#include "guard.h"
#include "page_run.h"
#include "perf_script.h"
#include "progress_bar.h"
#include "recording.h"
#include "replay.h"
#include "report.h"
#include "run.h"
#include "timeline.h"
#include "trace.h"

enum run_option {
	OPT_POLICY = 256,
	OPT_SET,
	OPT_RULES,
	OPT_MACHINE,
	OPT_CPUS,
	OPT_SMT,
	OPT_LLCS,
	OPT_NODES,
	OPT_DURATION,
	OPT_SEED,
	OPT_DECISIONS,
	OPT_RESCUE,
	OPT_IDLE_LIMIT,
	OPT_MAX_TASKS,
	OPT_SHUFFLE,
	OPT_MAX_WAIT,
	OPT_SHARES,
	OPT_JSON,
	OPT_TRACE,
	OPT_HTML,
	OPT_PER_TASK,
	OPT_POLICY_TIME,
	OPT_STATS,
	OPT_NO_GUARD,
	OPT_HANG_LIMIT,
	OPT_PERF_SCRIPT,
	OPT_BY_TIME,
	OPT_PARTIAL,
	OPT_HELP,
};

static const struct words {
	const char *name, *arg, *help;
	enum run_option option;
} words[] = {
	{ "--policy", "NAME|FILE.so", "the policy (needed)", OPT_POLICY },
	{ "--set", "KEY=VALUE", "a parameter of the policy, as in [policy.NAME]", OPT_SET },
	{ "--rules", "FILE", "sections [rule NAME] of this configuration of scx-cland", OPT_RULES },
	{ "--decisions", "leased|strict", "strict: ask the policy every time (default leased)",
	  OPT_DECISIONS },
	{ "--machine", "FILE", "the machine: sections [machine] and [hotplug]", OPT_MACHINE },
	{ "--cpus", "N", "its CPUs, 1 to 4096 (default 4, or what the files say)", OPT_CPUS },
	{ "--smt", "N", "threads of a core", OPT_SMT },
	{ "--llcs", "N", "last-level caches", OPT_LLCS },
	{ "--nodes", "N", "memory nodes", OPT_NODES },
	{ "--duration", "TIME", "how long, as 10s or 500ms (default: what the workload says)",
	  OPT_DURATION },
	{ "--seed", "N", "decides all that is random (default: what the workload says, or 1)", OPT_SEED },
	{ "--max-tasks", "N", "tasks that the policy is told apart (default 65536)", OPT_MAX_TASKS },
	{ "--rescue-ms", "N", "how long a task may wait for the policy (default 20)", OPT_RESCUE },
	{ "--idle-limit", "TIME", "how long a CPU may idle beside a task that waits (default 20ms)",
	  OPT_IDLE_LIMIT },
	{ "--shuffle", NULL, "the seed decides the order of what happens at the same moment, too", OPT_SHUFFLE },
	{ "--max-wait-ms", "N", "fail when a task has waited longer than that", OPT_MAX_WAIT },
	{ "--shares-pct", "N", "... when who never slept got another share than by nice level, within that",
	  OPT_SHARES },
	{ "--json", NULL, "the result as JSON", OPT_JSON },
	{ "--per-task", NULL, "... with every task by itself", OPT_PER_TASK },
	{ "--trace", "FILE", "write a timeline for ui.perfetto.dev", OPT_TRACE },
	{ "--html", "FILE", "write a page with pictures, for any browser", OPT_HTML },
	{ "--policy-time", NULL, "what calls of the policy take, in real time: never the same twice",
	  OPT_POLICY_TIME },
	{ "--stats", NULL, "... and what the simulation itself took", OPT_STATS },
	{ "--no-guard", NULL, "the policy in this very process, where it may crash or hang: for gdb", OPT_NO_GUARD },
	{ "--hang-limit", "SECONDS", "... else after how long it hangs (default 10; 0: never)",
	  OPT_HANG_LIMIT },
	{ "--help", NULL, "print this text", OPT_HELP },
	/* Of replay only. */
	{ "--perf-script", NULL, "FILE is what perf script prints of a perf sched record",
	  OPT_PERF_SCRIPT },
	{ "--by-time", NULL, "nobody wakes anybody: all sleep as long as they did when recorded",
	  OPT_BY_TIME },
	{ "--partial", NULL, "replay what there is of a recording that is not whole", OPT_PARTIAL },
};

#define NR_WORDS (sizeof(words) / sizeof(words[0]))
#define SETS_MAX 32
#define COMMAND_MAX (SETS_MAX + 64)
#define RECORDING_FILE_MAX (1024u * 1024 * 1024)

struct args {
	const char *policy, *machine, *workload;
	const char *sets[SETS_MAX];
	size_t nr_sets;
	uint64_t cpus, smt, llcs, nodes, duration_ns, seed, max_tasks, rescue_ms, idle_limit_ns;
	uint64_t hang_limit_s;
	bool has_duration, has_seed, no_guard, is_strict, shuffle;
	struct claims claims;
	struct report_options report;
	const char *trace, *html, *rules;
	bool is_replay, is_perf_script, by_time, partial;
	char *command[COMMAND_MAX];	/* what repeats the run */
	size_t nr_command;
	bool is_command_cut;
};

static bool is_of_replay_only(enum run_option option)
{
	return option == OPT_PERF_SCRIPT || option == OPT_BY_TIME || option == OPT_PARTIAL;
}

static void print_options(bool only_replay)
{
	char head[40];
	size_t i;

	for (i = 0; i < NR_WORDS; i++) {
		if (is_of_replay_only(words[i].option) != only_replay)
			continue;
		snprintf(head, sizeof(head), "%s%s%s", words[i].name, words[i].arg ? "=" : "",
			 words[i].arg ? words[i].arg : "");
		printf("  %-26s %s\n", head, words[i].help);
	}
}

void clandsim_run_usage(void)
{
	puts("Usage: clandsim run --policy=POLICY [OPTION]... WORKLOAD\n\n"
	     "WORKLOAD is a file: INI (docs/simulator.md) or rt-app's JSON. Options:");
	print_options(false);
}

void clandsim_replay_usage(void)
{
	puts("\nUsage: clandsim replay --policy=POLICY [OPTION]... FILE\n\n"
	     "FILE is a recording of a real machine, by clandctl record. The machine is the one recorded,\n"
	     "and all of its tasks do what they did. Options are those of run, and:");
	print_options(true);
}

static int number(const char *option, uint64_t min, uint64_t max, uint64_t *ret_value)
{
	if (!config_parse_u64(optarg, ret_value) && *ret_value >= min && *ret_value <= max)
		return 0;
	return clandsim_error(EXIT_CODE_USAGE, "--%s=%.32s: expected a whole number from %llu to %llu",
			      option, optarg, (unsigned long long)min, (unsigned long long)max);
}

static int duration(const char *option, uint64_t *ret_ns)
{
	if (!time_parse(optarg, ret_ns) && *ret_ns)
		return 0;
	return clandsim_error(EXIT_CODE_USAGE, "--%s=%.32s: expected a number with a unit, as 10s or "
			      "500ms", option, optarg);
}

/* ---- the command that repeats the run -------------------------------------------------------- */

/* One more word. What it lacks for want of memory or room is_command_cut says. */
__attribute__((format(printf, 2, 3))) static void add_word(struct args *args, const char *fmt, ...)
{
	va_list values;

	if (args->nr_command == COMMAND_MAX) {
		args->is_command_cut = true;
		return;
	}
	va_start(values, fmt);
	if (vasprintf(&args->command[args->nr_command], fmt, values) < 0)
		args->is_command_cut = true;
	else
		args->nr_command++;
	va_end(values);
}

/* Whether the run is the same one without it. */
static bool only_shows(int opt)
{
	switch (opt) {
	case OPT_JSON:
	case OPT_TRACE:
	case OPT_HTML:
	case OPT_PER_TASK:
	case OPT_POLICY_TIME:
	case OPT_STATS:
	case OPT_NO_GUARD:
	case OPT_HANG_LIMIT:
	case OPT_MAX_WAIT:
	case OPT_SHARES:
		return true;
	default:
		return false;
	}
}

static void add_option(struct args *args, int opt)
{
	size_t i;

	for (i = 0; i < NR_WORDS; i++) {
		if ((int)words[i].option != opt || only_shows(opt))
			continue;
		if (words[i].arg)
			add_word(args, "%s=%s", words[i].name, optarg);
		else
			add_word(args, "%s", words[i].name);
	}
}

static void free_command(struct args *args)
{
	while (args->nr_command)
		free(args->command[--args->nr_command]);
}

/* ---- options --------------------------------------------------------------------------------- */

static int take_option(struct args *args, int opt)
{
	switch (opt) {
	case OPT_POLICY:
		args->policy = optarg;
		return 0;
	case OPT_SET:
		if (args->nr_sets == SETS_MAX)
			return clandsim_error(EXIT_CODE_USAGE, "more than %d times --set", SETS_MAX);
		if (!strchr(optarg, '='))
			return clandsim_error(EXIT_CODE_USAGE, "--set=%.64s: expected KEY=VALUE", optarg);
		args->sets[args->nr_sets++] = optarg;
		return 0;
	case OPT_RULES:
		args->rules = optarg;
		return 0;
	case OPT_MACHINE:
		args->machine = optarg;
		return 0;
	case OPT_CPUS:
		return number("cpus", 1, CPUSET_MAX, &args->cpus);
	case OPT_SMT:
		return number("smt", 1, 8, &args->smt);
	case OPT_LLCS:
		return number("llcs", 1, CPUSET_MAX, &args->llcs);
	case OPT_NODES:
		return number("nodes", 1, 64, &args->nodes);
	case OPT_DURATION:
		args->has_duration = true;
		return duration("duration", &args->duration_ns);
	case OPT_SEED:
		args->has_seed = true;
		return number("seed", 0, UINT64_MAX, &args->seed);
	case OPT_DECISIONS:
		args->is_strict = !strcmp(optarg, "strict");
		if (args->is_strict || !strcmp(optarg, "leased"))
			return 0;
		return clandsim_error(EXIT_CODE_USAGE, "--decisions=%.32s: expected leased or strict",
				      optarg);
	case OPT_RESCUE:
		return number("rescue-ms", 1, 1000, &args->rescue_ms);
	case OPT_IDLE_LIMIT:
		return duration("idle-limit", &args->idle_limit_ns);
	case OPT_MAX_TASKS:
		return number("max-tasks", 64, CLAND_SLOTS_MAX, &args->max_tasks);
	case OPT_SHUFFLE:
		args->shuffle = true;
		return 0;
	case OPT_MAX_WAIT:
		return number("max-wait-ms", 1, 100000, &args->claims.max_wait_ms);
	case OPT_SHARES:
		return number("shares-pct", 1, 100, &args->claims.shares_pct);
	case OPT_JSON:
		args->report.json = true;
		return 0;
	case OPT_TRACE:
		args->trace = optarg;
		return 0;
	case OPT_HTML:
		args->html = optarg;
		return 0;
	case OPT_PER_TASK:
		args->report.per_task = true;
		return 0;
	case OPT_POLICY_TIME:
		args->report.with_times = true;
		return 0;
	case OPT_STATS:
		args->report.stats = true;
		return 0;
	case OPT_NO_GUARD:
		args->no_guard = true;
		return 0;
	case OPT_PERF_SCRIPT:
		args->is_perf_script = true;
		return 0;
	case OPT_BY_TIME:
		args->by_time = true;
		return 0;
	case OPT_PARTIAL:
		args->partial = true;
		return 0;
	default:
		return number("hang-limit", 0, 3600, &args->hang_limit_s);
	}
}

/* Returns EXIT_CODE_OK, EXIT_CODE_USAGE, or -1 when help was asked for. */
static int parse(int argc, char *argv[], struct args *args)
{
	struct option longs[NR_WORDS + 1] = { 0 };
	const char *command = argv[0];
	size_t i, nr = 0;
	int opt;

	for (i = 0; i < NR_WORDS; i++)
		if (args->is_replay || !is_of_replay_only(words[i].option))
			longs[nr++] = (struct option){ words[i].name + 2,
					    words[i].arg ? required_argument : no_argument, NULL,
					    (int)words[i].option };
	add_word(args, "clandsim");
	add_word(args, "%s", command);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		if (opt == OPT_HELP)
			return -1;
		if (opt == '?' || opt == ':')
			return clandsim_error(EXIT_CODE_USAGE, "%s: '%.64s': %s; see clandsim %s --help",
					      command, argv[optind - 1], opt == ':' ? "its value is missing" :
									     "no such option", command);
		if (take_option(args, opt))
			return EXIT_CODE_USAGE;
		add_option(args, opt);
	}
	if (!args->policy)
		return clandsim_error(EXIT_CODE_USAGE, "%s: which policy? Give --policy=NAME or "
				      "--policy=FILE.so", command);
	if (optind + 1 != argc)
		return clandsim_error(EXIT_CODE_USAGE, "%s: expected one %s file, and there %s %d", command,
				      args->is_replay ? "recording's" : "workload's",
				      optind + 1 < argc ? "are" : "is", argc - optind);
	if (args->is_perf_script && args->partial)
		return clandsim_error(EXIT_CODE_USAGE, "%s: --partial is for recordings of clandctl",
				      command);
	args->workload = argv[optind];
	return EXIT_CODE_OK;
}

/* The policy's file and its parameters. Returns an EXIT_CODE_*. */
static int find_policy(const struct args *args, struct target *ret_target, struct diag *diag)
{
	static struct config config;
	static struct policy_meta meta;
	char path[sizeof(meta.path)], named[sizeof(config.policy)];
	size_t i, len = strlen(args->policy);
	int err;

	/* A file here may well be meant without "./" before it. */
	snprintf(named, sizeof(named), "%s%s", !strchr(args->policy, '/') && len > 3 &&
		 !strcmp(args->policy + len - 3, ".so") ? "./" : "", args->policy);
	if (policy_meta_find(named, path, sizeof(path), diag))
		return EXIT_CODE_NOT_FOUND;
	err = policy_meta_read(path, &meta, diag);
	if (err)
		return err == -ENOENT ? EXIT_CODE_NOT_FOUND : EXIT_CODE_NOT_A_POLICY;
	snprintf(config.policy, sizeof(config.policy), "%s", named);
	for (i = 0; i < args->nr_sets; i++) {
		struct config_param *param = &config.params[i];
		const char *equals = strchr(args->sets[i], '=');

		if ((size_t)(equals - args->sets[i]) >= sizeof(param->key) ||
		    strlen(equals + 1) >= sizeof(param->value)) {
			diag_set(diag, -EINVAL, "--set %.64s: it is too long", args->sets[i]);
			return EXIT_CODE_PARAMETERS;
		}
		snprintf(param->policy, sizeof(param->policy), "%s", meta.name);
		snprintf(param->key, sizeof(param->key), "%.*s", (int)(equals - args->sets[i]),
			 args->sets[i]);
		snprintf(param->value, sizeof(param->value), "%s", equals + 1);
		snprintf(param->origin, sizeof(param->origin), "--set %.128s", args->sets[i]);
	}
	config.nr_params = args->nr_sets;
	config.allow_unsafe_policies = true; /* it runs as its user, who may run what he likes */
	return target_resolve(&config, ret_target, diag);
}

/* The machine: the defaults, the workload's sections, a file, options; each over those before. */
static int make_machine(const struct args *args, const struct workload *workload, struct topo *topo,
			struct diag *diag)
{
	int err = 0;

	*topo = workload->topo;
	if (args->machine)
		err = topo_read(args->machine, topo, diag);
	if (err)
		return err;
	if (args->cpus)
		topo_set(topo, "cpus", (uint32_t)args->cpus);
	if (args->smt)
		topo_set(topo, "smt", (uint32_t)args->smt);
	if (args->llcs)
		topo_set(topo, "llcs", (uint32_t)args->llcs);
	if (args->nodes)
		topo_set(topo, "nodes", (uint32_t)args->nodes);
	return topo_check(topo, diag);
}

/*
 * Of a configuration its rules; the whole of it must be right. Returns 0, or -errno with a
 * sentence. *ret_rules is valid until the next call.
 */
static int read_rules(const char *path, const struct config_rule **ret_rules, size_t *ret_nr,
		      struct diag *diag)
{
	static struct config config;
	char option[4200];
	char *const argv[] = { "clandsim", option, NULL };
	size_t i;
	int err;

	snprintf(option, sizeof(option), "--config=%s", path);
	err = config_load(2, argv, &config, diag);
	if (err)
		return err;
	for (i = 0; i < config.nr_rules; i++)
		if (config.rules[i].values[CONFIG_RULE_UID].is_set ||
		    config.rules[i].values[CONFIG_RULE_EXE].is_set)
			clandsim_error(0, "note: [rule %s] goes by uid or exe, which simulated tasks do "
				       "not have: it is for none of them", config.rules[i].name);
	*ret_rules = config.rules;
	*ret_nr = config.nr_rules;
	return 0;
}

static void show_progress(uint32_t pct)
{
	progress_bar_show(pct, 100, "");
}

static uint64_t processor_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

/* The run, for guard_run(). */
struct simulation {
	struct args *args;
	const struct run_options *options;
};

static int simulate(void *data)
{
	const struct simulation *simulation = data;
	struct args *args = simulation->args;
	struct run_options run = *simulation->options;
	struct sim *s = NULL;
	struct diag diag;
	uint64_t began_ns;
	int err, code = EXIT_CODE_OK;

	err = run_begin(&run, &s, &diag);
	if (err) {
		code = clandsim_error(EXIT_CODE_POLICY_REFUSED, "%s", diag.text);
		run_end(s, &diag);
		return code;
	}
	if (args->trace && trace_open(s, args->trace, &diag)) {
		code = clandsim_error(EXIT_CODE_FAILED, "%s", diag.text);
		run_end(s, &diag);
		return code;
	}
	if (args->html && timeline_open(s)) {
		code = clandsim_error(EXIT_CODE_FAILED, "no memory for the timeline of %s", args->html);
		run_end(s, &diag);
		return code;
	}
	run.progress = show_progress;
	began_ns = processor_ns();
	err = run_through(s, &run, &diag);
	if (!err)
		err = claims_check(s, &args->claims, &diag);
	args->report.real_ns = processor_ns() - began_ns;
	progress_bar_clear();
	if (err)
		code = clandsim_error(EXIT_CODE_FAILED, "%s", diag.text);
	else if (report_print(stdout, s, &run, &args->report))
		code = clandsim_error(EXIT_CODE_FAILED, "no memory for the report");
	if (!code && args->html &&
	    page_run_write(args->html, s, &run, &args->report,
			   (const char *const *)(const void *)args->command, args->nr_command, &diag))
		code = clandsim_error(EXIT_CODE_FAILED, "%s", diag.text);
	if (run_end(s, &diag) && !code)
		code = clandsim_error(EXIT_CODE_FAILED, "%s", diag.text);
	return code;
}

/* gdb follows the parent of a fork: its breakpoints in the policy would not be reached. */
static bool is_traced(void)
{
	char line[128];
	FILE *file = fopen("/proc/self/status", "re");
	long tracer = 0;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "TracerPid:", 10))
			tracer = strtol(line + 10, NULL, 10);
	if (file)
		fclose(file);
	return tracer;
}

static int simulate_guarded(struct args *args, const struct run_options *options)
{
	struct simulation simulation = { args, options };
	struct diag diag;
	int code;

	if (args->no_guard)
		return simulate(&simulation);
	if (is_traced())
		clandsim_error(0, "note: the policy runs in a child of the process that is debugged; with "
			       "--no-guard it runs in this one");
	code = guard_run(options->target->policy_name, options->sim.seed, (unsigned int)args->hang_limit_s,
			 simulate, &simulation, &diag);
	if (!diag.text[0])
		return code;
	progress_bar_clear();
	return clandsim_error(code, "%s", diag.text);
}

/* What somebody who looks at the result has to know of the recording, on stderr. */
static void tell_recording(const struct recording *recording, const struct replay_left_out *left_out)
{
	if (recording->nr_dropped)
		clandsim_error(0, "note: %llu of %llu events are missing in the recording",
			       (unsigned long long)recording->nr_dropped,
			       (unsigned long long)(recording->nr_dropped + recording->nr_events));
	if (left_out->nr_tasks)
		clandsim_error(0, "note: tasks of real-time classes, and scx-cland's own, are left out: %u, "
			       "which computed for %.3f s", left_out->nr_tasks,
			       (double)left_out->run_ns / 1e9);
}

/* Returns 0, or -errno with a sentence. */
static int read_recording(const struct args *args, struct workload *ret_workload, struct diag *diag)
{
	struct replay_left_out left_out;
	struct recording recording;
	char *text;
	size_t size;
	int err;

	err = file_text_read(args->workload, RECORDING_FILE_MAX, &text, &size, diag);
	if (err)
		return err;
	if (args->is_perf_script)
		err = perf_script_parse(args->workload, text, size, &recording, diag);
	else
		err = recording_parse(args->workload, text, size, args->partial, &recording, diag);
	free(text);
	if (err == -ENODATA)
		snprintf(diag->text + strlen(diag->text), sizeof(diag->text) - strlen(diag->text),
			 "; --partial replays what there is");
	if (err)
		return err;
	err = replay_make(args->workload, &recording, args->by_time, ret_workload, &left_out, diag);
	if (!err)
		tell_recording(&recording, &left_out);
	recording_free(&recording);
	return err;
}

static int run_with(struct args *args)
{
	static struct workload workload;
	static struct target target;
	static struct topo topo;
	const struct config_rule *rules = NULL;
	struct run_options options;
	size_t nr_rules = 0;
	struct diag diag;
	int code;

	if (args->html && page_check(args->html, &diag))
		return clandsim_error(EXIT_CODE_FAILED, "%s", diag.text);
	code = find_policy(args, &target, &diag);
	if (code)
		return clandsim_error(code, "%s", diag.text);
	if (args->is_replay ? read_recording(args, &workload, &diag) :
			      workload_read(args->workload, &workload, &diag))
		return clandsim_error(EXIT_CODE_USAGE, "%s", diag.text);
	if (make_machine(args, &workload, &topo, &diag) ||
	    workload_check(&workload, &topo, &diag)) {
		workload_free(&workload);
		return clandsim_error(EXIT_CODE_USAGE, "%s", diag.text);
	}
	if (args->rules && read_rules(args->rules, &rules, &nr_rules, &diag)) {
		workload_free(&workload);
		return clandsim_error(EXIT_CODE_USAGE, "%s", diag.text);
	}
	if (workload.nr_writes)
		clandsim_error(0, "note: %llu events mem or iorun are taken for computing, 10 bytes a nanosecond",
			       (unsigned long long)workload.nr_writes);
	args->report.workload_path = args->workload;
	options = (struct run_options){
		.topo = &topo,
		.workload = &workload,
		.target = &target,
		.sim = {
			.seed = args->has_seed ? args->seed : workload.has_seed ? workload.seed : 1,
			.duration_ns = args->has_duration ? args->duration_ns : workload.duration_ns,
			.idle_limit_ns = args->idle_limit_ns,
			.rescue_ns = args->rescue_ms * 1000000,
			.max_tasks = (uint32_t)args->max_tasks,
			.strict = args->is_strict,
			.shuffle = args->shuffle,
			.per_task = args->report.per_task,
		},
		.rules = rules,
		.nr_rules = nr_rules,
		.with_times = args->report.with_times,
	};
	if (!args->has_seed)
		add_word(args, "--seed=%llu", (unsigned long long)options.sim.seed);
	add_word(args, "%s", args->workload);
	if (args->html && args->is_command_cut) {
		workload_free(&workload);
		return clandsim_error(EXIT_CODE_USAGE, "more than %d options, or no memory for them",
				      COMMAND_MAX);
	}
	code = simulate_guarded(args, &options);
	workload_free(&workload);
	return code;
}

static int run(int argc, char *argv[], bool is_replay)
{
	struct args args = { .max_tasks = 65536, .rescue_ms = 20, .idle_limit_ns = 20000000,
			     .hang_limit_s = 10, .is_replay = is_replay };
	int code = parse(argc, argv, &args);

	if (code < 0) {
		if (is_replay)
			clandsim_replay_usage();
		else
			clandsim_run_usage();
		code = EXIT_CODE_OK;
	} else if (!code) {
		code = run_with(&args);
	}
	free_command(&args);
	return code;
}

int clandsim_run(int argc, char *argv[])
{
	return run(argc, argv, false);
}

int clandsim_replay(int argc, char *argv[])
{
	return run(argc, argv, true);
}
