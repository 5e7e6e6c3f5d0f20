/* SPDX-License-Identifier: GPL-2.0-only */
/* clandctl_compare_report.c - what the turns have come to: for people, as JSON, as a page. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clandctl.h"
#include "clandctl_compare.h"
#include "exit_codes.h"
#include "page.h"
#include "quote.h"
#include "utf8.h"

#define NS_PER_S 1e9

static const struct {
	const char *name;
	enum compare_unit unit;
} figures[FIGURE_NR] = {
	[FIGURE_WAIT_MEAN] = { "wait mean", COMPARE_NS },
	[FIGURE_WAIT_P50] = { "wait p50", COMPARE_NS },
	[FIGURE_WAIT_P99] = { "wait p99", COMPARE_NS },
	[FIGURE_WAIT_P999] = { "wait p99.9", COMPARE_NS },
	[FIGURE_BUSY] = { "CPUs busy", COMPARE_PCT },
	[FIGURE_SWITCHES] = { "context switches", COMPARE_PER_S },
	[FIGURE_STARTED] = { "tasks started", COMPARE_PER_S },
	[FIGURE_DECISIONS] = { "decisions", COMPARE_PER_S },
	[FIGURE_AGENT_CPU] = { "agent CPU time", COMPARE_PCT },
	[FIGURE_OWN] = { "its number", COMPARE_OWN },
};

/* ---- from turns to figures ------------------------------------------------------------------- */

static const struct turn *turn_of(const struct session *session, uint32_t round, uint32_t entrant)
{
	size_t i;

	for (i = 0; i < session->nr_turns; i++)
		if (session->turns[i].round == round && session->turns[i].entrant == entrant)
			return &session->turns[i];
	return NULL;
}

static bool is_whole(const struct session *session, uint32_t round, const uint32_t *which, size_t nr)
{
	const struct turn *turn;
	size_t i;

	for (i = 0; i < nr; i++) {
		turn = turn_of(session, round, which[i]);
		if (!turn || !turn->done)
			return false;
	}
	return true;
}

/* Those that are to be compared: they have not failed. */
static size_t entrants_left(const struct session *session, uint32_t ret_which[COMPARE_POLICIES_MAX])
{
	uint32_t i, nr = 0;

	for (i = 0; i < session->nr_entrants; i++)
		if (!session->entrants[i].failed[0])
			ret_which[nr++] = i;
	return nr;
}

static size_t nr_whole(const struct session *session, const uint32_t *which, size_t nr)
{
	size_t whole = 0;
	uint32_t round;

	for (round = 0; round < session->plan.nr_rounds; round++)
		whole += is_whole(session, round, which, nr);
	return whole;
}

static int put_turn(const struct session *session, struct compare *c, size_t policy, size_t sample,
		    const struct turn *turn)
{
	char command[40];
	int err = 0;
	size_t i;

	snprintf(command, sizeof(command), "%.39s", session->command ? session->command : "");
	utf8_clean(command);
	for (i = 0; i < FIGURE_NR && !err; i++)
		if (i != FIGURE_OWN || session->command)
			err = compare_put(c, i == FIGURE_OWN ? command : "", figures[i].name, figures[i].unit,
					  policy, sample, turn->values[i]);
	return err;
}

int session_collect(const struct session *session, struct compare *ret_figures,
		    uint32_t ret_which[COMPARE_POLICIES_MAX])
{
	size_t nr = entrants_left(session, ret_which), whole, sample = 0, i;
	uint32_t round;
	int err;

	whole = nr < 2 ? 0 : nr_whole(session, ret_which, nr);
	if (!whole)
		return -ENODATA;
	err = compare_init(ret_figures, nr, whole, "rounds", "in one round");
	for (i = 0; i < nr; i++)
		snprintf(ret_figures->names[i], sizeof(ret_figures->names[i]), "%s",
			 session->entrants[ret_which[i]].name);
	for (round = 0; round < session->plan.nr_rounds && !err; round++) {
		if (!is_whole(session, round, ret_which, nr))
			continue;
		for (i = 0; i < nr && !err; i++)
			err = put_turn(session, ret_figures, i, sample, turn_of(session, round, ret_which[i]));
		sample++;
	}
	for (i = 0; i < ret_figures->nr_metrics; i++)
		memcpy(ret_figures->metrics[i].own_unit, session->unit, sizeof(session->unit));
	if (!err)
		err = compare_judge(ret_figures);
	if (err)
		compare_free(ret_figures);
	return err;
}

uint64_t session_needs(const struct session *session, size_t nr_policies)
{
	return compare_needed(FIGURE_NR - !session->command, nr_policies);
}

/* The option that gives as many rounds as are needed; NULL: there are enough. */
static const char *remedy(const struct session *session, const struct compare *c, char *ret_text,
			  size_t size)
{
	uint64_t needed = session_needs(session, c->nr_policies);

	if (c->nr_samples >= needed)
		return NULL;
	snprintf(ret_text, size, "--for=%" PRIu64 "s", turns_seconds_for(&session->plan, needed));
	return ret_text;
}

/* ---- for people ------------------------------------------------------------------------------ */

static size_t nr_done(const struct session *session, uint32_t entrant)
{
	size_t i, nr = 0;

	for (i = 0; i < session->nr_turns; i++)
		nr += session->turns[i].done && session->turns[i].entrant == entrant;
	return nr;
}

/*
 * The next turn from *at on that is missing, or whose number is, and why; NULL: there is none.
 * Turns of a policy that has failed are told of once, with the policy.
 */
static const struct turn *next_missing(const struct session *session, size_t *at, const char **ret_why)
{
	const struct turn *turn;

	while (*at < session->nr_turns) {
		turn = &session->turns[(*at)++];
		if (turn->done ? !turn->own_why[0] : !!session->entrants[turn->entrant].failed[0])
			continue;
		*ret_why = turn->done ? turn->own_why : turn->why;
		return turn;
	}
	return NULL;
}

static void put_facts(FILE *out, const struct session *session)
{
	const struct turns *plan = &session->plan;

	fprintf(out, "%u rounds of %.10g s turns planned, the first %.3g s of each left out; seed %" PRIu64
		", %u CPU%s%s\n", plan->nr_rounds, (double)plan->turn_ns / NS_PER_S,
		(double)plan->settle_ns / NS_PER_S, plan->seed, session->nr_cpus,
		session->nr_cpus == 1 ? "" : "s", session->interrupted ? "; interrupted" : "");
}

static void put_entrant(FILE *out, const struct session *session, uint32_t which)
{
	const struct entrant *e = &session->entrants[which];

	fprintf(out, "  %s: ", e->name);
	utf8_put(out, e->path[0] ? e->path : e->asked);
	if (e->version[0]) {
		fputs(", version ", out);
		utf8_put(out, e->version);
	}
	if (e->failed[0]) {
		fprintf(out, "; FAILED in round %u, and is out: ", e->failed_round + 1);
		utf8_put(out, e->failed);
	} else {
		fprintf(out, "; turns: %zu", nr_done(session, which));
	}
	fputc('\n', out);
}

static void put_missing(FILE *out, const struct session *session)
{
	const struct turn *turn;
	const char *why;
	size_t at = 0;

	while ((turn = next_missing(session, &at, &why))) {
		fprintf(out, "  round %u, %s, %s: ", turn->round + 1, session->entrants[turn->entrant].name,
			turn->done ? "without a number" : "left out");
		utf8_put(out, why);
		fputc('\n', out);
	}
}

static void put_text(FILE *out, const struct session *session, const struct compare *c)
{
	char text[48];
	uint32_t i;

	put_facts(out, session);
	for (i = 0; i < session->nr_entrants; i++)
		put_entrant(out, session, i);
	put_missing(out, session);
	if (c) {
		fprintf(out, "figures of %zu whole round%s\n\n", c->nr_samples, c->nr_samples == 1 ? "" : "s");
		compare_put_table(out, c, remedy(session, c, text, sizeof(text)));
		fputc('\n', out);
		compare_put_differences(out, c);
		if (c->nr_samples < TURNS_FEW)
			fprintf(out, "with fewer than %u rounds the intervals are worth little\n", TURNS_FEW);
	}
	if (session->after[0]) {
		fprintf(out, "before it was %s; ", session->before);
		utf8_put(out, session->after);
		fputc('\n', out);
	} else {
		fprintf(out, "back to %s\n", session->now);
	}
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void json_text(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\":", name);
	quote_json(out, text);
}

static void json_entrants(FILE *out, const struct session *session)
{
	uint32_t i;

	for (i = 0; i < session->nr_entrants; i++) {
		const struct entrant *e = &session->entrants[i];

		fputs(i ? ",\n{" : "\n{", out);
		json_text(out, "name", e->name);
		fputc(',', out);
		json_text(out, "asked", e->asked);
		fputc(',', out);
		json_text(out, "path", e->path);
		fputc(',', out);
		json_text(out, "version", e->version);
		fprintf(out, ",\"turns\":%zu,", nr_done(session, i));
		json_text(out, "failed", e->failed);
		fputc('}', out);
	}
}

static void json_turns(FILE *out, const struct session *session)
{
	size_t i;

	for (i = 0; i < session->nr_turns; i++) {
		const struct turn *turn = &session->turns[i];

		fprintf(out, "%s\n{\"round\":%u,", i ? "," : "", turn->round + 1);
		json_text(out, "name", session->entrants[turn->entrant].name);
		fprintf(out, ",\"counts\":%s,", turn->done ? "true" : "false");
		json_text(out, "why", turn->done ? turn->own_why : turn->why);
		fputc('}', out);
	}
}

static void put_json(FILE *out, const struct session *session, const struct compare *c)
{
	const struct turns *plan = &session->plan;

	fprintf(out, "{\"seed\":%" PRIu64 ",\"turn_s\":%.10g,\"settle_s\":%.10g,\"cpus\":%u,\"rounds_planned\":%u,"
		"\"rounds\":%zu,\"interrupted\":%s,", plan->seed, (double)plan->turn_ns / NS_PER_S,
		(double)plan->settle_ns / NS_PER_S, session->nr_cpus, plan->nr_rounds, c ? c->nr_samples : 0,
		session->interrupted ? "true" : "false");
	json_text(out, "before", session->before);
	fputc(',', out);
	json_text(out, "now", session->now);
	fputc(',', out);
	json_text(out, "after", session->after);
	fputc(',', out);
	json_text(out, "metric", session->command ? session->command : "");
	fputs(",\n\"entrants\":[", out);
	json_entrants(out, session);
	fputs("],\n\"turns\":[", out);
	json_turns(out, session);
	fputs("],\n\"policies\":[", out);
	if (c)
		compare_put_json_names(out, c);
	fputs("],\n\"figures\":[", out);
	if (c)
		compare_put_json_figures(out, c);
	fputs("]}\n", out);
}

/* ---- a page ---------------------------------------------------------------------------------- */

static void page_command(FILE *out, const struct session *session)
{
	uint32_t i;

	fputs("<pre><code>clandctl compare", out);
	for (i = 0; i < session->nr_entrants; i++) {
		fputc(' ', out);
		page_word(out, session->entrants[i].asked);
	}
	fprintf(out, " --for=%" PRIu64 "s --turn=%.0fs --seed=%" PRIu64,
		turns_seconds_for(&session->plan, session->plan.nr_rounds),
		(double)session->plan.turn_ns / NS_PER_S, session->plan.seed);
	if (session->command) {
		fputs(" --metric=", out);
		page_word(out, session->command);
	}
	fputs("</code></pre>\n", out);
}

static void page_fact(FILE *out, const char *name, const char *text)
{
	fputs("<dt>", out);
	page_text(out, name);
	fputs("</dt><dd>", out);
	page_text(out, text);
	fputs("</dd>\n", out);
}

static void page_facts(FILE *out, const struct session *session, const struct compare *c)
{
	const struct turns *plan = &session->plan;
	char text[9000];
	uint32_t i;

	fputs("<dl class=\"facts\">\n", out);
	snprintf(text, sizeof(text), "%u CPU%s, under the load that it had", session->nr_cpus,
		 session->nr_cpus == 1 ? "" : "s");
	page_fact(out, "machine", text);
	snprintf(text, sizeof(text), "%zu whole ones of %u planned%s; in each, every policy has a turn of %.10g s, "
		 "in random order (seed %" PRIu64 "), whose first %.3g s are left out", c->nr_samples,
		 plan->nr_rounds, session->interrupted ? ", as it was interrupted" : "",
		 (double)plan->turn_ns / NS_PER_S, plan->seed, (double)plan->settle_ns / NS_PER_S);
	page_fact(out, "rounds", text);
	for (i = 0; i < session->nr_entrants; i++) {
		const struct entrant *e = &session->entrants[i];

		snprintf(text, sizeof(text), "%s%s%s%s%s", e->path[0] ? e->path : e->asked,
			 e->version[0] ? ", version " : "", e->version,
			 e->failed[0] ? "; FAILED, and is not compared: " : "", e->failed);
		page_fact(out, e->name, text);
	}
	fputs("</dl>\n", out);
}

static void page_missing(FILE *out, const struct session *session)
{
	const struct turn *turn;
	bool any = false;
	const char *why;
	size_t at = 0;

	while ((turn = next_missing(session, &at, &why))) {
		if (!any)
			fputs("<details><summary>Turns that are not, or not as a whole, in the figures</summary>\n<ul>\n",
			      out);
		any = true;
		fprintf(out, "<li>round %u, ", turn->round + 1);
		page_text(out, session->entrants[turn->entrant].name);
		fputs(": ", out);
		page_text(out, why);
		fputs("</li>\n", out);
	}
	fputs(any ? "</ul></details>\n" : "", out);
}

static int put_page(const struct session *session, const struct compare *c, struct diag *diag)
{
	struct page page;
	char text[48];
	int err = page_open(&page, session->html, "clandctl compare", diag);

	if (err)
		return err;
	page_compare_title(page.out, c);
	page_facts(page.out, session, c);
	page_command(page.out, session);
	page_compare_legend(page.out, c, remedy(session, c, text, sizeof(text)));
	if (c->nr_samples < TURNS_FEW)
		fprintf(page.out, "<p><b>With fewer than %u rounds the intervals are worth little.</b></p>\n",
			TURNS_FEW);
	page_compare_differences(page.out, c);
	page_compare_figures(page.out, c);
	page_missing(page.out, session);
	fputs("<footer>Made by clandctl " CLAND_VERSION " of scx-cland; docs/policies.md says how to read "
	      "it.</footer>\n", page.out);
	return page_close(&page, diag);
}

/* ---- all of it ------------------------------------------------------------------------------- */

int session_report(const struct session *session, FILE *out)
{
	uint32_t which[COMPARE_POLICIES_MAX], i;
	int code = EXIT_CODE_OK, err;
	struct compare figures_of;
	struct compare *c = NULL;
	struct diag diag;

	err = session_collect(session, &figures_of, which);
	if (!err)
		c = &figures_of;
	if (session->json)
		put_json(out, session, c);
	else
		put_text(out, session, c);
	if (err == -ENODATA)
		code = clandctl_error(EXIT_CODE_FAILED, "compare: there is no whole round of two policies or more: "
				      "nothing to compare");
	else if (err)
		code = clandctl_error(EXIT_CODE_FAILED, "compare: no memory");
	if (c && session->html && put_page(session, c, &diag))
		code = clandctl_error(EXIT_CODE_FAILED, "%s", diag.text);
	if (c)
		compare_free(c);
	for (i = 0; i < session->nr_entrants && !code; i++)
		if (session->entrants[i].failed[0])
			code = EXIT_CODE_POLICY;
	return code;
}
