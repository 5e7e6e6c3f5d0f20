/* SPDX-License-Identifier: GPL-2.0-only */
#include "rule_watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "hint_table.h"
#include "log.h"
#include "rules.h"

/* Tasks looked at in one go. */
#define LOOK_MAX 256
#define NOT_LOOKING UINT32_MAX
/* News come in crowds: what forks by the thousand is not worth a wake-up each. */
#define REST_MS 5

struct rule_watch {
	struct kern *kern;
	struct hint_table *table;
	int table_fd;
	uint32_t max_tasks;
	struct config_rule *rules;
	size_t nr_rules;
	bool outside;		/* some go by what there are no news of */
	uint32_t next_slot;	/* to be looked at; NOT_LOOKING */
	uint64_t look_at_ms;	/* when to begin anew */
	uint64_t rest_until_ms;
	uint64_t nr_lost;	/* news, of which all tasks have been looked at since, or will be */
	bool again;		/* some were lost during the look there is */
	bool changed;		/* hints have, since the last serve */
};

int rule_watch_open(struct kern *kern, uint32_t max_tasks, struct rule_watch **ret_watch,
		    struct diag *diag)
{
	struct rule_watch *watch = calloc(1, sizeof(*watch));
	int err = -ENOMEM;

	if (watch) {
		watch->kern = kern;
		watch->max_tasks = max_tasks;
		watch->next_slot = NOT_LOOKING;
		watch->rules = calloc(CONFIG_MAX_RULES, sizeof(*watch->rules));
		watch->table_fd = -1;
	}
	if (watch && watch->rules)
		err = hint_table_create(max_tasks, &watch->table, &watch->table_fd);
	if (err) {
		rule_watch_close(watch);
		return diag_set(diag, err, "the table of hints on tasks cannot be made: %s",
				strerror(-err));
	}
	*ret_watch = watch;
	return 0;
}

void rule_watch_close(struct rule_watch *watch)
{
	if (!watch)
		return;
	kern_want_news(watch->kern, NULL, NULL);
	hint_table_close(watch->table);
	if (watch->table_fd >= 0)
		close(watch->table_fd);
	free(watch->rules);
	free(watch);
}

int rule_watch_table_fd(const struct rule_watch *watch)
{
	return watch->table_fd;
}

/* has_comm: else the name may be an older one. */
static void look_at(struct rule_watch *watch, const struct cland_news *news, bool has_comm)
{
	struct rules_task task = { .pid = news->pid, .has_comm = has_comm };
	struct hint hint;

	memcpy(task.comm, news->comm, sizeof(task.comm));
	rules_hint(watch->rules, watch->nr_rules, &task, &hint);
	watch->changed |= hint_table_set(watch->table, news->slot, news->owner_seq, &hint);
}

static void on_news(void *ctx, const struct cland_news *news)
{
	look_at(ctx, news, true);
}

static void begin_look(struct rule_watch *watch)
{
	watch->next_slot = 0;
	watch->again = false;
	watch->look_at_ms = monotonic_ms() + RULE_WATCH_LOOK_MS;
}

void rule_watch_set_rules(struct rule_watch *watch, const struct config_rule *rules, size_t nr_rules)
{
	if (!nr_rules && !watch->nr_rules)
		return;
	memcpy(watch->rules, rules, nr_rules * sizeof(*rules));
	watch->nr_rules = nr_rules;
	watch->outside = rules_look_outside(rules, nr_rules);
	kern_want_news(watch->kern, nr_rules ? on_news : NULL, watch);
	begin_look(watch); /* also without rules: hints are to go */
	log_debug("%zu rules are looked after", nr_rules);
}

static void look_on(struct rule_watch *watch)
{
	struct cland_news task;
	uint32_t nr = 0;
	int ret;

	while (watch->next_slot != NOT_LOOKING && nr < LOOK_MAX) {
		ret = kern_read_slot(watch->kern, watch->next_slot, &task);
		if (ret == -ENOENT) {
			watch->next_slot = NOT_LOOKING;
			if (watch->again)
				begin_look(watch);
			return;
		}
		watch->next_slot++;
		if (!ret)
			continue;
		nr++;
		look_at(watch, &task, false);
	}
}

int rule_watch_fd(const struct rule_watch *watch)
{
	if (!watch || monotonic_ms() < watch->rest_until_ms)
		return -1;
	return kern_news_fd(watch->kern);
}

int rule_watch_timeout_ms(const struct rule_watch *watch)
{
	uint64_t now = monotonic_ms();

	if (!watch)
		return -1;
	if (watch->next_slot != NOT_LOOKING || watch->changed)
		return 0;
	/* The descriptor is not asked for that long. */
	if (now < watch->rest_until_ms)
		return (int)(watch->rest_until_ms - now);
	if (!watch->outside)
		return -1;
	return watch->look_at_ms > now ? (int)(watch->look_at_ms - now) : 0;
}

bool rule_watch_serve(struct rule_watch *watch)
{
	uint64_t nr_lost;
	bool changed;

	if (kern_read_news(watch->kern, &nr_lost) > 0)
		watch->rest_until_ms = monotonic_ms() + REST_MS;
	/* A look that begins anew all the time would not come to the last tasks. */
	if (watch->next_slot != NOT_LOOKING)
		watch->again |= nr_lost != watch->nr_lost;
	else if (nr_lost != watch->nr_lost ||
		 (watch->outside && monotonic_ms() >= watch->look_at_ms))
		begin_look(watch);
	watch->nr_lost = nr_lost;
	look_on(watch);
	changed = watch->changed;
	watch->changed = false;
	return changed;
}

uint32_t rule_watch_nr_hinted(const struct rule_watch *watch)
{
	struct cland_news task;
	uint32_t slot, nr = 0;
	struct hint hint;
	int ret;

	for (slot = 0; slot < watch->max_tasks; slot++) {
		ret = kern_read_slot(watch->kern, slot, &task);
		if (ret == -ENOENT)
			break;
		if (!ret)
			continue;
		hint_table_get(watch->table, slot, task.owner_seq, &hint);
		nr += hint.given != 0;
	}
	return nr;
}
