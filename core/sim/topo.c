/* SPDX-License-Identifier: GPL-2.0-only */
#include "topo.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"

void topo_default(struct topo *topo, uint32_t nr_cpus)
{
	*topo = (struct topo){
		.nr_cpus = nr_cpus,
		.smt = 1,
		.nr_llcs = 1,
		.nr_nodes = 1,
		.smt_pct = 60,
		.tick_ns = 4000000,
		.tick_phase_ns = TOPO_PHASE_BY_SEED,
		.switch_ns = 1500,
		.migrate_ns = 2000,
		.migrate_llc_ns = 20000,
		.migrate_node_ns = 50000,
		.ipi_ns = 1000,
		.call_ns = 300,
		.slack_ns = 50000,
		.nr_idle_states = 2,
		.idle = { { 0, 1000 }, { 1000000, 50000 } },
		.agent_request_ns = 400,
		.agent_push_ns = 1500,
		.agent_decision_ns = 400,
		.agent_yield_ns = 500,
		.agent_wait_ns = 1000,
	};
}

enum key_type { KEY_NUMBER, KEY_TIME, KEY_IDLE, KEY_CAPACITIES };

static const struct key {
	const char *name;
	enum key_type type;
	size_t offset;
	uint32_t min, max;
} keys[] = {
#define NUMBER(name, field, min, max) { name, KEY_NUMBER, offsetof(struct topo, field), min, max }
#define TIME(name, field) { name, KEY_TIME, offsetof(struct topo, field), 0, 0 }
	NUMBER("cpus", nr_cpus, 1, CPUSET_MAX),
	NUMBER("smt", smt, 1, 8),
	NUMBER("llcs", nr_llcs, 1, CPUSET_MAX),
	NUMBER("nodes", nr_nodes, 1, 64),
	NUMBER("smt_pct", smt_pct, 10, 100),
	{ "capacities", KEY_CAPACITIES, 0, 0, 0 },
	{ "idle", KEY_IDLE, 0, 0, 0 },
	TIME("tick", tick_ns),
	TIME("tick_phase", tick_phase_ns),
	TIME("switch", switch_ns),
	TIME("migrate", migrate_ns),
	TIME("migrate_llc", migrate_llc_ns),
	TIME("migrate_node", migrate_node_ns),
	TIME("ipi", ipi_ns),
	TIME("preempt", preempt_ns),
	TIME("call", call_ns),
	TIME("wake", wake_ns),
	TIME("fork", fork_ns),
	TIME("after_fork", after_fork_ns),
	TIME("child", child_ns),
	TIME("exit", exit_ns),
	TIME("timer_slack", slack_ns),
	TIME("agent_request", agent_request_ns),
	TIME("agent_push", agent_push_ns),
	TIME("agent_decision", agent_decision_ns),
	TIME("agent_yield", agent_yield_ns),
	TIME("agent_wait", agent_wait_ns),
#undef NUMBER
#undef TIME
};

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
_Static_assert(ARRAY_LEN(keys) <= TOPO_KEYS_MAX, "a place for each");

#define COST_MAX_NS 1000000000ULL

/* "4x1024 4x512": so many CPUs of that capacity, in turn. */
static int set_capacities(struct topo *topo, const struct ini_place *place, const char *value,
			  struct diag *diag)
{
	const char *at = value;
	unsigned long nr, capacity;
	uint32_t cpu = 0;
	char *end;

	while (*at) {
		nr = strtoul(at, &end, 10);
		if (end == at || *end != 'x')
			goto bad;
		at = end + 1;
		capacity = strtoul(at, &end, 10);
		if (end == at || (*end && *end != ' ') || !nr || nr > CPUSET_MAX - cpu ||
		    capacity < 16 || capacity > TOPO_CAPACITY_FULL)
			goto bad;
		for (; nr; nr--)
			topo->capacity[cpu++] = (uint16_t)capacity;
		at = end + strspn(end, " ");
	}
	if (!cpu)
		goto bad;
	topo->capacity_given = true;
	if (cpu < CPUSET_MAX)
		topo->capacity[cpu] = 0;
	return 0;
bad:
	return ini_error(place, -EINVAL, diag, "'%.64s': expected NUMBERxCAPACITY ..., as "
			 "\"4x1024 4x512\", with capacities from 16 to 1024", value);
}

/* "0us:1us 1ms:50us": after so long idle, waking up takes that. */
static int set_idle(struct topo *topo, const struct ini_place *place, const char *value,
		    struct diag *diag)
{
	char text[256], *word, *colon, *save = NULL;
	struct topo_idle_state *state = topo->idle;
	uint64_t last_ns = 0;

	snprintf(text, sizeof(text), "%s", value);
	topo->nr_idle_states = 0;
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save), state++) {
		colon = strchr(word, ':');
		if (!colon || topo->nr_idle_states == TOPO_IDLE_STATES_MAX)
			goto bad;
		*colon = '\0';
		if (time_parse(word, &state->residency_ns) ||
		    time_parse(colon + 1, &state->exit_ns) || state->residency_ns < last_ns ||
		    state->exit_ns > COST_MAX_NS)
			goto bad;
		last_ns = state->residency_ns;
		topo->nr_idle_states++;
	}
	return 0;
bad:
	return ini_error(place, -EINVAL, diag, "'%.64s': expected up to %u idle states "
			 "RESIDENCY:EXIT, the shallow first, as \"0us:1us 1ms:50us\"", value,
			 TOPO_IDLE_STATES_MAX);
}

/* "2s" = "-3": CPU 3 goes; "+3": it comes. */
static int add_hotplug(struct topo *topo, const struct ini_place *place, const char *value,
		       struct diag *diag)
{
	struct topo_hotplug *hotplug = &topo->hotplug[topo->nr_hotplug];
	uint64_t cpu;
	int err;

	if (topo->nr_hotplug == TOPO_HOTPLUG_MAX)
		return ini_error(place, -EINVAL, diag, "more than %u changes", TOPO_HOTPLUG_MAX);
	if (time_parse(place->key, &hotplug->at_ns) || (*value != '+' && *value != '-'))
		return ini_error(place, -EINVAL, diag, "expected TIME = -CPU for one that goes and "
				 "TIME = +CPU for one that comes, as \"2s = -3\"");
	err = ini_number(place, value + 1, 0, CPUSET_MAX - 1, &cpu, diag);
	if (err)
		return err;
	hotplug->cpu = (uint32_t)cpu;
	hotplug->online = *value == '+';
	hotplug->place = (struct topo_place){ .path = place->path, .line = place->line };
	snprintf(hotplug->when, sizeof(hotplug->when), "%.23s", place->key);
	topo->nr_hotplug++;
	return 0;
}

bool topo_has_section(const char *section)
{
	return !strcmp(section, "machine") || !strcmp(section, "hotplug");
}

int topo_key(struct topo *topo, const struct ini_place *place, const char *value, struct diag *diag)
{
	struct suggest suggest;
	const struct key *key;
	struct topo_place *said;
	uint64_t number;
	int err;

	if (!strcmp(place->section, "hotplug"))
		return add_hotplug(topo, place, value, diag);
	suggest_init(&suggest, place->key);
	for (key = keys; key < keys + ARRAY_LEN(keys); key++) {
		suggest_try(&suggest, key->name);
		if (!strcmp(place->key, key->name))
			break;
	}
	if (key == keys + ARRAY_LEN(keys))
		return ini_error(place, -EINVAL, diag, "not a key of [machine]%s",
				 suggest_hint(&suggest));
	said = &topo->places[key - keys];
	if (said->turn && said->path == place->path)
		return ini_error(place, -EINVAL, diag, "it is there already, at line %u", said->line);
	*said = (struct topo_place){ place->path, place->line, ++topo->turn };
	switch (key->type) {
	case KEY_NUMBER:
		err = ini_number(place, value, key->min, key->max, &number, diag);
		if (!err)
			*(uint32_t *)(void *)((char *)topo + key->offset) = (uint32_t)number;
		return err;
	case KEY_TIME:
		err = ini_time(place, value, &number, diag);
		if (!err && number > COST_MAX_NS)
			err = ini_error(place, -EINVAL, diag, "more than a second");
		if (!err)
			*(uint64_t *)(void *)((char *)topo + key->offset) = number;
		return err;
	case KEY_IDLE:
		return set_idle(topo, place, value, diag);
	case KEY_CAPACITIES:
		return set_capacities(topo, place, value, diag);
	}
	return -EINVAL;
}

static int machine_key(void *data, const struct ini_place *place, const char *value,
		       struct diag *diag)
{
	if (topo_has_section(place->section))
		return value ? topo_key(data, place, value, diag) : 0;
	return ini_error(place, -EINVAL, diag, "a machine's file has the sections [machine] and "
			 "[hotplug] only");
}

int topo_read(const char *path, struct topo *topo, struct diag *diag)
{
	size_t size;
	char *text;
	int err = file_text_read(path, INI_TEXT_MAX, &text, &size, diag);

	if (err)
		return err;
	err = ini_text_parse(path, text, size, machine_key, topo, diag);
	free(text);
	return err;
}

static size_t key_index(const char *name)
{
	size_t i = 0;

	while (strcmp(keys[i].name, name) != 0)
		i++;
	return i;
}

void topo_set(struct topo *topo, const char *key, uint32_t value)
{
	size_t i = key_index(key);

	*(uint32_t *)(void *)((char *)topo + keys[i].offset) = value;
	topo->places[i] = (struct topo_place){ .turn = ++topo->turn };
}

/*
 * "FILE:LINE: [machine] KEY: ...", or "--KEY: ...": of the keys, which do not fit each other, the
 * one that was said last. Returns -EINVAL.
 */
__attribute__((format(printf, 6, 7))) static int misfit(const struct topo *topo, struct diag *diag, const char *a,
							const char *b, const char *c, const char *fmt, ...)
{
	const char *const names[] = { a, b, c };
	const struct topo_place *last = NULL;
	const char *name = a;
	char text[512], where[300];
	va_list args;
	size_t i;

	for (i = 0; i < ARRAY_LEN(names) && names[i]; i++) {
		const struct topo_place *place = &topo->places[key_index(names[i])];

		if (last && last->turn >= place->turn)
			continue;
		last = place;
		name = names[i];
	}
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (last->path)
		snprintf(where, sizeof(where), "%.200s:%u: [machine] %s", last->path, last->line, name);
	else
		snprintf(where, sizeof(where), "%s%s", last->turn ? "--" : "the machine: ", name);
	return diag_set(diag, -EINVAL, "%s: %s", where, text);
}

__attribute__((format(printf, 3, 4))) static int bad_hotplug(const struct topo_hotplug *hotplug, struct diag *diag,
							     const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return diag_set(diag, -EINVAL, "%s:%u: [hotplug] %s: %s", hotplug->place.path, hotplug->place.line,
			hotplug->when, text);
}

static int check_hotplug(const struct topo *topo, struct diag *diag)
{
	struct cpuset offline = { 0 };
	uint32_t i;

	for (i = 0; i < topo->nr_hotplug; i++) {
		const struct topo_hotplug *hotplug = &topo->hotplug[i];

		if (hotplug->cpu >= topo->nr_cpus)
			return bad_hotplug(hotplug, diag, "it names CPU %u, and the machine has %u",
					   hotplug->cpu, topo->nr_cpus);
		if (i && hotplug->at_ns < topo->hotplug[i - 1].at_ns)
			return bad_hotplug(hotplug, diag, "the changes must be in the order of their times, and "
					   "%s stands before it", topo->hotplug[i - 1].when);
		if (hotplug->online != cpuset_has(&offline, hotplug->cpu))
			return bad_hotplug(hotplug, diag, "CPU %u is to go %s and is so already", hotplug->cpu,
					   hotplug->online ? "online" : "offline");
		if (hotplug->online)
			cpuset_remove(&offline, hotplug->cpu);
		else
			cpuset_add(&offline, hotplug->cpu);
		if (offline.nr == topo->nr_cpus)
			return bad_hotplug(hotplug, diag, "no CPU is left");
	}
	return 0;
}

int topo_check(struct topo *topo, struct diag *diag)
{
	uint32_t cpu, nr_given = 0;

	if (topo->nr_cpus % topo->smt)
		return misfit(topo, diag, "smt", "cpus", NULL, "%u CPUs are no whole number of cores with %u "
			      "threads each", topo->nr_cpus, topo->smt);
	if (topo->nr_cpus % topo->nr_llcs || topo->nr_cpus / topo->nr_llcs % topo->smt)
		return misfit(topo, diag, "llcs", "cpus", "smt", "%u CPUs in cores of %u cannot be divided into "
			      "%u caches alike", topo->nr_cpus, topo->smt, topo->nr_llcs);
	if (topo->nr_llcs % topo->nr_nodes)
		return misfit(topo, diag, "nodes", "llcs", NULL, "%u caches cannot be divided into %u nodes "
			      "alike", topo->nr_llcs, topo->nr_nodes);
	if (topo->tick_ns < 100000)
		return misfit(topo, diag, "tick", NULL, NULL, "expected 100us or more");
	if (topo->tick_phase_ns != TOPO_PHASE_BY_SEED && topo->tick_phase_ns >= topo->tick_ns)
		return misfit(topo, diag, "tick_phase", "tick", NULL, "expected less than the %llu us from tick to "
			      "tick", (unsigned long long)topo->tick_ns / 1000);
	while (topo->capacity_given && nr_given < CPUSET_MAX && topo->capacity[nr_given])
		nr_given++;
	if (topo->capacity_given && nr_given != topo->nr_cpus)
		return misfit(topo, diag, "capacities", "cpus", NULL, "capacities are given for %u CPUs, and the "
			      "machine has %u", nr_given, topo->nr_cpus);
	for (cpu = 0; cpu < topo->nr_cpus && !topo->capacity_given; cpu++)
		topo->capacity[cpu] = TOPO_CAPACITY_FULL;
	return check_hotplug(topo, diag);
}
