/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load-workload - a workload of clandsim, by real processes: what runs here is read from the file
 * that the simulator reads, so that the two can be compared.
 *
 * Each task is a process. It computes a fixed number of steps for each nanosecond of the file (see
 * --calibrate), sleeps by CLOCK_MONOTONIC, waits for others at semaphores of shared memory and
 * pipes. What it got is told as clandsim run --json tells it.
 *
 * Usage: load-workload [--calibrate] [--steps-per-ms=N] [--seed=N] [--seconds=S] [--tell] FILE;
 * --help
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calibrate.h"
#include "children.h"
#include "clock.h"
#include "draw.h"
#include "histogram.h"
#include "options.h"
#include "work.h"
#include "workload.h"

/* Of all tasks of a group; written by them. */
struct group {
	uint64_t nr_tasks, run_ns, nr_jobs, nr_missed;
};

/* Of a task that is there at the start. */
struct member {
	sem_t answered;
	struct histogram responses;
};

struct resource {
	int pipe[2];		/* a semaphore's posts; a server's callers, by their members' index */
	sem_t nr_callers;
};

struct shared {
	uint64_t *begin_ns;
	struct group *groups;
	struct member *members;
	struct resource *resources;
};

struct task {
	const struct program *program;
	struct member *member;	/* NULL: it was forked */
	uint32_t group, instance, member_index;
	uint32_t step, nr_children, serves;
	uint64_t random, next_ns, loops_left[WORKLOAD_LOOPS];
};

static struct workload workload;
static struct shared shared;
static uint64_t steps_per_ms, seed = 1;
static uint64_t nr_members;
static bool tells_begin;

/* Of this process, for the end of it. */
static struct group *my_group;
static uint64_t my_cpu_before_ns;

/* ---- the end of a task ----------------------------------------------------------------------- */

static void add(uint64_t *to, uint64_t value)
{
	__atomic_fetch_add(to, value, __ATOMIC_RELAXED);
}

/* Also the handler of SIGTERM, so that a task that waits or computes ends. */
static void end_task(int signal)
{
	(void)signal;
	add(&my_group->run_ns, cpu_ns() - my_cpu_before_ns);
	_exit(0);
}

static void end_of_program(void)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	end_task(0);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void compute(uint64_t ns)
{
	work_steps(ns / NS_PER_MS * steps_per_ms + ns % NS_PER_MS * steps_per_ms / NS_PER_MS);
}

static void wait_at(sem_t *semaphore)
{
	while (sem_wait(semaphore))
		if (errno != EINTR)
			err(1, "sem_wait");
}

static struct resource *resource_of(const struct task *task, const struct step *step)
{
	return &shared.resources[step->resource +
				 (step->flags & STEP_PER_INSTANCE ? task->instance : 0)];
}

static void read_all(int fd, void *data, size_t size)
{
	while (read(fd, data, size) != (ssize_t)size)
		if (errno != EINTR)
			err(1, "reading from a pipe");
}

static void write_all(int fd, const void *data, size_t size)
{
	if (write(fd, data, size) != (ssize_t)size)
		err(1, "writing to a pipe");
}

/* As tasks.c has it: to the next period that has not begun, and what was missed meanwhile is late. */
static void timer(struct task *task, const struct step *step)
{
	struct group *group = &shared.groups[task->group];
	uint64_t start_ns, now = now_ns();

	if (!task->next_ns)
		task->next_ns = *shared.begin_ns;
	start_ns = task->next_ns;
	if (step->other) {
		add(&group->nr_jobs, 1);
		add(&group->nr_missed, now > start_ns + step->deadline_ns);
	}
	task->next_ns += step->ns;
	while ((step->flags & STEP_SKIP) && task->next_ns < now) {
		task->next_ns += step->ns;
		add(&group->nr_jobs, 1);
		add(&group->nr_missed, 1);
	}
	if (task->next_ns > now)
		sleep_until(task->next_ns);
}

static void call(struct task *task, struct resource *server)
{
	uint64_t called_ns = now_ns();

	write_all(server->pipe[1], &task->member_index, sizeof(task->member_index));
	sem_post(&server->nr_callers);
	wait_at(&task->member->answered);
	histogram_add(&task->member->responses, now_ns() - called_ns);
}

static void serve(struct task *task, struct resource *server)
{
	/* Not in read(): a pipe tells the one woken up that its waker is about to sleep. */
	wait_at(&server->nr_callers);
	read_all(server->pipe[0], &task->serves, sizeof(task->serves));
}

static void join(struct task *task, uint64_t nr)
{
	int flags = WNOHANG;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, NULL, flags);
		if (pid > 0)
			task->nr_children--;
		else if (pid < 0 && errno != EINTR && errno != ECHILD)
			err(1, "waitpid");
		else if (task->nr_children < nr || (pid < 0 && errno == ECHILD))
			return;
		else
			flags = 0;
		if (task->nr_children < nr)
			flags = WNOHANG;
	}
}

static void run_task(uint32_t index, uint32_t instance, struct member *member);

static void fork_one(struct task *task, const struct step *step)
{
	uint32_t child_instance = step->other + task->nr_children;
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid == 0)
		run_task(step->resource, child_instance, NULL);
	task->nr_children++;
}

static void do_step(struct task *task, const struct step *step)
{
	char ball = 'x';

	switch ((enum step_kind)step->kind) {
	case STEP_RUN:
		compute(step_ns(step, &task->random));
		break;
	case STEP_SLEEP:
		sleep_until(now_ns() + step_ns(step, &task->random));
		break;
	case STEP_TIMER:
		timer(task, step);
		break;
	case STEP_POST:
		write_all(resource_of(task, step)->pipe[1], &ball, 1);
		break;
	case STEP_TAKE:
		read_all(resource_of(task, step)->pipe[0], &ball, 1);
		break;
	case STEP_CALL:
		call(task, resource_of(task, step));
		break;
	case STEP_SERVE:
		serve(task, resource_of(task, step));
		break;
	case STEP_REPLY:
		sem_post(&shared.members[task->serves].answered);
		break;
	case STEP_FORK:
		fork_one(task, step);
		break;
	case STEP_JOIN:
		join(task, step->ns);
		break;
	default:
		break;
	}
}

/* ---- tasks ----------------------------------------------------------------------------------- */

static void set_up(const struct workload_group *group)
{
	const struct sched_param none = { 0 };
	cpu_set_t cpus;
	uint32_t cpu;

	if (group->nice && setpriority(PRIO_PROCESS, 0, group->nice))
		err(1, "%s: nice %d", group->name, group->nice);
	if (group->idle_policy && sched_setscheduler(0, SCHED_IDLE, &none))
		err(1, "%s: SCHED_IDLE", group->name);
	if (group->cpus == WORKLOAD_NONE)
		return;
	CPU_ZERO(&cpus);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (cpuset_has(&workload.cpusets[group->cpus], cpu))
			CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		err(1, "%s: CPUs", group->name);
}

/* In the task's own process; does not come back. */
static void run_task(uint32_t index, uint32_t instance, struct member *member)
{
	const struct workload_group *group = &workload.groups[index];
	struct task task = {
		.program = &group->program,
		.member = member,
		.member_index = member ? (uint32_t)(member - shared.members) : 0,
		.group = index,
		.instance = instance,
		.random = (seed * 0x9e3779b97f4a7c15ULL ^ (uint64_t)getpid() << 20) | 1,
	};

	my_group = &shared.groups[index];
	my_cpu_before_ns = cpu_ns();
	draw_xorshift(&task.random);
	signal(SIGTERM, end_task);
	/* From here on it counts for who looks on. */
	prctl(PR_SET_NAME, group->comm);
	add(&my_group->nr_tasks, 1);
	while (task.step < task.program->nr) {
		const struct step *step = &task.program->steps[task.step];

		if (step_loop(step, task.loops_left, &task.step))
			continue;
		do_step(&task, step);
		task.step++;
	}
	end_of_program();
}

static void start_task(struct gate *gate, uint32_t index, uint32_t instance, struct member *member)
{
	const struct workload_group *group = &workload.groups[index];
	uint64_t delay_ns = group->start_ns + instance * group->stagger_ns;

	if (children_fork())
		return;
	set_up(group);
	gate_wait(gate);
	if (delay_ns)
		sleep_until(*shared.begin_ns + delay_ns);
	run_task(index, instance, member);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void check_step(const struct workload_group *group, const struct step *step)
{
	switch ((enum step_kind)step->kind) {
	case STEP_RUN:
	case STEP_SLEEP:
	case STEP_TIMER:
	case STEP_POST:
	case STEP_TAKE:
	case STEP_CALL:
	case STEP_SERVE:
	case STEP_REPLY:
	case STEP_FORK:
	case STEP_JOIN:
	case STEP_LOOP:
	case STEP_NEXT:
		return;
	default:
		errx(1, "group %s: only what INI files describe can be run here", group->name);
	}
}

static void check(const char *path)
{
	uint32_t i, at;

	for (i = 0; i < workload.nr_groups; i++) {
		const struct workload_group *group = &workload.groups[i];

		if (group->kthread || group->stop_ns || group->cgroup)
			errx(1, "%s: group %s: kthread, stop and cgroup cannot be done here", path,
			     group->name);
		for (at = 0; at < group->program.nr; at++)
			check_step(group, &group->program.steps[at]);
		nr_members += group->count;
	}
}

static void make_shared(void)
{
	uint32_t i;
	size_t at;

	shared.begin_ns = children_memory(sizeof(*shared.begin_ns));
	shared.groups = children_memory(workload.nr_groups * sizeof(*shared.groups));
	shared.members = children_memory((nr_members + 1) * sizeof(*shared.members));
	shared.resources = children_memory((workload.nr_resources + 1) * sizeof(*shared.resources));
	for (at = 0; at < nr_members; at++)
		if (sem_init(&shared.members[at].answered, 1, 0))
			err(1, "sem_init");
	for (i = 0; i < workload.nr_resources; i++)
		if (workload.resources[i].kind != RESOURCE_TIMER &&
		    (pipe(shared.resources[i].pipe) || sem_init(&shared.resources[i].nr_callers, 1, 0)))
			err(1, "a pipe for %s", workload.resources[i].name);
}

/* Returns how long it was, in nanoseconds. */
static uint64_t run(uint64_t duration_ns)
{
	const struct sched_param first = { .sched_priority = 1 };
	struct member *member = shared.members;
	struct gate gate;
	uint32_t i, at;

	if (setpgid(0, 0) || prctl(PR_SET_CHILD_SUBREAPER, 1))
		err(1, "a process group");
	/* Where it may: so that the end does not wait for those who are to end. */
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
	gate_init(&gate);
	for (i = 0; i < workload.nr_groups; i++)
		for (at = 0; at < workload.groups[i].count; at++)
			start_task(&gate, i, at, member++);
	signal(SIGTERM, SIG_IGN);
	*shared.begin_ns = now_ns();
	gate_open(&gate);
	if (tells_begin)
		fputs("load-workload: begun\n", stderr);
	sleep_until(*shared.begin_ns + duration_ns);
	kill(0, SIGTERM);
	duration_ns = now_ns() - *shared.begin_ns;
	while (wait(NULL) > 0 || errno == EINTR)
		;
	return duration_ns;
}

static void print_responses(const struct histogram *h)
{
	printf(",\"response\":{\"nr\":%" PRIu64 ",\"p50_ns\":%" PRIu64 ",\"p90_ns\":%" PRIu64
	       ",\"p99_ns\":%" PRIu64 "}", h->nr, histogram_percentile(h, 5000),
	       histogram_percentile(h, 9000), histogram_percentile(h, 9900));
}

static void report(uint64_t duration_ns)
{
	static struct histogram responses;
	uint64_t member = 0;
	uint32_t i, at;

	printf("{\"begin_ns\":%" PRIu64 ",\"duration_ns\":%" PRIu64 ",\"cpus\":%ld,\"groups\":[",
	       *shared.begin_ns, duration_ns, sysconf(_SC_NPROCESSORS_ONLN));
	for (i = 0; i < workload.nr_groups; i++) {
		const struct group *g = &shared.groups[i];

		memset(&responses, 0, sizeof(responses));
		for (at = 0; at < workload.groups[i].count; at++)
			histogram_merge(&responses, &shared.members[member++].responses);
		printf("%s\n{\"name\":\"%s\",\"comm\":\"%s\",\"tasks\":%" PRIu64 ",\"run_ns\":%" PRIu64
		       ",\"jobs\":%" PRIu64 ",\"missed\":%" PRIu64, i ? "," : "",
		       workload.groups[i].name, workload.groups[i].comm, g->nr_tasks, g->run_ns,
		       g->nr_jobs, g->nr_missed);
		print_responses(&responses);
		putchar('}');
	}
	puts("]}");
}

static void usage(void)
{
	puts("Usage: load-workload [OPTION]... FILE\n"
	     "\n"
	     "Runs a workload of clandsim, an INI file, by real processes, and prints what each group got\n"
	     "as clandsim run --json does. What it says of the machine does not count.\n"
	     "\n"
	     "  --steps-per-ms=N  how much computing a millisecond of the file is (default: measured\n"
	     "                    first, for half a second)\n"
	     "  --calibrate       only print steps_per_ms=N, measured with every CPU busy\n"
	     "  --seconds=S       for how long (default: as the file has it)\n"
	     "  --seed=N          of what the file has at random\n"
	     "  --tell            say on stderr when all tasks have begun\n"
	     "  --help            this text\n"
	     "\n"
	     "Exit status: 0; 1 when something failed; 2 for a wrong option.");
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "calibrate", no_argument, NULL, 'c' },
		{ "steps-per-ms", required_argument, NULL, 'p' },
		{ "seconds", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'r' },
		{ "tell", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t duration_ns = 0;
	bool calibrate_only = false;
	struct diag diag;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			calibrate_only = true;
			break;
		case 'p':
			steps_per_ms = option_number("steps-per-ms", optarg, 1, 1000000000);
			break;
		case 's':
			duration_ns = option_seconds("seconds", optarg);
			break;
		case 'r':
			seed = option_number("seed", optarg, 0, UINT64_MAX);
			break;
		case 't':
			tells_begin = true;
			break;
		case 'h':
			usage();
			return 0;
		default:
			return OPTION_EXIT;
		}
	}
	/* A second's loops, of 1,000 steps each, are a millisecond's steps. */
	_Static_assert(WORK_LOOP_STEPS == 1000, "");
	if (!steps_per_ms)
		steps_per_ms = calibrate(NS_PER_S);
	if (calibrate_only) {
		printf("steps_per_ms=%" PRIu64 "\n", steps_per_ms);
		return 0;
	}
	if (optind + 1 != argc)
		errx(OPTION_EXIT, "expected one workload's file, and there are %d", argc - optind);
	if (workload_read(argv[optind], &workload, &diag))
		errx(1, "%s", diag.text);
	check(argv[optind]);
	if (!duration_ns)
		duration_ns = workload.duration_ns;
	make_shared();
	report(run(duration_ns));
	return 0;
}
