/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandsim_compare.c - `clandsim compare`: policies side by side under the same workload, each with
 * the same seeds, and which differences are more than chance.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child_run.h"
#include "clandsim.h"
#include "compare.h"
#include "config.h"
#include "exit_codes.h"
#include "page.h"
#include "progress_bar.h"
#include "quote.h"
#include "result.h"
#include "utf8.h"

#define JOBS_MAX 256
#define SEEDS_MAX 1000
#define PASSED_MAX 64

struct job {
	size_t policy, seed;
};

/* What is to be compared, and what has come of it. */
struct request {
	const char *policies[COMPARE_POLICIES_MAX];
	size_t nr_policies;
	const char *workload;	/* a workload's file, or a recording's */
	bool is_recording;
	const char *passed[PASSED_MAX];	/* options for `clandsim run` */
	size_t nr_passed;
	uint64_t nr_seeds, first_seed, nr_jobs;
	bool json;
	const char *html;	/* NULL: no page */
	uint32_t nr_cpus;
	double duration_s;
	struct compare figures;
};

static const char *const refused[] = { "--policy", "--seed",        "--json",  "--per-task", "--trace",
				       "--stats",  "--policy-time", "--no-guard" };

void clandsim_compare_usage(void)
{
	puts("\nUsage: clandsim compare --workload=FILE|--recording=FILE [OPTION]... POLICY POLICY...\n\n"
	     "Runs each POLICY (NAME or FILE.so) with the same seeds and prints them side by side: the mean\n"
	     "over all seeds with its 95 % confidence interval, and which differences from the first POLICY\n"
	     "are more than chance. Options:\n"
	     "  --workload=FILE            the workload\n"
	     "  --recording=FILE           or a recording of a real machine, as clandsim replay takes it\n"
	     "  --seeds=N                  how many runs of each policy, 2 to 1000 (default 20)\n"
	     "  --first-seed=N             the seeds are N, N+1, ... (default 1)\n"
	     "  --jobs=N                   runs at a time (default: one for each CPU of this machine)\n"
	     "  --json                     the result as JSON\n"
	     "  --html=FILE                write a page with pictures, for any browser\n"
	     "  any option of clandsim run, or of replay, but for those of one run (--seed, --trace, ...)");
}

/* ---- the command line ------------------------------------------------------------------------ */

static int number(const char *word, const char *value, uint64_t min, uint64_t max, uint64_t *ret)
{
	if (!config_parse_u64(value, ret) && *ret >= min && *ret <= max)
		return 0;
	return clandsim_error(EXIT_CODE_USAGE, "compare: %s=%.32s: expected a whole number from %llu to "
			      "%llu", word, value, (unsigned long long)min, (unsigned long long)max);
}

static int pass_on(struct request *r, const char *arg)
{
	size_t i, len = strcspn(arg, "=");

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strlen(refused[i]) == len && !strncmp(arg, refused[i], len))
			return clandsim_error(EXIT_CODE_USAGE, "compare: %.*s is for one run: use "
					      "clandsim run", (int)len, arg);
	if (r->nr_passed == PASSED_MAX)
		return clandsim_error(EXIT_CODE_USAGE, "compare: more than %d options", PASSED_MAX);
	r->passed[r->nr_passed++] = arg;
	return 0;
}

static int take_file(struct request *r, const char *path, bool is_recording)
{
	if (r->workload && r->is_recording != is_recording)
		return clandsim_error(EXIT_CODE_USAGE, "compare: --workload and --recording: one of them");
	r->workload = path;
	r->is_recording = is_recording;
	return 0;
}

/* Options that have no value. */
static bool is_flag(const char *arg)
{
	static const char *const flags[] = { "--json", "--shuffle", "--perf-script", "--by-time", "--partial" };
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!strcmp(arg, flags[i]))
			return true;
	return false;
}

static int take(struct request *r, const char *arg)
{
	const char *value;

	if ((value = clandsim_value_of(arg, "--workload")))
		return take_file(r, value, false);
	if ((value = clandsim_value_of(arg, "--recording")))
		return take_file(r, value, true);
	if ((value = clandsim_value_of(arg, "--seeds")))
		return number("--seeds", value, 2, SEEDS_MAX, &r->nr_seeds);
	if ((value = clandsim_value_of(arg, "--first-seed")))
		return number("--first-seed", value, 0, UINT32_MAX, &r->first_seed);
	if ((value = clandsim_value_of(arg, "--jobs")))
		return number("--jobs", value, 1, JOBS_MAX, &r->nr_jobs);
	if ((value = clandsim_value_of(arg, "--html"))) {
		r->html = value;
		return 0;
	}
	if (!strcmp(arg, "--json")) {
		r->json = true;
		return 0;
	}
	if (arg[0] == '-' && arg[1] == '-')
		return pass_on(r, arg);
	if (arg[0] == '-')
		return clandsim_error(EXIT_CODE_USAGE, "compare: '%.64s': no such option; see clandsim compare --help",
				      arg);
	if (r->nr_policies == COMPARE_POLICIES_MAX)
		return clandsim_error(EXIT_CODE_USAGE, "compare: more than %d policies", COMPARE_POLICIES_MAX);
	r->policies[r->nr_policies++] = arg;
	return 0;
}

/* Returns EXIT_CODE_OK, EXIT_CODE_USAGE, or -1 when help was asked for. */
static int parse(int argc, char *argv[], struct request *r)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int i, code;

	r->nr_seeds = 20;
	r->first_seed = 1;
	r->nr_jobs = cpus > 0 && cpus < JOBS_MAX ? (uint64_t)cpus : 1;
	for (i = 1; i < argc; i++) {
		static char joined[PASSED_MAX][4096];
		const char *arg = argv[i];

		if (!strcmp(arg, "--help") || !strcmp(arg, "-h"))
			return -1;
		/* "--seeds 20" is "--seeds=20"; of the options that are passed on, too. */
		if (!strncmp(arg, "--", 2) && !is_flag(arg) && !strchr(arg, '=')) {
			if (i + 1 >= argc)
				return clandsim_error(EXIT_CODE_USAGE, "compare: '%.64s': its value is "
						      "missing; see clandsim compare --help", arg);
			if (i >= PASSED_MAX || (size_t)snprintf(joined[i], sizeof(joined[i]), "%s=%s", arg,
								argv[i + 1]) >= sizeof(joined[i]))
				return clandsim_error(EXIT_CODE_USAGE, "compare: '%.64s': too much of it",
						      arg);
			arg = joined[i++];
		}
		code = take(r, arg);
		if (code)
			return code;
	}
	if (!r->workload)
		return clandsim_error(EXIT_CODE_USAGE, "compare: which workload? Give --workload=FILE or "
				      "--recording=FILE");
	if (r->nr_policies < 2)
		return clandsim_error(EXIT_CODE_USAGE, "compare: expected two policies or more, and there "
				      "%s", r->nr_policies ? "is one" : "is none");
	return EXIT_CODE_OK;
}

/* ---- runs ------------------------------------------------------------------------------------ */

static int job_start(const struct request *r, struct child_run *run, struct job *job, size_t policy,
		     size_t seed)
{
	char policy_arg[4200], seed_arg[40];
	const char *argv[PASSED_MAX + 9];
	size_t n = 0, i;

	*job = (struct job){ .policy = policy, .seed = seed };
	snprintf(policy_arg, sizeof(policy_arg), "--policy=%s", r->policies[policy]);
	snprintf(seed_arg, sizeof(seed_arg), "--seed=%llu",
		 (unsigned long long)(r->first_seed + seed));
	argv[n++] = r->is_recording ? "replay" : "run";
	argv[n++] = "--json";
	argv[n++] = policy_arg;
	argv[n++] = seed_arg;
	for (i = 0; i < r->nr_passed; i++)
		argv[n++] = r->passed[i];
	argv[n++] = r->workload;
	argv[n] = NULL;
	/* What all of them would say about their input is said by the first. */
	return child_run_start(run, argv, policy || seed);
}

static int put(struct request *r, const struct job *job, const char *group, const char *name,
	       enum compare_unit unit, double value)
{
	return compare_put(&r->figures, group, name, unit, job->policy, job->seed, value) ? -ENOMEM : 0;
}

static int take_group(struct request *r, const struct job *job, struct json_object *group)
{
	struct json_object *name_of = result_member(group, "name"), *h;
	const char *name = name_of ? json_object_get_string(name_of) : "";
	double jobs = result_number(group, "jobs");
	int err = 0;

	if (jobs > 0)
		err |= put(r, job, name, "late jobs", COMPARE_PCT, result_number(group, "missed") * 100 / jobs);
	err |= put(r, job, name, "CPU time", COMPARE_PCT,
		   result_number(group, "run_ns") / 1e7 / r->duration_s);
	h = result_member(group, "wakeup");
	if (h && result_number(group, "wakeups") > 0) {
		err |= put(r, job, name, "wake-up p50", COMPARE_NS, result_number(h, "p50_ns"));
		err |= put(r, job, name, "wake-up p99", COMPARE_NS, result_number(h, "p99_ns"));
	}
	h = result_member(group, "response");
	if (h && result_number(h, "nr") > 0) {
		err |= put(r, job, name, "response p50", COMPARE_NS, result_number(h, "p50_ns"));
		err |= put(r, job, name, "response p99", COMPARE_NS, result_number(h, "p99_ns"));
	}
	err |= put(r, job, name, "longest wait", COMPARE_NS, result_number(group, "max_wait_ns"));
	err |= put(r, job, name, "migrations", COMPARE_PER_S,
		   result_number(group, "migrations") / r->duration_s);
	err |= put(r, job, name, "preempted", COMPARE_PER_S,
		   result_number(group, "preempted") / r->duration_s);
	return err ? -ENOMEM : 0;
}

static int take_result(struct request *r, const struct job *job, struct json_object *root)
{
	struct json_object *groups = result_member(root, "groups"), *part = result_member(root, "policy");
	double duration_ns = result_number(root, "duration_ns"), cpus = result_number(root, "cpus");
	size_t i;
	int err = 0;

	if (!groups || !part || duration_ns <= 0 || cpus <= 0)
		return -EINVAL;
	snprintf(r->figures.names[job->policy], sizeof(r->figures.names[0]), "%s", json_object_get_string(part));
	r->duration_s = duration_ns / 1e9;
	r->nr_cpus = (uint32_t)cpus;
	for (i = 0; i < json_object_array_length(groups) && !err; i++)
		err = take_group(r, job, json_object_array_get_idx(groups, i));
	if (err)
		return err;
	err = put(r, job, "", "CPUs busy", COMPARE_PCT,
		  result_number(root, "busy_ns") * 100 / duration_ns / cpus);
	part = result_member(root, "agent");
	if (part)
		err |= put(r, job, "", "agent CPU time", COMPARE_PCT,
			   result_number(part, "run_ns") * 100 / duration_ns);
	part = result_member(root, "fairness");
	if (part && result_number(part, "tasks") > 1)
		err |= put(r, job, "", "shares off by", COMPARE_PCT, result_number(part, "mean_pct"));
	return err ? -ENOMEM : 0;
}

/* Returns an EXIT_CODE_*; the sentence of a run that failed is on stderr already. */
static int job_end(struct request *r, struct child_run *run, struct job *job, int code)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *root = NULL;
	size_t size = 0;
	char *text;
	int err;

	if (code) {
		json_tokener_free(tokener);
		text = run->err >= 0 ? child_run_text(run->err, &size) : NULL;
		fputs(text ? text : "", stderr);
		free(text);
		return clandsim_error(code > 0 ? code : EXIT_CODE_FAILED,
				      "compare: %s with --seed=%llu failed: nothing is compared",
				      r->policies[job->policy],
				      (unsigned long long)(r->first_seed + job->seed));
	}
	text = child_run_text(run->out, &size);
	if (text && tokener)
		root = json_tokener_parse_ex(tokener, text, (int)size);
	json_tokener_free(tokener);
	free(text);
	err = root ? take_result(r, job, root) : -EINVAL;
	json_object_put(root);
	if (!err)
		return EXIT_CODE_OK;
	if (err == -ENOMEM)
		return clandsim_error(EXIT_CODE_FAILED, "compare: no memory, or more than %d figures",
				      COMPARE_METRICS_MAX);
	return clandsim_error(EXIT_CODE_FAILED, "compare: %s with --seed=%llu ended without a result: nothing is "
			      "compared", r->policies[job->policy],
			      (unsigned long long)(r->first_seed + job->seed));
}

static int run_all(struct request *r)
{
	size_t nr = r->nr_policies * r->nr_seeds, next = 0, running = 0;
	char text[48];
	static struct child_run runs[JOBS_MAX];
	static struct job jobs[JOBS_MAX];
	int code = EXIT_CODE_OK, status, i, err;

	while (running || (next < nr && !code)) {
		if (next < nr && running < r->nr_jobs && !code) {
			for (i = 0; runs[i].pid; i++)
				;
			/* Seed after seed: policies that fail do so soon. */
			err = job_start(r, &runs[i], &jobs[i], next % r->nr_policies,
					next / r->nr_policies);
			if (err) {
				code = clandsim_error(EXIT_CODE_FAILED, "compare: a run cannot be "
						      "started: %s", strerror(-err));
				continue;
			}
			next++;
			running++;
			continue;
		}
		i = child_run_wait(runs, JOBS_MAX, &status);
		if (i < 0)
			break;
		running--;
		if (!code)
			code = job_end(r, &runs[i], &jobs[i], status);
		child_run_close(&runs[i]);
		snprintf(text, sizeof(text), "%zu of %zu runs", next - running, nr);
		progress_bar_show(next - running, nr, text);
	}
	progress_bar_clear();
	return code;
}

/* ---- what it says ---------------------------------------------------------------------------- */

/* The option with which something could be told from noise; NULL: it can already. */
static const char *remedy(const struct request *r, char *ret_text, size_t size)
{
	uint64_t needed = compare_needed(r->figures.nr_metrics, r->nr_policies);

	snprintf(ret_text, size, "--seeds=%llu", (unsigned long long)needed);
	return needed > r->nr_seeds ? ret_text : NULL;
}

static void put_text(const struct request *r)
{
	char text[32];

	utf8_put(stdout, r->workload);
	printf(" on %u CPU%s, %.3f s, seeds %llu to %llu\n\n", r->nr_cpus,
	       r->nr_cpus == 1 ? "" : "s", r->duration_s, (unsigned long long)r->first_seed,
	       (unsigned long long)(r->first_seed + r->nr_seeds - 1));
	compare_put_table(stdout, &r->figures, remedy(r, text, sizeof(text)));
}

static void put_json(const struct request *r)
{
	fputs("{\"workload\":", stdout);
	quote_json(stdout, r->workload);
	printf(",\"cpus\":%u,\"duration_s\":%.6f,\"first_seed\":%llu,\"seeds\":%llu,\"policies\":[",
	       r->nr_cpus, r->duration_s, (unsigned long long)r->first_seed,
	       (unsigned long long)r->nr_seeds);
	compare_put_json_names(stdout, &r->figures);
	fputs("],\n\"figures\":[", stdout);
	compare_put_json_figures(stdout, &r->figures);
	fputs("]}\n", stdout);
}

static void put_command(FILE *out, const struct request *r)
{
	size_t i;

	fputs("<pre><code>clandsim compare ", out);
	for (i = 0; i < r->nr_policies; i++) {
		page_word(out, r->policies[i]);
		fputc(' ', out);
	}
	fputs(r->is_recording ? "--recording=" : "--workload=", out);
	page_word(out, r->workload);
	fprintf(out, " --seeds=%llu --first-seed=%llu", (unsigned long long)r->nr_seeds,
		(unsigned long long)r->first_seed);
	for (i = 0; i < r->nr_passed; i++) {
		fputc(' ', out);
		page_word(out, r->passed[i]);
	}
	fputs("</code></pre>\n", out);
}

static int put_page(const struct request *r, struct diag *diag)
{
	struct page page;
	char text[32];
	int err = page_open(&page, r->html, "clandsim compare", diag);

	if (err)
		return err;
	page_compare_title(page.out, &r->figures);
	fprintf(page.out, "<dl class=\"facts\">\n<dt>%s</dt><dd>",
		r->is_recording ? "recording" : "workload");
	page_text(page.out, r->workload);
	fprintf(page.out, "</dd>\n<dt>machine</dt><dd>%u CPU%s</dd>\n<dt>length</dt><dd>%.3fs of virtual time "
		"a run</dd>\n<dt>seeds</dt><dd>%llu to %llu, the same for each policy</dd>\n</dl>\n", r->nr_cpus,
		r->nr_cpus == 1 ? "" : "s", r->duration_s, (unsigned long long)r->first_seed,
		(unsigned long long)(r->first_seed + r->nr_seeds - 1));
	put_command(page.out, r);
	page_compare_legend(page.out, &r->figures, remedy(r, text, sizeof(text)));
	page_compare_figures(page.out, &r->figures);
	fputs("<footer>Made by clandsim " CLAND_VERSION " of scx-cland; docs/simulator.md says what the "
	      "figures mean.</footer>\n", page.out);
	return page_close(&page, diag);
}

int clandsim_compare(int argc, char *argv[])
{
	static struct request r;
	int code = parse(argc, argv, &r);
	struct diag diag;

	if (code < 0) {
		clandsim_compare_usage();
		return EXIT_CODE_OK;
	}
	if (!code && r.html && page_check(r.html, &diag))
		code = clandsim_error(EXIT_CODE_FAILED, "%s", diag.text);
	if (!code && compare_init(&r.figures, r.nr_policies, r.nr_seeds, "seeds", "with one seed"))
		code = clandsim_error(EXIT_CODE_FAILED, "compare: no memory");
	if (!code)
		code = run_all(&r);
	if (!code && compare_judge(&r.figures))
		code = clandsim_error(EXIT_CODE_FAILED, "compare: no memory");
	if (!code) {
		if (r.json)
			put_json(&r);
		else
			put_text(&r);
		if (r.html && put_page(&r, &diag))
			code = clandsim_error(EXIT_CODE_FAILED, "%s", diag.text);
	}
	compare_free(&r.figures);
	return code;
}
