/* SPDX-License-Identifier: GPL-2.0-only */
#include "workload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"

/* Room for nr more of size bytes each. Returns 0 or -ENOMEM. */
static int grow(void *array, size_t size, uint32_t used, uint32_t *room, uint32_t nr)
{
	uint32_t wanted = *room;
	void *grown;

	if (used + nr <= *room)
		return 0;
	while (wanted < used + nr)
		wanted = wanted ? 2 * wanted : 8;
	memcpy(&grown, array, sizeof(grown));
	grown = realloc(grown, wanted * size);
	if (!grown)
		return -ENOMEM;
	memset((char *)grown + used * size, 0, (wanted - used) * size);
	memcpy(array, &grown, sizeof(grown));
	*room = wanted;
	return 0;
}

uint32_t workload_add_group(struct workload *w, const char *name)
{
	struct workload_group *group;

	if (grow(&w->groups, sizeof(*w->groups), w->nr_groups, &w->room_groups, 1))
		return WORKLOAD_NONE;
	group = &w->groups[w->nr_groups];
	snprintf(group->name, sizeof(group->name), "%.31s", name);
	snprintf(group->comm, sizeof(group->comm), "%.15s", name);
	group->count = 1;
	group->cpus = WORKLOAD_NONE;
	return w->nr_groups++;
}

uint32_t workload_add_resource(struct workload *w, const char *name, enum resource_kind kind,
			       uint32_t nr)
{
	uint32_t i, first = w->nr_resources;

	if (grow(&w->resources, sizeof(*w->resources), w->nr_resources, &w->room_resources, nr))
		return WORKLOAD_NONE;
	for (i = 0; i < nr; i++) {
		struct workload_resource *resource = &w->resources[w->nr_resources++];

		snprintf(resource->name, sizeof(resource->name), "%.31s", name);
		resource->kind = kind;
	}
	return first;
}

uint32_t workload_add_cpuset(struct workload *w, const struct cpuset *cpus, const struct workload_place *place)
{
	uint32_t i;

	for (i = 0; i < w->nr_cpusets; i++)
		if (!memcmp(&w->cpusets[i], cpus, sizeof(*cpus)))
			return i;
	if (grow(&w->cpusets, sizeof(*w->cpusets), w->nr_cpusets, &w->room_cpusets, 1) ||
	    grow(&w->places, sizeof(*w->places), w->nr_cpusets, &w->room_places, 1))
		return WORKLOAD_NONE;
	w->places[w->nr_cpusets] = place ? *place : (struct workload_place){ .line = 0 };
	w->cpusets[w->nr_cpusets] = *cpus;
	return w->nr_cpusets++;
}

uint32_t workload_add_cgroup(struct workload *w, const char *name)
{
	struct workload_cgroup *cgroup;

	if (grow(&w->cgroups, sizeof(*w->cgroups), w->nr_cgroups, &w->room_cgroups, 1))
		return WORKLOAD_NONE;
	cgroup = &w->cgroups[w->nr_cgroups];
	snprintf(cgroup->name, sizeof(cgroup->name), "%.31s", name);
	cgroup->weight = 100;
	return w->nr_cgroups++;
}

struct step *program_add(struct program *program, enum step_kind kind)
{
	struct step *step;

	if (grow(&program->steps, sizeof(*program->steps), program->nr, &program->room, 1))
		return NULL;
	step = &program->steps[program->nr++];
	step->kind = (uint8_t)kind;
	return step;
}

uint64_t step_ns(const struct step *step, uint64_t *random)
{
	uint64_t spread_ns, r;
	uint32_t i;

	if (step->flags & STEP_EXPONENTIAL) {
		/*
		 * -ln(u) by whole numbers, the same on every machine: the position of the leading
		 * bit of u, and a straight line between two powers of two. Its mean is 1.5 and not
		 * the 1.44 of the logarithm to 2: by 1/1.5 the mean is right.
		 */
		r = draw_xorshift(random) >> 1 | 1;
		i = 63 - (uint32_t)__builtin_clzll(r);
		spread_ns = (62 - i) * 1024ULL + (1024 - ((r << (62 - i) >> 52) & 1023));
		return step->ns / 1024 * (spread_ns * 683 / 1024) +
		       step->ns % 1024 * (spread_ns * 683 / 1024) / 1024;
	}
	if (!step->jitter_pct)
		return step->ns;
	spread_ns = step->ns / 100 * step->jitter_pct + step->ns % 100 * step->jitter_pct / 100;
	if (!spread_ns)
		return step->ns;
	return step->ns - spread_ns + draw_xorshift(random) % (2 * spread_ns + 1);
}

int workload_parse(const char *path, const char *text, size_t size, struct workload *ret_workload,
		   struct diag *diag)
{
	static const char recorded[] = "scx-cland recording";
	struct workload workload = { .path = path };
	const char *at = text;
	uint32_t i, nr_tasks = 0;
	int err;

	if (size >= sizeof(recorded) - 1 && !memcmp(text, recorded, sizeof(recorded) - 1))
		return diag_set(diag, -EINVAL, "%s:1: this is a recording: clandsim replay runs it", path);
	topo_default(&workload.topo, 4);
	if (workload_add_cgroup(&workload, "/") == WORKLOAD_NONE)
		return diag_set(diag, -ENOMEM, "%s: no memory", path);
	/* rt-app's begins with a brace, behind comments; INI's comments begin with ';' or '#'. */
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		at += 3;
	while (at < text + size && *at && strchr(" \t\r\n", *at))
		at++;
	if (at < text + size && (*at == '{' || *at == '/'))
		err = workload_parse_rtapp(path, text, size, &workload, diag);
	else
		err = workload_parse_ini(path, text, size, &workload, diag);
	for (i = 0; i < workload.nr_groups && !nr_tasks; i++)
		nr_tasks = workload.groups[i].count;
	if (!err && !nr_tasks)
		err = diag_set(diag, -EINVAL, "%s: there are no tasks in it; a section as [hogs NAME], or a task of "
			       "rt-app's, makes some", path);
	if (err)
		workload_free(&workload);
	else
		*ret_workload = workload;
	return err;
}

int workload_read(const char *path, struct workload *ret_workload, struct diag *diag)
{
	size_t size;
	char *text;
	int err = file_text_read(path, INI_TEXT_MAX, &text, &size, diag);

	if (err)
		return err;
	err = workload_parse(path, text, size, ret_workload, diag);
	free(text);
	return err;
}

static bool reaches_beyond(const struct cpuset *cpus, const struct topo *topo, uint32_t *ret_cpu)
{
	*ret_cpu = cpuset_next(cpus, topo->nr_cpus);
	return *ret_cpu != CPUSET_NONE;
}

int workload_check(const struct workload *w, const struct topo *topo, struct diag *diag)
{
	uint64_t nr_tasks = 0;
	uint32_t i, cpu;

	for (i = 0; i < w->nr_groups; i++)
		nr_tasks += w->groups[i].members ? w->groups[i].nr_members : w->groups[i].count;
	if (nr_tasks > WORKLOAD_TASKS_MAX)
		return diag_set(diag, -EINVAL, "%s%s the workload has %llu tasks; at most %u", w->path ? w->path : "",
				w->path ? ":" : "", (unsigned long long)nr_tasks, WORKLOAD_TASKS_MAX);
	for (i = 0; i < w->nr_cpusets; i++) {
		if (!reaches_beyond(&w->cpusets[i], topo, &cpu))
			continue;
		if (!w->path || !w->places[i].line)
			return diag_set(diag, -EINVAL, "the workload binds tasks to CPU %u, and the machine has %u: "
					"give it more with --cpus", cpu, topo->nr_cpus);
		return diag_set(diag, -EINVAL, "%s:%u: %s: it names CPU %u, and the machine has %u: give it more "
				"with --cpus", w->path, w->places[i].line, w->places[i].what, cpu, topo->nr_cpus);
	}
	return 0;
}

void workload_free(struct workload *w)
{
	uint32_t i, at;

	for (i = 0; i < w->nr_groups; i++) {
		for (at = 0; w->groups[i].members && at < w->groups[i].nr_members; at++)
			free(w->groups[i].members[at].program.steps);
		free(w->groups[i].members);
		free(w->groups[i].program.steps);
	}
	free(w->groups);
	free(w->resources);
	free(w->cpusets);
	free(w->places);
	free(w->cgroups);
	memset(w, 0, sizeof(*w));
}
