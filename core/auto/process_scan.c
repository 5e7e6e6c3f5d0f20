/* SPDX-License-Identifier: GPL-2.0-only */
#include "process_scan.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "small_file.h"

void process_scan_init(struct process_scan *scan, const char *proc)
{
	memset(scan, 0, sizeof(*scan));
	scan->proc = proc;
}

void process_scan_end(struct process_scan *scan)
{
	if (scan->dir)
		closedir(scan->dir);
	scan->dir = NULL;
}

void process_scan_set(struct process_scan *scan, const struct config_auto *rules, size_t nr)
{
	size_t i;

	process_scan_end(scan);
	memset(scan->found, 0, sizeof(scan->found));
	memset(scan->patterns, 0, sizeof(scan->patterns));
	scan->running = 0;
	scan->nr = nr;
	for (i = 0; i < nr; i++)
		if (rules[i].values[CONFIG_AUTO_PROCESS].is_set)
			snprintf(scan->patterns[i], sizeof(scan->patterns[i]), "%s",
				 rules[i].values[CONFIG_AUTO_PROCESS].text);
}

bool process_scan_is_asked(const struct process_scan *scan)
{
	size_t i;

	for (i = 0; i < scan->nr; i++)
		if (scan->patterns[i][0])
			return true;
	return false;
}

bool process_scan_is_looking(const struct process_scan *scan)
{
	return scan->dir;
}

/* Of a process's file, as small_file_read(). */
static ssize_t read_file(const struct process_scan *scan, const char *pid, const char *name,
			 char *ret_text, size_t size)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s/%s", scan->proc, pid, name);
	return small_file_read(AT_FDCWD, path, ret_text, size);
}

/* Its name, which ends with the process. One that has ended and whose parent has not looked at it
 * yet has its name still, but no program. */
static bool read_comm(const struct process_scan *scan, const char *pid, char ret_comm[32])
{
	ssize_t n = read_file(scan, pid, "comm", ret_comm, 32);

	ret_comm[strcspn(ret_comm, "\n")] = '\0';
	return n > 0;
}

static bool has_ended(const struct process_scan *scan, const char *pid)
{
	char text[512];
	const char *at;

	read_file(scan, pid, "stat", text, sizeof(text));
	at = strrchr(text, ')');
	return !at || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X';
}

/* Which of the wanted patterns a process is for. */
static void look_at(struct process_scan *scan, const char *pid)
{
	uint32_t matches = 0;
	char comm[32];
	size_t i;

	if (!read_comm(scan, pid, comm))
		return;
	for (i = 0; i < scan->nr; i++)
		if (scan->wanted & 1u << i && !fnmatch(scan->patterns[i], comm, 0))
			matches |= 1u << i;
	if (!matches || has_ended(scan, pid))
		return;
	scan->wanted &= ~matches;
	for (i = 0; i < scan->nr; i++)
		if (matches & 1u << i)
			scan->found[i] = (pid_t)atoi(pid);
}

static void finish(struct process_scan *scan)
{
	size_t i;

	process_scan_end(scan);
	scan->running = 0;
	for (i = 0; i < scan->nr; i++) {
		if (scan->wanted & 1u << i)
			scan->found[i] = 0;
		else if (scan->patterns[i][0])
			scan->running |= 1u << i;
	}
}

bool process_scan_begin(struct process_scan *scan)
{
	char pid[16];
	size_t i;

	if (scan->dir)
		return true;
	scan->wanted = 0;
	for (i = 0; i < scan->nr; i++)
		if (scan->patterns[i][0])
			scan->wanted |= 1u << i;
	for (i = 0; i < scan->nr; i++) {
		if (!(scan->wanted & 1u << i) || !scan->found[i])
			continue;
		snprintf(pid, sizeof(pid), "%d", (int)scan->found[i]);
		look_at(scan, pid);
	}
	if (scan->wanted)
		scan->dir = opendir(scan->proc);
	if (!scan->dir)
		finish(scan);
	return scan->dir;
}

bool process_scan_step(struct process_scan *scan, unsigned int nr)
{
	const struct dirent *entry;

	while (scan->dir && scan->wanted && nr) {
		entry = readdir(scan->dir);
		if (!entry)
			break;
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		look_at(scan, entry->d_name);
		nr--;
	}
	if (!nr && scan->wanted)
		return false;
	finish(scan);
	return true;
}
