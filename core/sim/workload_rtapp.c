/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workload_rtapp.c - rt-app's JSON. What it says of the order and the time of things is simulated;
 * what is about rt-app's own work (logs, calibration, locking pages) is passed over; anything else
 * is refused by its name and line, so that no result is of half a workload.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "loose_json.h"
#include "workload.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define US 1000ULL
#define TIME_MAX_US 86400000000LL
#define DURATION_DEFAULT_NS 10000000000ULL
#define INSTANCES_MAX 100000
#define WRITE_MAX_BYTES 1000000000000LL
#define WRITE_BYTES_PER_NS 10ULL
/* What rt-app takes to create a thread: they do not all begin at the very same time. */
#define CREATE_NS 60000ULL

struct reader {
	struct workload *w;
	const char *path;
	const char *task;		/* the name of the one being read; "": none */
	struct diag *diag;
	const char *policy;		/* of tasks that name none, ... */
	const struct loose_node *policy_node; /* ... where it is said; NULL: nowhere */
	uint32_t count;			/* instances of the task being read */
	uint32_t task_resources;	/* from here on they are its own */
	uint64_t created_ns;		/* when the next thread is created */
	bool runs_for_ever;
	bool has_device;		/* another one than /dev/null */
	int err;
};

__attribute__((format(printf, 3, 4))) static int fail(struct reader *r, const struct loose_node *node,
						       const char *fmt, ...)
{
	char text[512];
	va_list args;

	if (r->err)
		return r->err;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	r->err = diag_set(r->diag, -EINVAL, "%s:%u: %s%.48s%s%.48s: %s", r->path, node->line,
			  *r->task ? "task " : "", r->task, *r->task ? ": " : "",
			  node->key ? node->key : "(a value)", text);
	return r->err;
}

static int no_memory(struct reader *r)
{
	if (!r->err)
		r->err = diag_set(r->diag, -ENOMEM, "%s: no memory", r->path);
	return r->err;
}

static int64_t number(struct reader *r, const struct loose_node *node, int64_t min, int64_t max)
{
	if (node->kind == LOOSE_JSON_NUMBER && node->is_whole && node->number >= min &&
	    node->number <= max)
		return node->number;
	fail(r, node, "expected a whole number from %lld to %lld", (long long)min, (long long)max);
	return min > 0 ? min : 0;
}

static const char *string(struct reader *r, const struct loose_node *node)
{
	if (node->kind == LOOSE_JSON_STRING)
		return node->string;
	fail(r, node, "expected a string, and it is %s", loose_json_kind(node->kind));
	return "";
}

/* A member that must be there, a string. */
static const char *member_string(struct reader *r, const struct loose_node *object, const char *key)
{
	const struct loose_node *member;

	if (object->kind != LOOSE_JSON_OBJECT) {
		fail(r, object, "expected an object {}, and it is %s", loose_json_kind(object->kind));
		return "";
	}
	member = loose_json_member(object, key);
	if (!member) {
		fail(r, object, "\"%s\" is missing in it", key);
		return "";
	}
	return string(r, member);
}

static bool is_among(const char *key, const char *const *names, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(names[i], key))
			return true;
	return false;
}

/* Which of two values counts nobody can know; these are not to be there twice, as events are. */
static void once(struct reader *r, const struct loose_node *object, const char *const *names, size_t nr)
{
	const struct loose_node *node, *first;

	for (node = object->child; node && !r->err; node = node->next) {
		if (!is_among(node->key, names, nr))
			continue;
		first = loose_json_member(object, node->key);
		if (first != node)
			fail(r, node, "it is there already, at line %u", first->line);
	}
}

/* Of an event that is an object: these members, each at most once, and no other. */
static void only(struct reader *r, const struct loose_node *object, const char *const *names, size_t nr)
{
	const struct loose_node *node;

	if (object->kind != LOOSE_JSON_OBJECT)
		return;
	once(r, object, names, nr);
	for (node = object->child; node && !r->err; node = node->next)
		if (!is_among(node->key, names, nr))
			fail(r, node, "not simulated, or nothing that \"%.48s\" has", object->key);
}

static const char *const condition_members[] = { "ref", "mutex" };

/* ---- steps ----------------------------------------------------------------------------------- */

static struct step *add(struct reader *r, struct program *program, enum step_kind kind)
{
	static struct step none;
	struct step *step = program_add(program, kind);

	if (!step)
		no_memory(r);
	return step ? step : &none;
}

static uint32_t resource(struct reader *r, const char *name, enum resource_kind kind)
{
	uint32_t i;

	for (i = 0; i < r->w->nr_resources; i++)
		if (r->w->resources[i].kind == kind &&
		    !strncmp(r->w->resources[i].name, name, WORKLOAD_NAME_LEN - 1))
			return i;
	i = workload_add_resource(r->w, name, kind, 1);
	if (i == WORKLOAD_NONE)
		no_memory(r);
	return i;
}

/* rt-app keys may end in a number, to be different from each other. */
static bool is_event(const char *key, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(key, name, len) && !key[len + strspn(key + len, "0123456789")];
}

static void add_timed(struct reader *r, struct program *program, const struct loose_node *node,
		      enum step_kind kind)
{
	uint64_t us = (uint64_t)number(r, node, 0, TIME_MAX_US);

	if (us || kind != STEP_SLEEP)
		add(r, program, kind)->ns = us * US;
}

/* So many bytes, at what memory takes in; rt-app's device is /dev/null, which takes less. */
static void add_write(struct reader *r, struct program *program, const struct loose_node *node)
{
	uint64_t bytes = (uint64_t)number(r, node, 0, WRITE_MAX_BYTES);

	add(r, program, STEP_RUN)->ns = bytes / WRITE_BYTES_PER_NS;
	r->w->nr_writes++;
}

static void add_resource_step(struct reader *r, struct program *program, enum step_kind kind,
			      const char *name, enum resource_kind resource_kind)
{
	uint32_t index = resource(r, name, resource_kind);

	add(r, program, kind)->resource = index;
}

static void add_wait(struct reader *r, struct program *program, const struct loose_node *node)
{
	uint32_t condition = resource(r, member_string(r, node, "ref"), RESOURCE_CONDITION);
	uint32_t mutex = resource(r, member_string(r, node, "mutex"), RESOURCE_MUTEX);
	struct step *step = add(r, program, STEP_WAIT);

	only(r, node, condition_members, ARRAY_LEN(condition_members));
	step->resource = condition;
	step->other = mutex;
}

/* A string, or an object that has it as "ref". */
static const char *ref_of(struct reader *r, const struct loose_node *node)
{
	only(r, node, condition_members, ARRAY_LEN(condition_members));
	return node->kind == LOOSE_JSON_OBJECT ? member_string(r, node, "ref") : string(r, node);
}

static void add_timer(struct reader *r, struct program *program, const struct loose_node *node)
{
	static const char *const members[] = { "ref", "period", "mode" };
	const char *name = member_string(r, node, "ref"), *mode = "relative";
	const struct loose_node *period, *mode_node;
	char unique[WORKLOAD_NAME_LEN];
	bool per_instance = !strncmp(name, "unique", 6);
	struct step *step;
	uint32_t index, i;
	uint64_t ns;

	only(r, node, members, ARRAY_LEN(members));
	if (r->err)
		return;
	period = loose_json_member(node, "period");
	if (!period) {
		fail(r, node, "\"period\" is missing in it");
		return;
	}
	ns = (uint64_t)number(r, period, 0, TIME_MAX_US) * US;
	mode_node = loose_json_member(node, "mode");
	if (mode_node)
		mode = string(r, mode_node);
	if (strcmp(mode, "relative") != 0 && strcmp(mode, "absolute") != 0)
		fail(r, mode_node, "expected \"relative\" or \"absolute\"");
	if (!ns || r->err)
		return;
	if (per_instance) {
		/* One for each instance, in a row; another task's of the same name is another one. */
		snprintf(unique, sizeof(unique), "%.31s", name);
		for (i = r->task_resources, index = WORKLOAD_NONE; i < r->w->nr_resources; i++)
			if (r->w->resources[i].kind == RESOURCE_TIMER && index == WORKLOAD_NONE &&
			    !strcmp(r->w->resources[i].name, unique))
				index = i;
		if (index == WORKLOAD_NONE)
			index = workload_add_resource(r->w, unique, RESOURCE_TIMER, r->count);
		if (index == WORKLOAD_NONE)
			no_memory(r);
	} else {
		index = resource(r, name, RESOURCE_TIMER);
	}
	step = add(r, program, STEP_TIMER);
	step->resource = index;
	step->flags = (uint8_t)((per_instance ? STEP_PER_INSTANCE : 0) |
				(*mode == 'r' ? STEP_RELATIVE : 0));
	step->ns = step->deadline_ns = ns;
	step->other = 1;
}

static void add_barrier(struct reader *r, struct program *program, const struct loose_node *node)
{
	uint32_t index = resource(r, string(r, node), RESOURCE_BARRIER);

	if (r->err)
		return;
	r->w->resources[index].nr_users += r->count;
	add(r, program, STEP_BARRIER)->resource = index;
}

/* Returns whether the member is an event; it has become steps then, or an error. */
static bool add_event(struct reader *r, struct program *p, const struct loose_node *node)
{
	const char *key = node->key;

	if (is_event(key, "run"))
		add_timed(r, p, node, STEP_RUN);
	else if (is_event(key, "runtime"))
		add_timed(r, p, node, STEP_RUNTIME);
	else if (is_event(key, "mem") || (is_event(key, "iorun") && !r->has_device))
		add_write(r, p, node);
	else if (is_event(key, "sleep"))
		add_timed(r, p, node, STEP_SLEEP);
	else if (is_event(key, "timer"))
		add_timer(r, p, node);
	else if (is_event(key, "lock"))
		add_resource_step(r, p, STEP_LOCK, string(r, node), RESOURCE_MUTEX);
	else if (is_event(key, "unlock"))
		add_resource_step(r, p, STEP_UNLOCK, string(r, node), RESOURCE_MUTEX);
	else if (is_event(key, "signal"))
		add_resource_step(r, p, STEP_SIGNAL, ref_of(r, node), RESOURCE_CONDITION);
	else if (is_event(key, "broad"))
		add_resource_step(r, p, STEP_BROADCAST, ref_of(r, node), RESOURCE_CONDITION);
	else if (is_event(key, "wait"))
		add_wait(r, p, node);
	else if (is_event(key, "sync")) {
		add_resource_step(r, p, STEP_SIGNAL, member_string(r, node, "ref"),
				  RESOURCE_CONDITION);
		add_wait(r, p, node);
	} else if (is_event(key, "barrier"))
		add_barrier(r, p, node);
	else if (is_event(key, "suspend") || is_event(key, "resume")) {
		bool waits = is_event(key, "suspend");
		const char *name = string(r, node);
		uint32_t index = resource(r, *name ? name : r->task, RESOURCE_CONDITION);
		struct step *step = add(r, p, waits ? STEP_WAIT : STEP_BROADCAST);

		step->resource = index;
		step->other = WORKLOAD_NONE;
	} else if (is_event(key, "yield"))
		add(r, p, STEP_YIELD);
	else
		return false;
	return true;
}

/* ---- what tasks and phases have --------------------------------------------------------------- */

static uint32_t cpus(struct reader *r, const struct loose_node *node)
{
	const struct loose_node *item;
	struct cpuset set = { 0 };
	struct workload_place said;
	uint32_t index;

	if (node->kind != LOOSE_JSON_ARRAY || !node->child) {
		fail(r, node, "expected an array of CPU numbers, as [0, 1]");
		return WORKLOAD_NONE;
	}
	for (item = node->child; item; item = item->next) {
		if (item->kind != LOOSE_JSON_NUMBER || !item->is_whole || item->number < 0 ||
		    item->number >= CPUSET_MAX) {
			fail(r, node, "a CPU is a whole number below %u", CPUSET_MAX);
			return WORKLOAD_NONE;
		}
		cpuset_add(&set, (uint32_t)item->number);
	}
	said.line = node->line;
	snprintf(said.what, sizeof(said.what), "%s%.48s%scpus", *r->task ? "task " : "", r->task,
		 *r->task ? ": " : "");
	index = workload_add_cpuset(r->w, &set, &said);
	if (index == WORKLOAD_NONE)
		no_memory(r);
	return index;
}

static void begin_loop(struct reader *r, struct program *p, const struct loose_node *loop,
		       uint8_t depth, int64_t def)
{
	int64_t rounds = loop ? number(r, loop, -1, INT32_MAX) : def;
	struct step *step = add(r, p, STEP_LOOP);

	if (!rounds)
		fail(r, loop, "expected -1 (for ever), or how many times");
	if (rounds < 0)
		r->runs_for_ever = true;
	step->depth = depth;
	step->ns = rounds < 0 ? 0 : (uint64_t)rounds;
}

/* System calls do; so a round of a loop that has one gets somewhere. */
static bool takes_time(const struct program *p, uint32_t from)
{
	uint32_t i;

	for (i = from; i < p->nr; i++)
		if ((p->steps[i].kind != STEP_RUN && p->steps[i].kind != STEP_RUNTIME) || p->steps[i].ns)
			return true;
	return false;
}

/* loop: what it is of. */
static void end_loop(struct reader *r, struct program *p, uint8_t depth, uint32_t first,
		     const struct loose_node *loop)
{
	struct step *step;

	if (r->err)
		return;
	/* A round in which no time passes is none, however many there are of it; for ever it is a hang. */
	if (!takes_time(p, first)) {
		if (!p->steps[first - 1].ns)
			fail(r, loop, "it goes round for ever, and nothing in it takes time");
		p->nr = first - 1;
		return;
	}
	step = add(r, p, STEP_NEXT);

	step->depth = depth;
	step->other = first;
}

/* Events, and what is no event must be among the others. Returns how many events there are. */
static uint32_t add_events(struct reader *r, struct program *p, const struct loose_node *object,
			   const char *const *others, size_t nr_others)
{
	const struct loose_node *node;
	uint32_t nr = 0;
	size_t i;

	for (node = object->child; node && !r->err; node = node->next) {
		if (add_event(r, p, node)) {
			nr++;
			continue;
		}
		for (i = 0; i < nr_others; i++)
			if (!strcmp(others[i], node->key))
				break;
		if (i < nr_others)
			continue;
		if (is_event(node->key, "iorun"))
			fail(r, node, "writing to a device other than /dev/null is not simulated");
		else if (!strcmp(node->key, "exec") || !strcmp(node->key, "lock_order") ||
			 !strcmp(node->key, "period"))
			fail(r, node, "of rt-app's first format; only that with \"run\", \"timer\" "
			     "... is read");
		else
			fail(r, node, "not simulated, or no name that rt-app knows");
	}
	return nr;
}

static void add_phase(struct reader *r, struct program *p, const struct loose_node *phase,
		      uint32_t task_cpus)
{
	static const char *const others[] = { "loop", "cpus", "delay", "priority" };
	const struct loose_node *node;
	uint32_t first, here = task_cpus;

	if (phase->kind != LOOSE_JSON_OBJECT) {
		fail(r, phase, "expected an object {}, and it is %s", loose_json_kind(phase->kind));
		return;
	}
	once(r, phase, others, ARRAY_LEN(others));
	node = loose_json_member(phase, "cpus");
	if (node)
		here = cpus(r, node);
	add(r, p, STEP_CPUS)->resource = here;
	node = loose_json_member(phase, "priority");
	if (node)
		add(r, p, STEP_NICE)->nice = (int32_t)number(r, node, -20, 19);
	node = loose_json_member(phase, "delay");
	if (node)
		add_timed(r, p, node, STEP_SLEEP);
	begin_loop(r, p, loose_json_member(phase, "loop"), 1, 1);
	first = p->nr;
	if (!add_events(r, p, phase, others, ARRAY_LEN(others)))
		fail(r, phase, "nothing happens in it");
	end_loop(r, p, 1, first, phase);
}

static void set_policy(struct reader *r, struct workload_group *group,
		       const struct loose_node *task)
{
	const struct loose_node *node = loose_json_member(task, "policy");
	const char *policy = node ? string(r, node) : r->policy;

	if (!strcmp(policy, "SCHED_IDLE"))
		group->idle_policy = true;
	else if (strcmp(policy, "SCHED_OTHER") != 0 && strcmp(policy, "SCHED_BATCH") != 0)
		fail(r, node ? node : r->policy_node ? r->policy_node : task,
		     "%.32s: tasks of another class than the fair one are not scx-cland's and are not "
		     "simulated; expected SCHED_OTHER, SCHED_BATCH or "
		     "SCHED_IDLE", policy);
	node = loose_json_member(task, "priority");
	if (node)
		group->nice = (int32_t)number(r, node, -20, 19);
}

static uint32_t cgroup(struct reader *r, const struct loose_node *node)
{
	const char *name = string(r, node);
	uint32_t i;

	if (!*name || strlen(name) >= WORKLOAD_NAME_LEN) {
		fail(r, node, "expected up to %d characters", WORKLOAD_NAME_LEN - 1);
		return 0;
	}
	for (i = 0; i < r->w->nr_cgroups; i++)
		if (!strcmp(r->w->cgroups[i].name, name))
			return i;
	i = r->w->nr_cgroups < WORKLOAD_CGROUPS_MAX ? workload_add_cgroup(r->w, name) : WORKLOAD_NONE;
	if (i == WORKLOAD_NONE) {
		fail(r, node, "more than %u cgroups", WORKLOAD_CGROUPS_MAX);
		return 0;
	}
	return i;
}

static void add_task(struct reader *r, const struct loose_node *task)
{
	static const char *const others[] = { "instance", "policy", "priority", "cpus", "delay",
					      "loop", "taskgroup" };
	static const char *const phases_name[] = { "phases" };
	const struct loose_node *node, *phases;
	struct program program = { 0 };
	struct workload_group *group;
	uint32_t index, first, task_cpus = WORKLOAD_NONE, nr = 0;

	if (task->kind != LOOSE_JSON_OBJECT) {
		fail(r, task, "expected an object {}, and it is %s", loose_json_kind(task->kind));
		return;
	}
	r->task = task->key;
	r->task_resources = r->w->nr_resources;
	once(r, task, others, ARRAY_LEN(others));
	once(r, task, phases_name, ARRAY_LEN(phases_name));
	node = loose_json_member(task, "instance");
	r->count = node ? (uint32_t)number(r, node, 0, INSTANCES_MAX) : 1;
	index = workload_add_group(r->w, task->key);
	if (index == WORKLOAD_NONE) {
		no_memory(r);
		return;
	}
	group = &r->w->groups[index];
	group->kind = "rt-app";
	group->count = r->count;
	group->start_ns = r->created_ns;
	group->stagger_ns = CREATE_NS;
	r->created_ns += r->count * CREATE_NS;
	set_policy(r, group, task);
	node = loose_json_member(task, "cpus");
	if (node)
		group->cpus = task_cpus = cpus(r, node);
	node = loose_json_member(task, "delay");
	if (node)
		group->start_ns += (uint64_t)number(r, node, 0, TIME_MAX_US) * US;
	node = loose_json_member(task, "taskgroup");
	if (node)
		group->cgroup = cgroup(r, node);
	if (r->err)
		return;
	begin_loop(r, &program, loose_json_member(task, "loop"), 0, -1);
	first = program.nr;
	phases = loose_json_member(task, "phases");
	if (phases) {
		if (phases->kind != LOOSE_JSON_OBJECT)
			fail(r, phases, "expected an object {} of phases");
		for (node = phases->child; node && !r->err; node = node->next, nr++)
			add_phase(r, &program, node, task_cpus);
		for (node = task->child; node && !r->err; node = node->next) {
			size_t i = 0;

			while (i < ARRAY_LEN(others) && strcmp(others[i], node->key) != 0)
				i++;
			if (i == ARRAY_LEN(others) && node != phases)
				fail(r, node, "beside \"phases\" there can be no events");
		}
	} else {
		nr = add_events(r, &program, task, others, ARRAY_LEN(others));
	}
	if (!nr)
		fail(r, task, "nothing happens in it");
	end_loop(r, &program, 0, first, task);
	group->program = program;
	r->task = "";
}

static void read_global(struct reader *r, const struct loose_node *global)
{
	/* About rt-app's own work. */
	static const char *const ignored[] = {
		"calibration", "pi_enabled", "lock_pages", "logdir", "log_basename", "log_size",
		"ftrace", "gnuplot", "mem_buffer_size", "cumulative_slack", "frag",
	};
	static const char *const named[] = { "duration", "io_device", "default_policy" };
	const struct loose_node *node;
	int64_t duration_s;
	size_t i;

	if (global->kind != LOOSE_JSON_OBJECT) {
		fail(r, global, "expected an object {}");
		return;
	}
	once(r, global, named, ARRAY_LEN(named));
	for (node = global->child; node && !r->err; node = node->next) {
		if (!strcmp(node->key, "duration")) {
			duration_s = number(r, node, -1, 86400);
			r->w->duration_ns = duration_s > 0 ? (uint64_t)duration_s * 1000000000ULL : 0;
		} else if (!strcmp(node->key, "io_device")) {
			r->has_device = strcmp(string(r, node), "/dev/null") != 0;
		} else if (!strcmp(node->key, "default_policy")) {
			r->policy = string(r, node);
			r->policy_node = node;
		} else {
			for (i = 0; i < ARRAY_LEN(ignored); i++)
				if (!strcmp(ignored[i], node->key))
					break;
			if (i == ARRAY_LEN(ignored))
				fail(r, node, "not a name in \"global\" that is known");
		}
	}
}

static void read_root(struct reader *r, const struct loose_node *root)
{
	static const char *const named[] = { "tasks", "global", "resources" };
	const struct loose_node *node, *tasks;

	if (root->kind != LOOSE_JSON_OBJECT) {
		fail(r, root, "expected an object {} with \"tasks\"");
		return;
	}
	once(r, root, named, ARRAY_LEN(named));
	node = loose_json_member(root, "global");
	if (node && !r->err)
		read_global(r, node);
	tasks = loose_json_member(root, "tasks");
	if (!r->err && (!tasks || tasks->kind != LOOSE_JSON_OBJECT)) {
		fail(r, tasks ? tasks : root, "expected \"tasks\", an object {}");
		return;
	}
	for (node = tasks ? tasks->child : NULL; node && !r->err; node = node->next)
		add_task(r, node);
	for (node = root->child; node && !r->err; node = node->next) {
		/* Resources need not be declared: they are made as they are named. */
		if (node != tasks && strcmp(node->key, "global") != 0 &&
		    strcmp(node->key, "resources") != 0)
			fail(r, node, "expected \"tasks\", \"global\" and \"resources\" only");
	}
}

int workload_parse_rtapp(const char *path, const char *text, size_t size, struct workload *w,
			 struct diag *diag)
{
	struct reader r = { .w = w, .path = path, .task = "", .diag = diag, .policy = "SCHED_OTHER" };
	const struct loose_node *root;
	struct loose_json *tree;
	int err = loose_json_parse(path, text, size, &tree, &root, diag);

	if (err)
		return err;
	read_root(&r, root);
	loose_json_free(tree);
	if (!r.err && !w->duration_ns && r.runs_for_ever)
		w->duration_ns = DURATION_DEFAULT_NS;
	return r.err;
}
