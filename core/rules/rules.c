/* SPDX-License-Identifier: GPL-2.0-only */
#include "rules.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc_comm.h"
#include "small_file.h"

static void proc_path(const struct rules_task *task, const char *name, char *path, size_t size)
{
	snprintf(path, size, "/proc/%d%s", (int)task->pid, name);
}

static const char *comm_of(struct rules_task *task)
{
	if (!task->has_comm)
		proc_comm_read(task->pid, task->comm);
	task->has_comm = true;
	return task->comm;
}

static uint32_t uid_of(struct rules_task *task)
{
	char path[64];
	struct stat st;

	if (!task->has_uid) {
		proc_path(task, "", path, sizeof(path));
		task->uid = stat(path, &st) ? UINT32_MAX : st.st_uid;
		task->has_uid = true;
	}
	return task->uid;
}

/* The line of the unified hierarchy: "0::/user.slice". */
static const char *cgroup_of(struct rules_task *task)
{
	char path[64], text[4096], *line, *end;

	if (task->has_cgroup)
		return task->cgroup;
	task->has_cgroup = true;
	task->cgroup[0] = '\0';
	proc_path(task, "/cgroup", path, sizeof(path));
	small_file_read(AT_FDCWD, path, text, sizeof(text));
	line = !strncmp(text, "0::", 3) ? text : strstr(text, "\n0::");
	if (!line)
		return task->cgroup;
	line = strchr(line, '/');
	end = line ? strchr(line, '\n') : NULL;
	if (end && (size_t)(end - line) < sizeof(task->cgroup)) {
		*end = '\0';
		strcpy(task->cgroup, line);
	}
	return task->cgroup;
}

static const char *exe_of(struct rules_task *task)
{
	if (!task->has_exe)
		proc_exe_read(task->pid, task->exe, sizeof(task->exe));
	task->has_exe = true;
	return task->exe;
}

static bool matches_key(const struct config_rule_value *value, enum config_rule_key key,
			struct rules_task *task)
{
	const char *text = NULL;

	switch (key) {
	case CONFIG_RULE_COMM:
		text = comm_of(task);
		break;
	case CONFIG_RULE_CGROUP:
		text = cgroup_of(task);
		break;
	case CONFIG_RULE_EXE:
		text = exe_of(task);
		break;
	case CONFIG_RULE_UID:
		return uid_of(task) == value->number;
	default:
		return true;
	}
	return text[0] && !fnmatch(value->text, text, 0);
}

/* The cheap ones first, which is their order: whoever has another name is not looked up. */
static bool matches(const struct config_rule *rule, struct rules_task *task)
{
	enum config_rule_key key;

	for (key = 0; key < CONFIG_RULE_NR_KEYS; key++)
		if (!config_rule_entries[key].hint && rule->values[key].is_set &&
		    !matches_key(&rule->values[key], key, task))
			return false;
	return true;
}

static void take(const struct config_rule *rule, enum config_rule_key key, uint32_t bit,
		 struct hint *hint, uint32_t *ret_number)
{
	if (!rule->values[key].is_set || hint->given & bit)
		return;
	hint->given |= bit;
	*ret_number = rule->values[key].number;
}

unsigned int rules_hint(const struct config_rule *rules, size_t nr_rules, struct rules_task *task,
			struct hint *ret_hint)
{
	struct hint hint = { 0 };
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < nr_rules; i++) {
		if (!matches(&rules[i], task))
			continue;
		nr++;
		take(&rules[i], CONFIG_RULE_WEIGHT_FACTOR_PCT, CLAND_HINT_WEIGHT, &hint,
		     &hint.weight_pct);
		take(&rules[i], CONFIG_RULE_BOOST, CLAND_HINT_BOOST, &hint, &hint.boost);
		take(&rules[i], CONFIG_RULE_SLICE_US, CLAND_HINT_SLICE, &hint, &hint.slice_us);
		take(&rules[i], CONFIG_RULE_DEADLINE_US, CLAND_HINT_DEADLINE, &hint,
		     &hint.deadline_us);
	}
	*ret_hint = hint;
	return nr;
}

bool rules_look_outside(const struct config_rule *rules, size_t nr_rules)
{
	size_t i;

	for (i = 0; i < nr_rules; i++)
		if (rules[i].values[CONFIG_RULE_UID].is_set ||
		    rules[i].values[CONFIG_RULE_CGROUP].is_set ||
		    rules[i].values[CONFIG_RULE_EXE].is_set)
			return true;
	return false;
}
