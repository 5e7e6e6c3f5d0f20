/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_compare.c - `clandctl compare`: policies side by side on the running machine, under its
 * own load. From the command line to the report; all that can be wrong is said before anything is
 * changed.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "clandctl.h"
#include "clandctl_compare.h"
#include "config.h"
#include "control_text.h"
#include "exit_codes.h"
#include "intent.h"
#include "page.h"
#include "policy_find.h"
#include "policy_meta.h"
#include "utf8.h"

#define FOR_NS 60000000000ULL
#define TURN_NS 3000000000ULL

struct compare_args {
	uint64_t for_ns, turn_ns, seed;
};

/* Returns EXIT_CODE_OK or EXIT_CODE_USAGE. */
static int parse_time(const char *option, const char *text, uint64_t *ret_ns)
{
	if (!intent_parse_duration(text, ret_ns) && *ret_ns)
		return EXIT_CODE_OK;
	return clandctl_error(EXIT_CODE_USAGE, "%s: '%s' is no time; expected 3s, 10m, 1h30m or the like",
			      option, text);
}

static int parse_seed(const char *text, uint64_t *ret_seed)
{
	if (!config_parse_u64(text, ret_seed) && *ret_seed <= UINT32_MAX)
		return EXIT_CODE_OK;
	return clandctl_error(EXIT_CODE_USAGE, "--seed: '%s' is no whole number up to %u", text, UINT32_MAX);
}

static int parse_option(int opt, struct session *session, struct compare_args *args, char *argv[])
{
	switch (opt) {
	case 'f':
		return parse_time("--for", optarg, &args->for_ns);
	case 't':
		if (parse_time("--turn", optarg, &args->turn_ns))
			return EXIT_CODE_USAGE;
		if (args->turn_ns > TURNS_LONGEST_NS)
			return clandctl_error(EXIT_CODE_USAGE, "--turn: '%s' is more than an hour", optarg);
		return EXIT_CODE_OK;
	case 'm':
		session->command = optarg;
		if (!optarg[strspn(optarg, " \t\n")])
			return clandctl_error(EXIT_CODE_USAGE, "--metric: the command is empty");
		return EXIT_CODE_OK;
	case 'w':
		session->html = optarg;
		return EXIT_CODE_OK;
	case 'j':
		session->json = true;
		return EXIT_CODE_OK;
	case 's':
		return parse_seed(optarg, &args->seed);
	default:
		return clandctl_bad_option(opt, argv);
	}
}

static int parse(int argc, char *argv[], struct session *session, struct compare_args *args)
{
	static const struct option options[] = {
		{ "for", required_argument, NULL, 'f' },
		{ "turn", required_argument, NULL, 't' },
		{ "metric", required_argument, NULL, 'm' },
		{ "html", required_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'j' },
		{ "seed", required_argument, NULL, 's' },
		{ 0 },
	};
	int opt, code = EXIT_CODE_OK;

	while (!code && (opt = getopt_long(argc, argv, ":", options, NULL)) != -1)
		code = parse_option(opt, session, args, argv);
	if (code)
		return code;
	if (argc - optind < 2)
		return clandctl_error(EXIT_CODE_USAGE, "compare: expected two policies or more, and there %s",
				      argc == optind ? "is none" : "is one");
	if (argc - optind > COMPARE_POLICIES_MAX)
		return clandctl_error(EXIT_CODE_USAGE, "compare: more than %d policies", COMPARE_POLICIES_MAX);
	return EXIT_CODE_OK;
}

/* What the tables call it: short, and no other one is called so. */
static void name_entrant(struct session *session, struct entrant *e)
{
	const char *base = strrchr(e->asked, '/');
	char name[28];
	size_t len;
	uint32_t i, nr;

	base = base ? base + 1 : e->asked;
	len = strlen(base);
	if (len > 3 && !strcmp(base + len - 3, ".so"))
		len -= 3;
	snprintf(name, sizeof(name), "%.*s", (int)len, base);
	utf8_clean(name);
	snprintf(e->name, sizeof(e->name), "%s", name);
	for (nr = 2, i = 0; i < session->nr_entrants; i++) {
		if (strcmp(session->entrants[i].name, e->name) != 0)
			continue;
		snprintf(e->name, sizeof(e->name), "%s#%u", name, nr++);
		i = UINT32_MAX; /* from the beginning: that one may be taken, too */
	}
}

/* Whether it is a policy, as far as its file tells without being run. Returns an EXIT_CODE_*. */
static int add_entrant(struct session *session, const char *word)
{
	struct entrant *e = &session->entrants[session->nr_entrants];
	static struct policy_meta meta;
	const char *asked;
	char path[4096];
	struct diag diag;
	uint32_t i;

	if (policy_meta_find(word, path, sizeof(path), &diag))
		return clandctl_error(EXIT_CODE_NOT_FOUND, "compare: %s", diag.text);
	asked = strchr(word, '/') ? path : word;
	if (strlen(asked) >= sizeof(e->asked) || !control_text_is_utf8(asked, strlen(asked)))
		return clandctl_error(EXIT_CODE_USAGE, "compare: %s: the path is not UTF-8, or longer than %zu bytes",
				      asked, sizeof(e->asked) - 1);
	if (policy_meta_read(path, &meta, &diag))
		return clandctl_error(EXIT_CODE_NOT_A_POLICY, "compare: %s", diag.text);
	memcpy(e->asked, asked, strlen(asked) + 1);
	snprintf(e->policy, sizeof(e->policy), "%s", meta.name);
	snprintf(e->version, sizeof(e->version), "%s", meta.version);
	for (i = 0; i < session->nr_entrants; i++)
		if (!strcmp(session->entrants[i].asked, e->asked))
			return clandctl_error(EXIT_CODE_USAGE, "compare: %s is there twice", word);
	name_entrant(session, e);
	session->nr_entrants++;
	return EXIT_CODE_OK;
}

/* What is known before it begins: with so few rounds, it may not be worth the time. */
static void warn(const struct session *session)
{
	const struct turns *plan = &session->plan;
	uint64_t needs = session_needs(session, session->nr_entrants);

	if (plan->nr_rounds < TURNS_FEW)
		clandctl_error(0, "note: with %u round%s the intervals are worth little, and nothing can be told "
			       "from noise: --for=%llus gives %llu", plan->nr_rounds,
			       plan->nr_rounds == 1 ? "" : "s",
			       (unsigned long long)turns_seconds_for(plan, needs), (unsigned long long)needs);
	else if (plan->nr_rounds < needs)
		clandctl_error(0, "note: with %u rounds nothing can be told from noise: --for=%llus gives %llu",
			       plan->nr_rounds, (unsigned long long)turns_seconds_for(plan, needs),
			       (unsigned long long)needs);
}

/* All that can be checked without the daemon. */
static int prepare(int argc, char *argv[], struct session *session)
{
	struct compare_args args = { .for_ns = FOR_NS, .turn_ns = TURN_NS };
	long nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t seed = 1;
	struct diag diag;
	int code;

	/* Without it, it is the same one each time, which is no harm. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = 1;
	args.seed = seed;
	session->nr_cpus = nr_cpus > 0 ? (uint32_t)nr_cpus : 1;
	code = parse(argc, argv, session, &args);
	for (; !code && optind < argc; optind++)
		code = add_entrant(session, argv[optind]);
	if (!code && turns_plan(args.for_ns, args.turn_ns, session->nr_entrants, args.seed, &session->plan,
				&diag))
		code = clandctl_error(EXIT_CODE_USAGE, "compare: %s", diag.text);
	if (!code && session->html && page_check(session->html, &diag))
		code = clandctl_error(EXIT_CODE_FAILED, "%s", diag.text);
	return code;
}

int clandctl_compare(int argc, char *argv[])
{
	static struct session session;
	int code, reported;

	code = prepare(argc, argv, &session);
	if (code)
		return code;
	session.turns = calloc((size_t)session.plan.nr_rounds * session.nr_entrants, sizeof(*session.turns));
	if (!session.turns)
		return clandctl_error(EXIT_CODE_FAILED, "compare: no memory for %u rounds", session.plan.nr_rounds);
	warn(&session);
	code = session_run(&session);
	if (!code || session.nr_turns) {
		reported = session_report(&session, stdout);
		code = code ? code : reported;
	}
	if (!code && session.after[0])
		code = EXIT_CODE_FAILED;
	free(session.turns);
	return code;
}
