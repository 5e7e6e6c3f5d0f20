/* SPDX-License-Identifier: GPL-2.0-only */
#include "quarantine.h"

#include <stdio.h>
#include <string.h>

/* Returns its index, or quarantine->nr. */
static size_t find(const struct quarantine *quarantine, const struct target *target)
{
	size_t i;

	for (i = 0; i < quarantine->nr; i++)
		if (!memcmp(quarantine->entries[i].file_id, target->file_id,
			    sizeof(target->file_id)))
			break;
	return i;
}

static uint64_t latest_ns(const struct quarantine_entry *entry)
{
	return entry->ends.nr ? entry->ends.at_ns[(entry->ends.nr - 1) % QUARANTINE_ENDS] : 0;
}

static void forget(struct quarantine *quarantine, size_t index)
{
	quarantine->entries[index] = quarantine->entries[--quarantine->nr];
}

/* The one whose last fault is longest ago, of those not in quarantine if there are any. */
static size_t least(const struct quarantine *quarantine)
{
	size_t i, least = 0;

	for (i = 1; i < quarantine->nr; i++) {
		const struct quarantine_entry *a = &quarantine->entries[i];
		const struct quarantine_entry *b = &quarantine->entries[least];

		if (!a->in != !b->in ? b->in : latest_ns(a) < latest_ns(b))
			least = i;
	}
	return least;
}

/* Once more. Returns whether that were limit times (at most QUARANTINE_ENDS) within window_ns. */
static bool is_too_often(struct quarantine_times *times, uint64_t limit, uint64_t window_ns, uint64_t now_ns)
{
	times->at_ns[times->nr++ % QUARANTINE_ENDS] = now_ns;
	return times->nr >= limit && now_ns - times->at_ns[(times->nr - limit) % QUARANTINE_ENDS] < window_ns;
}

enum quarantine_verdict quarantine_note(struct quarantine *quarantine, const struct target *target, bool by_policy,
					uint64_t now_ns)
{
	size_t index = find(quarantine, target);
	struct quarantine_entry *entry;

	if (index == QUARANTINE_MAX) {
		forget(quarantine, least(quarantine));
		index = quarantine->nr;
	}
	entry = &quarantine->entries[index];
	if (index == quarantine->nr) {
		quarantine->nr++;
		*entry = (struct quarantine_entry){ 0 };
		memcpy(entry->policy, target->policy_name, sizeof(entry->policy));
		memcpy(entry->file_id, target->file_id, sizeof(entry->file_id));
	}
	if (is_too_often(&entry->ends, QUARANTINE_ENDS, QUARANTINE_ENDS_WINDOW_NS, now_ns))
		entry->in = QUARANTINE_FOR_ENDS;
	if (by_policy && is_too_often(&entry->faults, QUARANTINE_FAULTS, QUARANTINE_WINDOW_NS, now_ns))
		entry->in = QUARANTINE_FOR_FAULTS;
	return entry->in;
}

bool quarantine_has(const struct quarantine *quarantine, const struct target *target)
{
	size_t index = find(quarantine, target);

	return index < quarantine->nr && quarantine->entries[index].in;
}

void quarantine_put(struct quarantine *quarantine, const char *policy, const uint64_t file_id[TARGET_FILE_ID])
{
	struct quarantine_entry *entry = &quarantine->entries[quarantine->nr];

	if (quarantine->nr == QUARANTINE_MAX)
		return;
	*entry = (struct quarantine_entry){ .in = QUARANTINE_FOR_FAULTS };
	snprintf(entry->policy, sizeof(entry->policy), "%s", policy);
	memcpy(entry->file_id, file_id, sizeof(entry->file_id));
	quarantine->nr++;
}

void quarantine_lift(struct quarantine *quarantine, const struct target *target)
{
	size_t index = find(quarantine, target);

	if (index < quarantine->nr)
		forget(quarantine, index);
}

bool quarantine_lift_name(struct quarantine *quarantine, const char *policy)
{
	bool was_in = false;
	size_t i = 0;

	while (i < quarantine->nr) {
		if (!quarantine->entries[i].in || strcmp(quarantine->entries[i].policy, policy) != 0) {
			i++;
			continue;
		}
		was_in = true;
		forget(quarantine, i);
	}
	return was_in;
}
