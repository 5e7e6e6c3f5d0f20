/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandsim_hunt.c - `clandsim hunt`: make up machines and workloads until one of them breaks what
 * must hold, under a policy or in the stub; then leave out of it what is not needed for that, and
 * write down what is left. Delta debugging (Zeller, Hildebrandt 2002) by the ways of
 * hunt_case_less().
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "child_run.h"
#include "clandsim.h"
#include "clock.h"
#include "config.h"
#include "exit_codes.h"
#include "hunt_case.h"
#include "progress_bar.h"
#include "quote.h"
#include "result.h"

#define POLICIES_MAX 16
#define PASSED_MAX 32
#define JOBS_MAX 64
#define SHRINKS_MAX 2000
#define LIKE_MAX 48
/* Who hangs does so for the whole limit in each try: tries get less of it, and there are not as many. */
#define TRY_HANG_LIMIT "--hang-limit=1"
#define SHRINK_HANG_NS 60000000000ULL
#define JOINED_MAX 64
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
/* Where all weigh the same nobody waits longer than a second, or some rounds of all with full slices. */
#define EQUAL_WAIT_MS 1000
#define EQUAL_ROUNDS 4
#define SLICE_MS 10 /* the longest of our policies: fifo's */

struct hunt {
	const char *policies[POLICIES_MAX];
	size_t nr_policies;
	const char *passed[PASSED_MAX];
	size_t nr_passed;
	uint64_t seed, nr_jobs, nr_runs_max, seconds, max_wait_ms;
	const char *keep;	/* the folder for what is found */
	uint64_t nr_runs;
};

struct job {
	struct hunt_case c;
	size_t policy;
	uint64_t index;		/* the how many-th run it is */
	char path[64];		/* the case as a file in memory */
	int fd;
};

/* What went wrong in a run: how it ended, and the first words, without numbers, to know it again. */
struct finding {
	int code;		/* 0: nothing */
	char sentence[1024];
	char like[LIKE_MAX];
};

void clandsim_hunt_usage(void)
{
	puts("\nUsage: clandsim hunt [OPTION]... POLICY...\n\n"
	     "Makes up machines and workloads and runs each under each POLICY (NAME or FILE.so) until\n"
	     "something that must hold does not, then makes the case as small as it can and writes it to a\n"
	     "file that `clandsim run` repeats. Options:\n"
	     "  --minutes=N                how long (default 5)\n"
	     "  --runs=N                   ... or how many runs\n"
	     "  --seed=N                   decides all cases (default: another one each time, printed)\n"
	     "  --max-wait-ms=N            also: nobody waits longer than that (default: a second where all\n"
	     "                             weigh the same)\n"
	     "  --shares-pct=N             also: who never sleeps gets its share by nice level, within that\n"
	     "  --jobs=N                   runs at a time (default: one for each CPU of this machine)\n"
	     "  --keep=FOLDER              where the file goes (default: the current one)\n"
	     "  --set, --idle-limit, --rescue-ms, --hang-limit, --max-tasks: as for clandsim run\n"
	     "Exit codes: 0 when nothing was found, 1 when something was; others as below");
}

/* ---- the command line ------------------------------------------------------------------------ */

/* Options of the runs. */
static const char *const passed[] = { "--set", "--idle-limit", "--rescue-ms", "--hang-limit", "--max-tasks",
				      "--shares-pct" };

static int take(struct hunt *h, const char *arg)
{
	struct {
		const char *word;
		uint64_t min, max, *value, factor;
	} numbers[] = {
		{ "--minutes", 1, 10000, &h->seconds, 60 },
		{ "--runs", 1, 1000000000, &h->nr_runs_max, 1 },
		{ "--seed", 0, UINT64_MAX, &h->seed, 1 },
		{ "--jobs", 1, JOBS_MAX, &h->nr_jobs, 1 },
		{ "--max-wait-ms", 1, 100000, &h->max_wait_ms, 1 },
	};
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint64_t number;

		value = clandsim_value_of(arg, numbers[i].word);
		if (!value)
			continue;
		if (config_parse_u64(value, &number) || number < numbers[i].min ||
		    number > numbers[i].max)
			return clandsim_error(EXIT_CODE_USAGE, "hunt: %s=%.32s: expected a whole number "
					      "from %llu to %llu", numbers[i].word, value,
					      (unsigned long long)numbers[i].min,
					      (unsigned long long)numbers[i].max);
		*numbers[i].value = number * numbers[i].factor;
		return 0;
	}
	if ((value = clandsim_value_of(arg, "--keep"))) {
		h->keep = value;
		return 0;
	}
	for (i = 0; i < ARRAY_LEN(passed); i++) {
		if (!clandsim_value_of(arg, passed[i]))
			continue;
		if (h->nr_passed == PASSED_MAX)
			return clandsim_error(EXIT_CODE_USAGE, "hunt: more than %d options", PASSED_MAX);
		h->passed[h->nr_passed++] = arg;
		return 0;
	}
	if (arg[0] == '-')
		return clandsim_error(EXIT_CODE_USAGE, "hunt: '%.64s': no such option, or its =VALUE is "
				      "missing; see clandsim hunt --help", arg);
	if (h->nr_policies == POLICIES_MAX)
		return clandsim_error(EXIT_CODE_USAGE, "hunt: more than %d policies", POLICIES_MAX);
	h->policies[h->nr_policies++] = arg;
	return 0;
}

static bool needs_value(const char *arg)
{
	static const char *const own[] = { "--minutes", "--runs", "--seed", "--jobs", "--max-wait-ms", "--keep" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(own); i++)
		if (!strcmp(arg, own[i]))
			return true;
	for (i = 0; i < ARRAY_LEN(passed); i++)
		if (!strcmp(arg, passed[i]))
			return true;
	return false;
}

/* Returns EXIT_CODE_OK, EXIT_CODE_USAGE, or -1 when help was asked for. */
static int parse(int argc, char *argv[], struct hunt *h)
{
	static char joined[JOINED_MAX][4096];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int i, code;

	h->nr_jobs = cpus > 0 && cpus < JOBS_MAX ? (uint64_t)cpus : 1;
	h->seconds = 300;
	h->keep = ".";
	if (getrandom(&h->seed, sizeof(h->seed), 0) != sizeof(h->seed))
		h->seed = (uint64_t)time(NULL);
	h->seed %= 1000000000; /* one that can be typed */
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return -1;
		/* "--minutes 5" is "--minutes=5" */
		if (needs_value(argv[i]) && i + 1 < argc) {
			if (i >= JOINED_MAX ||
			    (size_t)snprintf(joined[i], sizeof(joined[i]), "%s=%s", argv[i], argv[i + 1]) >=
				    sizeof(joined[i]))
				return clandsim_error(EXIT_CODE_USAGE, "hunt: '%.64s': too much of it", argv[i]);
			code = take(h, joined[i++]);
		} else {
			code = take(h, argv[i]);
		}
		if (code)
			return code;
	}
	if (h->nr_runs_max && h->seconds == 300)
		h->seconds = UINT64_MAX;
	if (!h->nr_policies)
		return clandsim_error(EXIT_CODE_USAGE, "hunt: which policy? Give its name or file");
	/* Before an hour's hunt rather than after it. */
	if (access(h->keep, W_OK | X_OK))
		return clandsim_error(EXIT_CODE_USAGE, "hunt: --keep=%s: no files can be made there: %s", h->keep,
				      strerror(errno));
	return EXIT_CODE_OK;
}

/* ---- what a person sees meanwhile ------------------------------------------------------------ */

static void show_runs(struct hunt *h, uint64_t nr_started, uint64_t used_ns)
{
	uint64_t used_s = used_ns / 1000000000, left_s = h->seconds > used_s ? h->seconds - used_s : 0;
	bool by_runs = h->seconds == UINT64_MAX;
	char text[128], left[48];

	if (by_runs)
		snprintf(left, sizeof(left), "%llu runs to go",
			 (unsigned long long)(h->nr_runs_max > h->nr_runs ? h->nr_runs_max - h->nr_runs : 0));
	else
		snprintf(left, sizeof(left), "%llu min %02llu s left", (unsigned long long)left_s / 60,
			 (unsigned long long)left_s % 60);
	snprintf(text, sizeof(text), "%llu runs of %llu cases, %s", (unsigned long long)h->nr_runs,
		 (unsigned long long)((nr_started + h->nr_policies - 1) / h->nr_policies), left);
	progress_bar_show(by_runs ? h->nr_runs : used_s, by_runs ? h->nr_runs_max : h->seconds, text);
}

/* ---- one run --------------------------------------------------------------------------------- */

/* What is held against a run without a word about it: where all weigh the same nobody has to wait for long. */
static uint64_t max_wait_ms(const struct hunt *h, const struct hunt_case *c)
{
	uint64_t round_ms = hunt_case_crowd(c) * SLICE_MS;

	if (h->max_wait_ms || !hunt_case_is_equal(c))
		return h->max_wait_ms;
	return EQUAL_ROUNDS * round_ms > EQUAL_WAIT_MS ? EQUAL_ROUNDS * round_ms : EQUAL_WAIT_MS;
}

/* more: one more option, which counts over those of the command line, or NULL. */
static int start(const struct hunt *h, struct child_run *run, struct job *job, const char *more)
{
	uint64_t limit_ms = max_wait_ms(h, &job->c);
	const char *argv[PASSED_MAX + 11];
	char policy[4200], limit[40];
	size_t n = 0, i;
	FILE *file;
	int err;

	file = tmpfile();
	if (!file)
		return -errno;
	hunt_case_print(file, &job->c);
	if (fflush(file) || (job->fd = dup(fileno(file))) < 0) {
		err = -errno;
		fclose(file);
		return err;
	}
	fclose(file);
	snprintf(job->path, sizeof(job->path), "/proc/%d/fd/%d", (int)getpid(), job->fd);
	snprintf(policy, sizeof(policy), "--policy=%s", h->policies[job->policy]);
	argv[n++] = "run";
	argv[n++] = "--json";
	argv[n++] = policy;
	argv[n++] = job->c.is_strict ? "--decisions=strict" : "--decisions=leased";
	if (job->c.is_shuffled)
		argv[n++] = "--shuffle";
	if (limit_ms) {
		snprintf(limit, sizeof(limit), "--max-wait-ms=%llu", (unsigned long long)limit_ms);
		argv[n++] = limit;
	}
	for (i = 0; i < h->nr_passed; i++)
		argv[n++] = h->passed[i];
	if (more)
		argv[n++] = more;
	argv[n++] = job->path;
	argv[n] = NULL;
	err = child_run_start(run, argv, true);
	if (err)
		close(job->fd);
	return err;
}

/* The sentence's letters up to where it speaks of a seed: the same trouble has the same ones. */
static void note_sentence(struct finding *finding, const char *text)
{
	const char *from = strstr(text, "clandsim: ");
	size_t at = 0;

	from = from ? from + 10 : text;
	snprintf(finding->sentence, sizeof(finding->sentence), "%.*s", (int)strcspn(from, "\n"), from);
	for (; *from && *from != '\n' && at < LIKE_MAX - 1; from++) {
		if (*from == '(') /* names of tasks */
			from += strcspn(from, ")\n");
		if (isalpha((unsigned char)*from))
			finding->like[at++] = *from;
	}
	finding->like[at] = '\0';
}

static struct finding judge(struct child_run *run, int code)
{
	struct finding finding = { .code = code < 0 ? EXIT_CODE_FAILED : code };
	char *out = child_run_text(run->out, NULL), *err = child_run_text(run->err, NULL);
	struct json_object *root = !code && out ? json_tokener_parse(out) : NULL;

	if (!code && !result_member(root, "groups")) {
		/* No result is never "nothing found". */
		finding.code = EXIT_CODE_FAILED;
		snprintf(finding.sentence, sizeof(finding.sentence), "the run has ended without a result, and "
			 "without a word");
		snprintf(finding.like, sizeof(finding.like), "noresult");
	}
	if (code < 0)
		snprintf(finding.sentence, sizeof(finding.sentence), "clandsim itself was ended by "
			 "signal %d", -code);
	else if (code > 0)
		note_sentence(&finding, err ? err : "");
	json_object_put(root);
	free(out);
	free(err);
	return finding;
}

static void end(struct child_run *run, struct job *job)
{
	child_run_close(run);
	close(job->fd);
}

/* ---- smaller ones ---------------------------------------------------------------------------- */

static bool is_like(const struct finding *a, const struct finding *b)
{
	return a->code == b->code && !strcmp(a->like, b->like);
}

/* Run the case once more, as start() has it. Returns whether it could be; *ret_finding: what was found then. */
static bool run_again(struct hunt *h, struct job *job, const char *more, struct finding *ret_finding)
{
	struct child_run run;
	int code;

	if (start(h, &run, job, more) || child_run_wait(&run, 1, &code) < 0)
		return false;
	*ret_finding = judge(&run, code);
	end(&run, job);
	h->nr_runs++;
	return true;
}

/* One at a time, in order: what is smallest must not depend on how many run at a time. */
static void shrink(struct hunt *h, struct job *job, struct finding *finding)
{
	const char *more = finding->code == EXIT_CODE_POLICY_SLOW ? TRY_HANG_LIMIT : NULL;
	uint64_t began_ns = monotonic_ns();
	struct hunt_case less;
	uint32_t n = 0, tries = 0;
	bool progress = false;
	char text[48];

	while (tries < SHRINKS_MAX && (!more || monotonic_ns() - began_ns < SHRINK_HANG_NS)) {
		struct job smaller = { .policy = job->policy };
		struct finding found;

		if (!hunt_case_less(&job->c, n++, &less)) {
			if (!progress)
				return;
			progress = false;
			n = 0;
			continue;
		}
		if (hunt_case_same(&less, &job->c))
			continue;
		smaller.c = less;
		tries++;
		if (!run_again(h, &smaller, more, &found))
			return;
		snprintf(text, sizeof(text), "%u tries to leave something out", tries);
		progress_bar_show(tries, SHRINKS_MAX, text);
		if (!is_like(&found, finding))
			continue;
		*finding = found;
		job->c = less;
		progress = true;
		n--; /* what stood behind it has moved up, or there is more to take */
	}
}

/* Whether the case shows it again; *finding is in the words of that run then. */
static bool shows_again(struct hunt *h, struct job *job, struct finding *finding)
{
	struct finding found;

	if (!run_again(h, job, NULL, &found) || !is_like(&found, finding))
		return false;
	*finding = found;
	return true;
}

/* The same, once it is as small as it gets; with less time a slow call may have passed for one that hangs. */
static bool make_smaller(struct hunt *h, struct job *job, struct finding *finding)
{
	const struct finding first = *finding;
	const struct hunt_case whole = job->c;

	shrink(h, job, finding);
	if (shows_again(h, job, finding))
		return true;
	job->c = whole;
	*finding = first;
	return shows_again(h, job, finding);
}

static int write_case(const struct hunt *h, const struct job *job, const struct finding *finding,
		      char *ret_path, size_t size)
{
	FILE *file;
	int err;

	snprintf(ret_path, size, "%s/hunt-%llu.ini", h->keep, (unsigned long long)job->c.seed);
	file = fopen(ret_path, "we");
	if (!file)
		return -errno;
	fprintf(file, "; %s\n", finding->sentence);
	hunt_case_print(file, &job->c);
	err = ferror(file) ? -EIO : 0;
	return fclose(file) ? -errno : err;
}

static int report(struct hunt *h, struct job *job, struct finding *finding)
{
	char path[4200];
	bool is_sure;
	size_t i;
	int err;

	progress_bar_clear();
	printf("found by case %llu: %s\nmaking it smaller ...\n", (unsigned long long)job->c.seed,
	       finding->sentence);
	fflush(stdout);
	is_sure = make_smaller(h, job, finding);
	progress_bar_clear();
	err = write_case(h, job, finding, path, sizeof(path));
	printf("\n%s\n\n", finding->sentence);
	hunt_case_print(stdout, &job->c);
	if (err)
		return clandsim_error(EXIT_CODE_FAILED, "hunt: %s cannot be written: %s", path,
				      strerror(-err));
	if (!is_sure)
		puts("\nIt does not happen each time: the policy goes by something that the seed does not decide, as a\n"
		     "clock, memory that it has not set, or what it has left in a file. See clandctl policy check.");
	printf("\nThe case is in %s. To see it again:\n  clandsim run --policy=", path);
	quote_word(stdout, h->policies[job->policy]);
	if (job->c.is_strict)
		printf(" --decisions=strict");
	if (job->c.is_shuffled)
		printf(" --shuffle");
	if (max_wait_ms(h, &job->c))
		printf(" --max-wait-ms=%llu", (unsigned long long)max_wait_ms(h, &job->c));
	for (i = 0; i < h->nr_passed; i++) {
		putchar(' ');
		quote_word(stdout, h->passed[i]);
	}
	putchar(' ');
	quote_word(stdout, path);
	putchar('\n');
	return EXIT_CODE_FAILED;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int hunt(struct hunt *h)
{
	static struct child_run runs[JOBS_MAX];
	static struct job jobs[JOBS_MAX];
	uint64_t began_ns = monotonic_ns(), next = 0;
	struct finding finding = { .code = 0 };
	struct job found = { .fd = -1 };
	size_t running = 0;
	int i, code, err;

	for (;;) {
		bool is_over = finding.code || (monotonic_ns() - began_ns) / 1000000000 >= h->seconds ||
			       (h->nr_runs_max && next >= h->nr_runs_max);

		if (is_over && !running)
			break;
		if (!is_over && running < h->nr_jobs) {
			for (i = 0; runs[i].pid; i++)
				;
			jobs[i] = (struct job){
				.c = hunt_case_make(h->seed + next / h->nr_policies),
				.policy = next % h->nr_policies,
				.index = next,
			};
			err = start(h, &runs[i], &jobs[i], NULL);
			if (err)
				return clandsim_error(EXIT_CODE_FAILED, "hunt: a run cannot be started: %s",
						      strerror(-err));
			next++;
			running++;
			continue;
		}
		i = child_run_wait(runs, JOBS_MAX, &code);
		if (i < 0)
			return clandsim_error(EXIT_CODE_FAILED, "hunt: a run cannot be waited for");
		running--;
		h->nr_runs++;
		/* What is found must not depend on which of those that run at a time ends first. */
		if (!finding.code || jobs[i].index < found.index) {
			struct finding one = judge(&runs[i], code);

			if (one.code) {
				finding = one;
				found = jobs[i];
			}
		}
		end(&runs[i], &jobs[i]);
		show_runs(h, next, monotonic_ns() - began_ns);
	}
	progress_bar_clear();
	if (finding.code == EXIT_CODE_USAGE || finding.code == EXIT_CODE_NOT_FOUND ||
	    finding.code == EXIT_CODE_NOT_A_POLICY || finding.code == EXIT_CODE_PARAMETERS)
		return clandsim_error(finding.code, "%s", finding.sentence);
	if (finding.code)
		return report(h, &found, &finding);
	printf("nothing found in %llu runs of %llu cases, seed %llu\n", (unsigned long long)h->nr_runs,
	       (unsigned long long)((next + h->nr_policies - 1) / h->nr_policies),
	       (unsigned long long)h->seed);
	return EXIT_CODE_OK;
}

int clandsim_hunt(int argc, char *argv[])
{
	static struct hunt h;
	int code = parse(argc, argv, &h);

	if (code < 0) {
		clandsim_hunt_usage();
		return EXIT_CODE_OK;
	}
	if (code)
		return code;
	printf("seed %llu\n", (unsigned long long)h.seed);
	fflush(stdout);
	return hunt(&h);
}
