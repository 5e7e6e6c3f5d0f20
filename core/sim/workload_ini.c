/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workload_ini.c - the short form of a workload. A section [KIND NAME] is a group of tasks; [cgroup
 * NAME], [workload], [machine] and [hotplug] are about the whole. docs/simulator.md has the table.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"
#include "workload.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum kind { HOGS, PERIODIC, PINGPONG, FORKS, SERVER, SLEEPERS, NR_KINDS };

#define KIND(kind) (1u << (kind))
#define ALL_KINDS (KIND(NR_KINDS) - 1)

static const char *const kind_names[NR_KINDS] = {
	[HOGS] = "hogs",	 [PERIODIC] = "periodic", [PINGPONG] = "pingpong",
	[FORKS] = "forks",	 [SERVER] = "server",	  [SLEEPERS] = "sleepers",
};

#define FIELDS_MAX 24

/* What a section says, before it is made into tasks. */
struct section {
	enum kind kind;
	char name[WORKLOAD_NAME_LEN];
	unsigned int line;
	char comm[16];
	uint64_t count, clients, workers, parallel, jitter_pct;
	int64_t nice;
	uint64_t run_ns, period_ns, deadline_ns, sleep_ns, think_ns, start_ns, stop_ns, stagger_ns;
	uint64_t client_run_ns;
	bool idle_policy, kthread;
	uint32_t cpus;
	char cgroup[WORKLOAD_NAME_LEN];
	unsigned int lines[FIELDS_MAX];	/* of its keys; 0: not said */
};

struct builder {
	struct workload *w;
	const char *path;
	struct section *sections;
	uint32_t nr, room;
	char section[64];	/* that is being read */
	char cgroup[WORKLOAD_NAME_LEN]; /* whose section is being read, by name ... */
	uint32_t cgroup_index;
	char parents[WORKLOAD_CGROUPS_MAX][WORKLOAD_NAME_LEN];
	unsigned int parent_lines[WORKLOAD_CGROUPS_MAX], weight_lines[WORKLOAD_CGROUPS_MAX];
	unsigned int duration_line, seed_line;
};

enum field_type { FIELD_COUNT, FIELD_TIME, FIELD_PCT, FIELD_NICE, FIELD_CPUS, FIELD_NAME, FIELD_BOOL };

static const struct field {
	const char *name;
	enum field_type type;
	size_t offset;
	uint32_t kinds;
	uint64_t min, max;
} fields[] = {
#define AT(field) offsetof(struct section, field)
	{ "count", FIELD_COUNT, AT(count), ALL_KINDS & ~KIND(SERVER), 1, WORKLOAD_TASKS_MAX },
	{ "clients", FIELD_COUNT, AT(clients), KIND(SERVER), 1, 100000 },
	{ "workers", FIELD_COUNT, AT(workers), KIND(SERVER), 1, 100000 },
	{ "parallel", FIELD_COUNT, AT(parallel), KIND(FORKS), 1, 10000 },
	{ "run", FIELD_TIME, AT(run_ns), ALL_KINDS & ~KIND(HOGS), 1, 0 },
	{ "client_run", FIELD_TIME, AT(client_run_ns), KIND(SERVER), 1, 0 },
	{ "period", FIELD_TIME, AT(period_ns), KIND(PERIODIC), 10000, 0 },
	{ "deadline", FIELD_TIME, AT(deadline_ns), KIND(PERIODIC), 1, 0 },
	{ "sleep", FIELD_TIME, AT(sleep_ns), KIND(SLEEPERS) | KIND(FORKS), 0, 0 },
	{ "think", FIELD_TIME, AT(think_ns), KIND(SERVER), 0, 0 },
	{ "jitter", FIELD_PCT, AT(jitter_pct), ALL_KINDS & ~KIND(HOGS), 0, 100 },
	{ "nice", FIELD_NICE, AT(nice), ALL_KINDS, 0, 0 },
	{ "idle", FIELD_BOOL, AT(idle_policy), ALL_KINDS, 0, 0 },
	{ "kthread", FIELD_BOOL, AT(kthread), ALL_KINDS, 0, 0 },
	{ "cpus", FIELD_CPUS, AT(cpus), ALL_KINDS, 0, 0 },
	{ "cgroup", FIELD_NAME, AT(cgroup), ALL_KINDS, 0, WORKLOAD_NAME_LEN },
	{ "comm", FIELD_NAME, AT(comm), ALL_KINDS, 0, 16 },
	{ "start", FIELD_TIME, AT(start_ns), ALL_KINDS, 0, 0 },
	{ "stop", FIELD_TIME, AT(stop_ns), ALL_KINDS, 1, 0 },
	{ "stagger", FIELD_TIME, AT(stagger_ns), ALL_KINDS, 0, 0 },
#undef AT
};

_Static_assert(ARRAY_LEN(fields) <= FIELDS_MAX, "a line for each");

#define TIME_MAX_NS 86400000000000ULL

/* line: where the key has been before, 0 for nowhere; it is here now. Returns 0, or -EINVAL with a sentence. */
static int once(const struct ini_place *place, unsigned int *line, struct diag *diag)
{
	if (*line)
		return ini_error(place, -EINVAL, diag, "it is there already, at line %u", *line);
	*line = place->line;
	return 0;
}

static unsigned int line_of(const struct section *section, const char *name)
{
	size_t i = 0;

	while (strcmp(fields[i].name, name) != 0)
		i++;
	return section->lines[i];
}

static int no_memory(const struct builder *b, struct diag *diag)
{
	return diag_set(diag, -ENOMEM, "%s: no memory", b->path);
}

static const struct section defaults[NR_KINDS] = {
	[HOGS] = { .count = 1 },
	[PERIODIC] = { .count = 1, .run_ns = 1000000, .period_ns = 10000000 },
	[PINGPONG] = { .count = 1, .run_ns = 10000 },
	[FORKS] = { .count = 1, .run_ns = 1000000, .parallel = 1 },
	[SERVER] = { .clients = 8, .workers = 4, .run_ns = 1000000, .client_run_ns = 50000,
		     .think_ns = 10000000 },
	[SLEEPERS] = { .count = 1, .run_ns = 1000000, .sleep_ns = 9000000 },
};

/* A section begins. Returns 0, or -errno with a sentence. */
static int begin(struct builder *b, const struct ini_place *place, struct diag *diag)
{
	const char *space = strchr(place->section, ' ');
	size_t len = space ? (size_t)(space - place->section) : strlen(place->section);
	struct suggest suggest;
	char word[48];
	const char *name = space ? space + strspn(space, " ") : "";
	uint32_t i, kind;
	void *grown;

	snprintf(b->section, sizeof(b->section), "%s", place->section);
	b->cgroup[0] = '\0';
	if (topo_has_section(place->section) || !strcmp(place->section, "workload"))
		return 0;
	snprintf(word, sizeof(word), "%.*s", (int)len, place->section);
	suggest_init(&suggest, word);
	suggest_try(&suggest, "cgroup");
	for (kind = 0; kind < NR_KINDS; kind++) {
		suggest_try(&suggest, kind_names[kind]);
		if (!strcmp(word, kind_names[kind]))
			break;
	}
	if (kind == NR_KINDS && strcmp(word, "cgroup") != 0)
		return ini_error(place, -EINVAL, diag, "no such section; there are [workload], "
				 "[machine], [hotplug], [cgroup NAME], and groups of tasks: [hogs NAME], "
				 "periodic, pingpong, forks, server, sleepers%s",
				 suggest_hint(&suggest));
	if (!*name || strlen(name) >= WORKLOAD_NAME_LEN)
		return ini_error(place, -EINVAL, diag, "a name of up to %d characters must follow: "
				 "[%.32s NAME]", WORKLOAD_NAME_LEN - 1, word);
	if (kind == NR_KINDS) {
		for (i = 0; i < b->w->nr_cgroups; i++)
			if (!strcmp(b->w->cgroups[i].name, name))
				return ini_error(place, -EINVAL, diag, "this cgroup is there already");
		if (b->w->nr_cgroups == WORKLOAD_CGROUPS_MAX)
			return ini_error(place, -EINVAL, diag, "more than %u cgroups",
					 WORKLOAD_CGROUPS_MAX);
		b->cgroup_index = workload_add_cgroup(b->w, name);
		snprintf(b->cgroup, sizeof(b->cgroup), "%s", name);
		return b->cgroup_index == WORKLOAD_NONE ? no_memory(b, diag) : 0;
	}
	for (i = 0; i < b->nr; i++)
		if (!strcmp(b->sections[i].name, name))
			return ini_error(place, -EINVAL, diag, "a group of this name is there "
					 "already, at line %u", b->sections[i].line);
	if (b->nr == b->room) {
		b->room = b->room ? 2 * b->room : 16;
		grown = realloc(b->sections, b->room * sizeof(*b->sections));
		if (!grown)
			return no_memory(b, diag);
		b->sections = grown;
	}
	b->sections[b->nr] = defaults[kind];
	b->sections[b->nr].kind = (enum kind)kind;
	b->sections[b->nr].line = place->line;
	b->sections[b->nr].cpus = WORKLOAD_NONE;
	snprintf(b->sections[b->nr].name, sizeof(b->sections[b->nr].name), "%s", name);
	b->nr++;
	return 0;
}

static int group_key(struct builder *b, const struct ini_place *place, const char *value,
		     struct diag *diag)
{
	struct section *section = &b->sections[b->nr - 1];
	struct suggest suggest;
	struct workload_place said;
	const struct field *field;
	struct cpuset cpus;
	void *at;
	int err;

	suggest_init(&suggest, place->key);
	for (field = fields; field < fields + ARRAY_LEN(fields); field++) {
		if (!(field->kinds & KIND(section->kind)))
			continue;
		suggest_try(&suggest, field->name);
		if (!strcmp(field->name, place->key))
			break;
	}
	if (field == fields + ARRAY_LEN(fields))
		return ini_error(place, -EINVAL, diag, "not a key of %s%s",
				 kind_names[section->kind], suggest_hint(&suggest));
	err = once(place, &section->lines[field - fields], diag);
	if (err)
		return err;
	at = (char *)section + field->offset;
	switch (field->type) {
	case FIELD_COUNT:
	case FIELD_PCT:
		return ini_number(place, value, field->min, field->max, at, diag);
	case FIELD_TIME:
		err = ini_time(place, value, at, diag);
		if (!err && (*(uint64_t *)at < field->min || *(uint64_t *)at > TIME_MAX_NS))
			err = ini_error(place, -EINVAL, diag, "expected %llu ns to 24 h",
					(unsigned long long)field->min);
		return err;
	case FIELD_NICE:
		return ini_signed(place, value, -20, 19, at, diag);
	case FIELD_BOOL:
		if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
			return ini_error(place, -EINVAL, diag, "expected yes or no");
		*(bool *)at = *value == 'y';
		return 0;
	case FIELD_NAME:
		if (!*value || strlen(value) >= field->max)
			return ini_error(place, -EINVAL, diag, "expected 1 to %llu characters",
					 (unsigned long long)field->max - 1);
		snprintf(at, field->max, "%s", value);
		return 0;
	case FIELD_CPUS:
		err = ini_cpus(place, value, &cpus, diag);
		if (err)
			return err;
		said.line = place->line;
		snprintf(said.what, sizeof(said.what), "[%.64s] cpus", place->section);
		section->cpus = workload_add_cpuset(b->w, &cpus, &said);
		return section->cpus == WORKLOAD_NONE ? no_memory(b, diag) : 0;
	}
	return -EINVAL;
}

static int workload_key(struct builder *b, const struct ini_place *place, const char *value,
			struct diag *diag)
{
	if (!strcmp(place->key, "duration")) {
		if (once(place, &b->duration_line, diag) ||
		    ini_time(place, value, &b->w->duration_ns, diag))
			return -EINVAL;
		if (!b->w->duration_ns || b->w->duration_ns > TIME_MAX_NS)
			return ini_error(place, -EINVAL, diag, "expected 1 ns to 24 h");
		return 0;
	}
	if (strcmp(place->key, "seed") != 0)
		return ini_error(place, -EINVAL, diag, "not a key of [workload]: they are duration and "
				 "seed");
	b->w->has_seed = true;
	if (once(place, &b->seed_line, diag))
		return -EINVAL;
	return ini_number(place, value, 0, UINT64_MAX, &b->w->seed, diag);
}

static int cgroup_key(struct builder *b, const struct ini_place *place, const char *value,
		      struct diag *diag)
{
	uint64_t weight;
	int err;

	if (!strcmp(place->key, "parent")) {
		if (!*value || strlen(value) >= WORKLOAD_NAME_LEN)
			return ini_error(place, -EINVAL, diag, "expected a cgroup's name");
		if (once(place, &b->parent_lines[b->cgroup_index], diag))
			return -EINVAL;
		snprintf(b->parents[b->cgroup_index], WORKLOAD_NAME_LEN, "%s", value);
		return 0;
	}
	if (strcmp(place->key, "weight") != 0)
		return ini_error(place, -EINVAL, diag, "not a key of [cgroup NAME]: they are weight and "
				 "parent");
	err = once(place, &b->weight_lines[b->cgroup_index], diag);
	if (!err)
		err = ini_number(place, value, 1, 10000, &weight, diag);
	if (!err)
		b->w->cgroups[b->cgroup_index].weight = (uint32_t)weight;
	return err;
}

static int key(void *data, const struct ini_place *place, const char *value, struct diag *diag)
{
	struct builder *b = data;
	int err;

	if (!value)
		return begin(b, place, diag);
	if (!*place->section)
		return ini_error(place, -EINVAL, diag, "it stands before any section");
	/* inih may see a section where section_begins() has seen none. */
	err = strcmp(place->section, b->section) ? begin(b, place, diag) : 0;
	if (err)
		return err;
	if (topo_has_section(place->section)) {
		b->w->has_machine = true;
		return topo_key(&b->w->topo, place, value, diag);
	}
	if (!strcmp(place->section, "workload"))
		return workload_key(b, place, value, diag);
	if (b->cgroup[0])
		return cgroup_key(b, place, value, diag);
	return group_key(b, place, value, diag);
}

/* ---- from sections to tasks ------------------------------------------------------------------ */

/* what: whose key at line names it. */
static int find_cgroup(const struct builder *b, const char *name, unsigned int line, const char *what,
		       uint32_t *ret_index, struct diag *diag)
{
	uint32_t i;

	for (i = 0; i < b->w->nr_cgroups; i++) {
		if (strcmp(b->w->cgroups[i].name, name) != 0)
			continue;
		*ret_index = i;
		return 0;
	}
	return diag_set(diag, -EINVAL, "%s:%u: %s: there is no cgroup '%s': a section [cgroup %s] makes it", b->path,
			line, what, name, name);
}

static int link_cgroups(struct builder *b, struct diag *diag)
{
	uint32_t i, parent = 0;
	char what[64];
	int err;

	for (i = 1; i < b->w->nr_cgroups; i++) {
		if (!b->parents[i][0])
			continue;
		snprintf(what, sizeof(what), "[cgroup %s] parent", b->w->cgroups[i].name);
		err = find_cgroup(b, b->parents[i], b->parent_lines[i], what, &parent, diag);
		if (err)
			return err;
		/* So that there is no circle, and parents are made first. */
		if (parent >= i)
			return diag_set(diag, -EINVAL, "%s:%u: %s: '%s' must stand above it", b->path,
					b->parent_lines[i], what, b->parents[i]);
		b->w->cgroups[i].parent = parent;
	}
	return 0;
}

/* A group with what a section says of all kinds; fills in nothing of its program. */
static struct workload_group *add_group(struct builder *b, const struct section *section,
					const char *suffix, uint64_t count, uint32_t cgroup)
{
	char name[WORKLOAD_NAME_LEN + 8];
	struct workload_group *group;
	uint32_t index;

	snprintf(name, sizeof(name), "%s%s", section->name, suffix);
	index = workload_add_group(b->w, name);
	if (index == WORKLOAD_NONE)
		return NULL;
	group = &b->w->groups[index];
	if (section->comm[0])
		snprintf(group->comm, sizeof(group->comm), "%s", section->comm);
	group->kind = kind_names[section->kind];
	group->count = (uint32_t)count;
	group->nice = (int32_t)section->nice;
	group->idle_policy = section->idle_policy;
	group->kthread = section->kthread;
	group->cpus = section->cpus;
	group->cgroup = cgroup;
	group->start_ns = section->start_ns;
	group->stop_ns = section->stop_ns;
	group->stagger_ns = section->stagger_ns;
	return group;
}

/* Steps that only have a time. Returns false when there is no memory. */
static bool add_timed(struct program *program, enum step_kind kind, uint64_t ns,
		      const struct section *section, uint8_t flags)
{
	struct step *step = program_add(program, kind);

	if (!step)
		return false;
	step->ns = ns;
	step->jitter_pct = flags & STEP_EXPONENTIAL ? 0 : (uint8_t)section->jitter_pct;
	step->flags = flags;
	return true;
}

static bool add_plain(struct program *program, enum step_kind kind, uint32_t resource, uint8_t flags)
{
	struct step *step = program_add(program, kind);

	if (!step)
		return false;
	step->resource = resource;
	step->flags = flags;
	return true;
}

static bool end_loop(struct program *program)
{
	struct step *step = program_add(program, STEP_NEXT);

	if (!step)
		return false;
	step->other = 1; /* the loop begins the program */
	return true;
}

static bool make_hogs(struct program *p, const struct section *section)
{
	return program_add(p, STEP_LOOP) && add_timed(p, STEP_RUN, 1000000000, section, 0) &&
	       end_loop(p);
}

static bool make_sleepers(struct program *p, const struct section *section)
{
	return program_add(p, STEP_LOOP) && add_timed(p, STEP_RUN, section->run_ns, section, 0) &&
	       add_timed(p, STEP_SLEEP, section->sleep_ns, section, 0) && end_loop(p);
}

static bool make_periodic(struct builder *b, struct program *p, const struct section *section)
{
	uint32_t timer = workload_add_resource(b->w, section->name, RESOURCE_TIMER,
					       (uint32_t)section->count);
	struct step *step;

	if (timer == WORKLOAD_NONE || !program_add(p, STEP_LOOP) ||
	    !add_timed(p, STEP_RUN, section->run_ns, section, 0))
		return false;
	step = program_add(p, STEP_TIMER);
	if (!step)
		return false;
	step->resource = timer;
	step->flags = STEP_PER_INSTANCE | STEP_SKIP;
	step->ns = section->period_ns;
	step->deadline_ns = section->deadline_ns ? section->deadline_ns : section->period_ns;
	step->other = 1;
	return end_loop(p);
}

/* Two groups, of which each task wakes up its partner of the other and waits for it. */
static bool make_pingpong(struct builder *b, const struct section *section, uint32_t cgroup)
{
	uint32_t count = (uint32_t)section->count, side;
	uint32_t balls = workload_add_resource(b->w, section->name, RESOURCE_SEMAPHORE, 2 * count);

	if (balls == WORKLOAD_NONE)
		return false;
	for (side = 0; side < 2; side++) {
		struct workload_group *group = add_group(b, section, side ? ".b" : ".a", count,
							 cgroup);
		uint32_t mine = balls + side * count, theirs = balls + !side * count;
		struct program *p;

		if (!group)
			return false;
		p = &group->program;
		if (!program_add(p, STEP_LOOP))
			return false;
		/* The second one waits first. */
		if (side && !add_plain(p, STEP_TAKE, mine, STEP_PER_INSTANCE))
			return false;
		if (!add_timed(p, STEP_RUN, section->run_ns, section, 0) ||
		    !add_plain(p, STEP_POST, theirs, STEP_PER_INSTANCE | STEP_SYNC))
			return false;
		if (!side && !add_plain(p, STEP_TAKE, mine, STEP_PER_INSTANCE))
			return false;
		if (!end_loop(p))
			return false;
	}
	return true;
}

/* A group that starts children of another one, no more than so many at a time. */
static bool make_forks(struct builder *b, const struct section *section, uint32_t cgroup)
{
	struct workload_group *parent = add_group(b, section, "", section->count, cgroup), *child;
	uint32_t child_index = b->w->nr_groups, parent_index = child_index - 1;
	struct program *p;
	struct step *step;

	if (!parent)
		return false;
	child = add_group(b, section, ".child", 0, cgroup);
	if (!child || !add_timed(&child->program, STEP_RUN, section->run_ns, section, 0))
		return false;
	p = &b->w->groups[parent_index].program;
	if (!program_add(p, STEP_LOOP) || !add_plain(p, STEP_FORK, child_index, 0))
		return false;
	step = program_add(p, STEP_JOIN);
	if (!step)
		return false;
	step->ns = section->parallel;
	if (section->sleep_ns && !add_timed(p, STEP_SLEEP, section->sleep_ns, section, 0))
		return false;
	return end_loop(p);
}

static bool make_server(struct builder *b, const struct section *section, uint32_t cgroup)
{
	uint32_t server = workload_add_resource(b->w, section->name, RESOURCE_SERVER, 1);
	struct workload_group *group;
	struct program *p;

	group = add_group(b, section, "", section->workers, cgroup);
	if (server == WORKLOAD_NONE || !group)
		return false;
	group->is_process = true;
	p = &group->program;
	if (!program_add(p, STEP_LOOP) || !add_plain(p, STEP_SERVE, server, 0) ||
	    !add_timed(p, STEP_RUN, section->run_ns, section, 0) ||
	    !add_plain(p, STEP_REPLY, server, 0) || !end_loop(p))
		return false;
	group = add_group(b, section, ".client", section->clients, cgroup);
	if (!group)
		return false;
	p = &group->program;
	return program_add(p, STEP_LOOP) &&
	       add_timed(p, STEP_SLEEP, section->think_ns, section, STEP_EXPONENTIAL) &&
	       add_timed(p, STEP_RUN, section->client_run_ns, section, 0) &&
	       add_plain(p, STEP_CALL, server, 0) && end_loop(p);
}

static int make_section(struct builder *b, const struct section *section, struct diag *diag)
{
	struct workload_group *group = NULL;
	uint32_t cgroup = 0;
	bool ok = false;
	char what[64];
	int err;

	if (section->cgroup[0]) {
		snprintf(what, sizeof(what), "[%s %s] cgroup", kind_names[section->kind], section->name);
		err = find_cgroup(b, section->cgroup, line_of(section, "cgroup"), what, &cgroup, diag);
		if (err)
			return err;
	}
	if (section->kind == PERIODIC && section->deadline_ns > section->period_ns)
		return diag_set(diag, -EINVAL, "%s:%u: [periodic %s] deadline: it is behind the period's end",
				b->path, line_of(section, "deadline"), section->name);
	if (section->stop_ns && section->stop_ns <= section->start_ns)
		return diag_set(diag, -EINVAL, "%s:%u: [%s %s] stop: it stops before it starts", b->path,
				line_of(section, "stop"), kind_names[section->kind], section->name);
	switch (section->kind) {
	case PINGPONG:
		ok = make_pingpong(b, section, cgroup);
		break;
	case FORKS:
		ok = make_forks(b, section, cgroup);
		break;
	case SERVER:
		ok = make_server(b, section, cgroup);
		break;
	default:
		group = add_group(b, section, "", section->count, cgroup);
		break;
	}
	if (group && section->kind == HOGS)
		ok = make_hogs(&group->program, section);
	else if (group && section->kind == SLEEPERS)
		ok = make_sleepers(&group->program, section);
	else if (group)
		ok = make_periodic(b, &group->program, section);
	return ok ? 0 : no_memory(b, diag);
}

int workload_parse_ini(const char *path, const char *text, size_t size, struct workload *w,
		       struct diag *diag)
{
	struct builder *b = calloc(1, sizeof(*b));
	uint32_t i;
	int err;

	if (!b)
		return diag_set(diag, -ENOMEM, "%s: no memory", path);
	b->w = w;
	b->path = path;
	w->duration_ns = 10000000000ULL;
	err = ini_text_parse(path, text, size, key, b, diag);
	if (!err)
		err = link_cgroups(b, diag);
	for (i = 0; i < b->nr && !err; i++)
		err = make_section(b, &b->sections[i], diag);
	free(b->sections);
	free(b);
	return err;
}
