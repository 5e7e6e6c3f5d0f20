/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task-waits [--recording=FILE] COMMAND... - how long tasks waited for a CPU while the command ran,
 * by their names, by the kernel's own tracepoints, for all that are not real-time. --recording:
 * only while that was made, which clandctl record has written when the command ends.
 *
 * Prints on stdout, behind what the command prints, what clandsim run --json says of a group: a
 * line
 * {"waits":[{"comm":...,"wakeup":{"nr":...,"p50_ns":...},"wait":{...}}],"ended":[{"comm":...,"nr":...,
 * "run_ns":...}]}, the latter of tasks that ended. Status: the command's own; 1 when something
 * failed.
 */
#include <bpf/bpf.h>
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "histogram.h"
#include "waits.h"
#include "waits.skel.h"

#define NAMES_MAX 256

static struct name {
	char comm[16];
	struct histogram wakeup, wait;
} *names[NAMES_MAX];
static size_t nr_names;

static struct name *name_of(const char *comm)
{
	size_t i;

	for (i = 0; i < nr_names; i++)
		if (!strncmp(names[i]->comm, comm, sizeof(names[i]->comm)))
			return names[i];
	if (nr_names == NAMES_MAX)
		return NULL;
	names[nr_names] = calloc(1, sizeof(*names[0]));
	if (!names[nr_names])
		err(1, "memory");
	memcpy(names[nr_names]->comm, comm, sizeof(names[0]->comm));
	return names[nr_names++];
}

/* Sets from when until when that was made; without one, for ever. */
static void read_window(const char *path, uint64_t *ret_from_ns, uint64_t *ret_to_ns)
{
	uint64_t duration_ns = 0;
	bool has_start = false, has_duration = false;
	char line[256];
	FILE *file;

	*ret_from_ns = 0;
	*ret_to_ns = UINT64_MAX;
	if (!path)
		return;
	file = fopen(path, "r");
	if (!file)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), file) && !(has_start && has_duration)) {
		has_start |= sscanf(line, "start %" SCNu64, ret_from_ns) == 1;
		has_duration |= sscanf(line, "duration %" SCNu64, &duration_ns) == 1;
	}
	fclose(file);
	if (!has_start || !has_duration)
		errx(1, "%s: no recording", path);
	*ret_to_ns = *ret_from_ns + duration_ns;
}

static void count(int map_fd, uint32_t nr, uint64_t from_ns, uint64_t to_ns)
{
	struct waits_sample sample;
	struct name *name;
	uint32_t at;

	for (at = 0; at < nr; at++) {
		if (bpf_map_lookup_elem(map_fd, &at, &sample))
			err(1, "sample %u", at);
		if (sample.ended_ns < from_ns || sample.ended_ns > to_ns)
			continue;
		name = name_of(sample.comm);
		if (!name)
			continue;
		histogram_add(&name->wait, sample.wait_ns);
		if (sample.is_woken)
			histogram_add(&name->wakeup, sample.wait_ns);
	}
}

static void print_histogram(const char *what, const struct histogram *h)
{
	printf(",\"%s\":{\"nr\":%" PRIu64 ",\"mean_ns\":%" PRIu64 ",\"p50_ns\":%" PRIu64
	       ",\"p90_ns\":%" PRIu64 ",\"p99_ns\":%" PRIu64 ",\"max_ns\":%" PRIu64 "}", what, h->nr,
	       h->nr ? h->sum / h->nr : 0, histogram_percentile(h, 5000),
	       histogram_percentile(h, 9000), histogram_percentile(h, 9900), h->max);
}

/* Names with a character that JSON would want escaped are not of ours. */
static void print_names(void)
{
	bool is_first = true;
	size_t i;

	printf("{\"waits\":[");
	for (i = 0; i < nr_names; i++) {
		const char *comm = names[i]->comm;

		if (strcspn(comm, "\"\\") != strlen(comm))
			continue;
		printf("%s{\"comm\":\"%.16s\"", is_first ? "" : ",", comm);
		is_first = false;
		print_histogram("wakeup", &names[i]->wakeup);
		print_histogram("wait", &names[i]->wait);
		putchar('}');
	}
	printf("]");
}

static void print_ended(int map_fd)
{
	char comm[16], *before = NULL, key[16];
	struct waits_ended sum;
	bool is_first = true;

	printf(",\"ended\":[");
	while (!bpf_map_get_next_key(map_fd, before, key)) {
		before = memcpy(comm, key, sizeof(comm));
		if (bpf_map_lookup_elem(map_fd, comm, &sum) || strcspn(comm, "\"\\") != strlen(comm))
			continue;
		printf("%s{\"comm\":\"%s\",\"nr\":%llu,\"run_ns\":%llu}", is_first ? "" : ",", comm, sum.nr,
		       sum.run_ns);
		is_first = false;
	}
	puts("]}");
}

int main(int argc, char *argv[])
{
	const char *recording = NULL;
	uint64_t nr, from_ns, to_ns;
	struct waits *skel;
	int status;
	pid_t pid;

	if (argc > 1 && !strncmp(argv[1], "--recording=", 12)) {
		recording = argv[1] + 12;
		argv++;
		argc--;
	}
	if (argc < 2)
		errx(2, "usage: task-waits [--recording=FILE] COMMAND...");
	skel = waits__open_and_load();
	if (!skel || waits__attach(skel))
		err(1, "the tracepoints");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	if (waitpid(pid, &status, 0) < 0)
		err(1, "waiting for %s", argv[1]);
	waits__detach(skel);
	nr = skel->bss->nr_samples;
	if (nr > WAITS_MAX)
		errx(1, "%" PRIu64 " waits, and room for %d", nr, WAITS_MAX);
	read_window(recording, &from_ns, &to_ns);
	count(bpf_map__fd(skel->maps.samples), (uint32_t)nr, from_ns, to_ns);
	print_names();
	print_ended(bpf_map__fd(skel->maps.ended));
	waits__destroy(skel);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
