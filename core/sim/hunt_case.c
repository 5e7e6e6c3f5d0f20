/* SPDX-License-Identifier: GPL-2.0-only */
#include "hunt_case.h"

#include <string.h>

#include "draw.h"

static const char *const kinds[] = {
	[HUNT_HOGS] = "hogs",		[HUNT_PERIODIC] = "periodic", [HUNT_SLEEPERS] = "sleepers",
	[HUNT_PINGPONG] = "pingpong",	[HUNT_FORKS] = "forks",	      [HUNT_SERVER] = "server",
};

/* ---- making one up --------------------------------------------------------------------------- */

static uint32_t draw(uint64_t *state, uint32_t below)
{
	return (uint32_t)(draw_splitmix(state) % below);
}

static bool one_in(uint64_t *state, uint32_t n)
{
	return !draw(state, n);
}

/* Small numbers as often as big ones: 1 to 2^bits, evenly by its logarithm. */
static uint32_t draw_log(uint64_t *state, uint32_t bits)
{
	uint32_t bit = draw(state, bits);

	return (1u << bit) + draw(state, 1u << bit);
}

static uint32_t nr_cpus_of(const struct hunt_case *c)
{
	return c->nr_llcs * c->cores * c->smt;
}

static void make_machine(struct hunt_case *c, uint64_t *state)
{
	bool is_big = one_in(state, 20);

	c->smt = one_in(state, 3) ? 2 : 1;
	c->nr_llcs = one_in(state, 2) ? 1 : 1 + draw(state, is_big ? 8 : 4);
	c->cores = draw_log(state, is_big ? 5 : 3);
	c->nr_nodes = c->nr_llcs % 2 == 0 && one_in(state, 2) ? 2 : 1;
	c->is_big_little = c->smt == 1 && nr_cpus_of(c) > 1 && one_in(state, 6);
	c->is_strict = one_in(state, 4);
	c->agent_factor = one_in(state, 4) ? draw_log(state, 5) : 1;
}

static void make_group(struct hunt_case *c, struct hunt_group *g, uint64_t *state)
{
	uint32_t nr_cpus = nr_cpus_of(c);

	g->kind = (enum hunt_kind)draw(state, HUNT_KINDS);
	g->count = one_in(state, 8) ? draw_log(state, 8) : 1 + draw(state, 2 * nr_cpus);
	g->workers = 1 + draw(state, 2 * nr_cpus);
	g->run_us = draw_log(state, 15);
	g->sleep_us = draw_log(state, 17);
	g->jitter_pct = one_in(state, 2) ? draw(state, 101) : 0;
	if (one_in(state, 4))
		g->nice = (int32_t)draw(state, 40) - 20;
	if (one_in(state, 3)) {
		g->first_cpu = draw(state, nr_cpus);
		g->nr_cpus = one_in(state, 2) ? 1 : 1 + draw(state, nr_cpus - g->first_cpu);
	}
	if (one_in(state, 4))
		g->cgroup = 1 + draw(state, HUNT_CGROUPS_MAX);
	if (one_in(state, 3))
		g->start_ms = draw(state, c->duration_ms);
	if (one_in(state, 3))
		g->stop_ms = g->start_ms + 1 + draw(state, c->duration_ms);
	if (one_in(state, 3))
		g->stagger_us = draw_log(state, 12);
	g->is_idle = one_in(state, 12);
	/* A kernel thread that is always busy is one we let hog, by turns: not a policy's fault. */
	if (g->kind == HUNT_SLEEPERS && one_in(state, 6)) {
		g->is_kthread = true;
		g->is_idle = false;
		g->run_us = 1 + g->run_us % 300;
		g->sleep_us = 2000 + g->sleep_us;
		g->count = 1 + g->count % 4;
	}
	if (g->kind == HUNT_PERIODIC && g->sleep_us < 100)
		g->sleep_us = 100;
	if (g->kind == HUNT_FORKS)
		g->count = 1 + g->count % 8;
}

/* All weigh the same: then nobody has to wait for long, and if somebody does it is the policy's doing, in time. */
static void make_equal(struct hunt_case *c)
{
	uint32_t i;

	c->duration_ms += 2000;
	for (i = 0; i < c->nr_groups; i++) {
		c->groups[i].nice = 0;
		c->groups[i].cgroup = 0;
		c->groups[i].is_idle = c->groups[i].is_kthread = false;
	}
}

/* CPUs go and come, the first one stays. */
static void make_hotplug(struct hunt_case *c, uint64_t *state)
{
	uint32_t nr_cpus = nr_cpus_of(c), at_ms = 0, i, nr = 1 + draw(state, HUNT_HOTPLUG_MAX);
	bool offline[64] = { false };

	if (nr_cpus < 2 || nr_cpus > 64 || !one_in(state, 4))
		return;
	for (i = 0; i < nr; i++) {
		uint32_t cpu = 1 + draw(state, nr_cpus - 1);

		at_ms += 1 + draw(state, c->duration_ms / nr + 1);
		c->hotplug[i] = (struct hunt_hotplug){ at_ms, cpu, offline[cpu] };
		offline[cpu] = !offline[cpu];
	}
	c->nr_hotplug = nr;
}

struct hunt_case hunt_case_make(uint64_t seed)
{
	struct hunt_case c = { .seed = seed, .is_shuffled = true };
	uint64_t state = seed;
	uint32_t i;

	c.duration_ms = 200 + draw(&state, 2800);
	make_machine(&c, &state);
	c.nr_groups = 1 + draw(&state, HUNT_GROUPS_MAX);
	for (i = 0; i < c.nr_groups; i++) {
		c.groups[i].number = i;
		make_group(&c, &c.groups[i], &state);
	}
	for (i = 0; i < HUNT_CGROUPS_MAX; i++)
		c.cgroup_weights[i] = draw_log(&state, 13);
	make_hotplug(&c, &state);
	if (one_in(&state, 4))
		make_equal(&c);
	return c;
}

static uint32_t nr_tasks_of(const struct hunt_group *g)
{
	switch (g->kind) {
	case HUNT_PINGPONG:
		return 2 * g->count;
	case HUNT_FORKS:
		return g->count * (1 + g->workers);
	case HUNT_SERVER:
		return g->count + g->workers;
	default:
		return g->count;
	}
}

uint32_t hunt_case_crowd(const struct hunt_case *c)
{
	uint32_t nr_cpus = nr_cpus_of(c), cpu, i, most = 0;

	for (cpu = 0; cpu < nr_cpus; cpu++) {
		uint32_t nr = 0;

		for (i = 0; i < c->nr_groups; i++) {
			const struct hunt_group *g = &c->groups[i];
			uint32_t first = g->nr_cpus ? g->first_cpu : 0, cpus = g->nr_cpus ? g->nr_cpus : nr_cpus;

			if (cpu >= first && cpu < first + cpus)
				nr += (nr_tasks_of(g) + cpus - 1) / cpus;
		}
		if (nr > most)
			most = nr;
	}
	return most;
}

bool hunt_case_is_equal(const struct hunt_case *c)
{
	uint32_t i;

	for (i = 0; i < c->nr_groups; i++) {
		const struct hunt_group *g = &c->groups[i];

		if (g->nice || g->cgroup || g->is_idle || g->is_kthread)
			return false;
	}
	return true;
}

/* ---- as a file ------------------------------------------------------------------------------- */

static void print_group(FILE *out, const struct hunt_group *g)
{
	fprintf(out, "\n[%s g%u]\n", kinds[g->kind], g->number);
	switch (g->kind) {
	case HUNT_PERIODIC:
		fprintf(out, "period = %uus\nrun = %uus\n", g->sleep_us, g->run_us);
		break;
	case HUNT_SLEEPERS:
		fprintf(out, "run = %uus\nsleep = %uus\n", g->run_us, g->sleep_us);
		break;
	case HUNT_PINGPONG:
		fprintf(out, "run = %uus\n", g->run_us);
		break;
	case HUNT_FORKS:
		fprintf(out, "parallel = %u\nrun = %uus\nsleep = %uus\n", g->workers, g->run_us,
			g->sleep_us);
		break;
	case HUNT_SERVER:
		fprintf(out, "clients = %u\nworkers = %u\nrun = %uus\nthink = %uus\n", g->count,
			g->workers, g->run_us, g->sleep_us);
		break;
	default:
		break;
	}
	if (g->kind != HUNT_SERVER)
		fprintf(out, "count = %u\n", g->count);
	if (g->jitter_pct && g->kind != HUNT_HOGS)
		fprintf(out, "jitter = %u\n", g->jitter_pct);
	if (g->nice)
		fprintf(out, "nice = %d\n", g->nice);
	if (g->nr_cpus)
		fprintf(out, "cpus = %u-%u\n", g->first_cpu, g->first_cpu + g->nr_cpus - 1);
	if (g->cgroup)
		fprintf(out, "cgroup = c%u\n", g->cgroup);
	if (g->start_ms)
		fprintf(out, "start = %ums\n", g->start_ms);
	if (g->stop_ms)
		fprintf(out, "stop = %ums\n", g->stop_ms);
	if (g->stagger_us)
		fprintf(out, "stagger = %uus\n", g->stagger_us);
	if (g->is_idle)
		fputs("idle = yes\n", out);
	if (g->is_kthread)
		fputs("kthread = yes\n", out);
}

static uint32_t last_cgroup(const struct hunt_case *c)
{
	uint32_t i, last = 0;

	for (i = 0; i < c->nr_groups; i++)
		if (c->groups[i].cgroup > last)
			last = c->groups[i].cgroup;
	return last;
}

void hunt_case_print(FILE *out, const struct hunt_case *c)
{
	uint32_t i, cgroups = last_cgroup(c);

	if (c->is_strict || c->is_shuffled)
		fprintf(out, "; with%s%s\n", c->is_strict ? " --decisions=strict" : "",
			c->is_shuffled ? " --shuffle" : "");
	fprintf(out, "[workload]\nduration = %ums\nseed = %llu\n\n[machine]\ncpus = %u\n",
		c->duration_ms, (unsigned long long)c->seed, nr_cpus_of(c));
	if (c->smt > 1)
		fprintf(out, "smt = %u\n", c->smt);
	if (c->nr_llcs > 1)
		fprintf(out, "llcs = %u\n", c->nr_llcs);
	if (c->nr_nodes > 1)
		fprintf(out, "nodes = %u\n", c->nr_nodes);
	if (c->is_big_little)
		fprintf(out, "capacities = %ux1024 %ux446\n", nr_cpus_of(c) - nr_cpus_of(c) / 2,
			nr_cpus_of(c) / 2);
	if (c->agent_factor > 1)
		fprintf(out, "agent_request = %uns\nagent_push = %uns\nagent_yield = %uns\n",
			300 * c->agent_factor, 1500 * c->agent_factor, 500 * c->agent_factor);
	if (c->nr_hotplug)
		fputs("\n[hotplug]\n", out);
	for (i = 0; i < c->nr_hotplug; i++)
		fprintf(out, "%ums = %c%u\n", c->hotplug[i].at_ms, c->hotplug[i].online ? '+' : '-',
			c->hotplug[i].cpu);
	for (i = 0; i < cgroups; i++) {
		fprintf(out, "\n[cgroup c%u]\nweight = %u\n", i + 1, c->cgroup_weights[i]);
		if (i % 2)
			fprintf(out, "parent = c%u\n", i);
	}
	for (i = 0; i < c->nr_groups; i++)
		print_group(out, &c->groups[i]);
}

/* ---- smaller ones ---------------------------------------------------------------------------- */

static void drop_group(struct hunt_case *c, uint32_t i)
{
	memmove(&c->groups[i], &c->groups[i + 1], (c->nr_groups - i - 1) * sizeof(c->groups[0]));
	memset(&c->groups[--c->nr_groups], 0, sizeof(c->groups[0]));
}

/* The machine has lost CPUs: nothing may name one that is not there any more. */
static void fit_machine(struct hunt_case *c)
{
	uint32_t nr_cpus = nr_cpus_of(c), i;

	for (i = 0; i < c->nr_groups; i++) {
		struct hunt_group *g = &c->groups[i];

		if (!g->nr_cpus)
			continue;
		if (g->first_cpu >= nr_cpus)
			g->first_cpu = nr_cpus - 1;
		if (g->nr_cpus > nr_cpus - g->first_cpu)
			g->nr_cpus = nr_cpus - g->first_cpu;
	}
	for (i = 0; i < c->nr_hotplug; i++)
		if (c->hotplug[i].cpu >= nr_cpus)
			c->nr_hotplug = 0;
	if (c->is_big_little && nr_cpus < 2)
		c->is_big_little = false;
	if (c->nr_llcs % c->nr_nodes)
		c->nr_nodes = 1;
}

/* A CPU that goes and does not come, or the other way, is no less: leave out all there is of it. */
static void drop_hotplug(struct hunt_case *c, uint32_t which)
{
	uint32_t cpu = c->hotplug[which].cpu, from, to = 0;

	for (from = 0; from < c->nr_hotplug; from++)
		if (c->hotplug[from].cpu != cpu)
			c->hotplug[to++] = c->hotplug[from];
	c->nr_hotplug = to;
	memset(&c->hotplug[to], 0, (HUNT_HOTPLUG_MAX - to) * sizeof(c->hotplug[0]));
}

enum { WAYS_MACHINE = 10, WAYS_GROUP = 14 };

static void less_machine(struct hunt_case *c, uint32_t way)
{
	switch (way) {
	case 0:
		c->nr_hotplug = 0;
		memset(c->hotplug, 0, sizeof(c->hotplug));
		break;
	case 1:
		c->duration_ms = c->duration_ms > 20 ? c->duration_ms / 2 : c->duration_ms;
		break;
	case 2:
		c->nr_llcs = 1;
		break;
	case 3:
		c->smt = 1;
		break;
	case 4:
		c->cores = c->cores > 1 ? c->cores / 2 : 1;
		break;
	case 5:
		c->nr_nodes = 1;
		break;
	case 6:
		c->is_big_little = false;
		break;
	case 7:
		c->is_strict = false;
		break;
	case 8:
		c->is_shuffled = false;
		break;
	default:
		c->agent_factor = 1;
		break;
	}
}

static void less_group(struct hunt_group *g, uint32_t way)
{
	switch (way) {
	case 0:
		g->count = g->count > 1 ? 1 : g->count;
		break;
	case 1:
		g->count = g->count > 1 ? g->count / 2 : g->count;
		break;
	case 2:
		g->count = g->count > 1 ? g->count - 1 : g->count;
		break;
	case 3:
		g->workers = g->workers > 1 ? g->workers / 2 : g->workers;
		break;
	case 4:
		g->kind = HUNT_HOGS;
		break;
	case 5:
		g->jitter_pct = 0;
		break;
	case 6:
		g->nice = 0;
		break;
	case 7:
		g->nr_cpus = g->first_cpu = 0;
		break;
	case 8:
		g->nr_cpus = g->nr_cpus > 1 ? 1 : g->nr_cpus;
		break;
	case 9:
		g->cgroup = 0;
		break;
	case 10:
		g->start_ms = 0;
		break;
	case 11:
		g->stop_ms = 0;
		break;
	case 12:
		g->stagger_us = 0;
		break;
	default:
		g->is_idle = g->is_kthread = false;
		break;
	}
}

bool hunt_case_less(const struct hunt_case *c, uint32_t n, struct hunt_case *ret_less)
{
	*ret_less = *c;
	/* The big pieces first: whole groups. */
	if (n < c->nr_groups) {
		if (c->nr_groups > 1)
			drop_group(ret_less, n);
		return true;
	}
	n -= c->nr_groups;
	if (n < WAYS_MACHINE) {
		less_machine(ret_less, n);
		fit_machine(ret_less);
		return true;
	}
	n -= WAYS_MACHINE;
	if (n < c->nr_hotplug) {
		drop_hotplug(ret_less, n);
		return true;
	}
	n -= c->nr_hotplug;
	if (n < c->nr_groups * WAYS_GROUP) {
		less_group(&ret_less->groups[n / WAYS_GROUP], n % WAYS_GROUP);
		return true;
	}
	return false;
}

/* As files: what only one kind of task has says nothing of another kind. */
bool hunt_case_same(const struct hunt_case *a, const struct hunt_case *b)
{
	return !memcmp(a, b, sizeof(*a));
}
