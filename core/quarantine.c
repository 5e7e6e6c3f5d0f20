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
	return entry->nr_faults ? entry->fault_ns[(entry->nr_faults - 1) % QUARANTINE_FAULTS] : 0;
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

		if (a->in != b->in ? b->in : latest_ns(a) < latest_ns(b))
			least = i;
	}
	return least;
}

bool quarantine_note(struct quarantine *quarantine, const struct target *target, uint64_t now_ns)
{
	size_t index = find(quarantine, target);
	struct quarantine_entry *entry;
	uint64_t first_ns;

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
	entry->fault_ns[entry->nr_faults++ % QUARANTINE_FAULTS] = now_ns;
	if (entry->nr_faults < QUARANTINE_FAULTS)
		return entry->in;
	first_ns = entry->fault_ns[entry->nr_faults % QUARANTINE_FAULTS];
	if (now_ns - first_ns < QUARANTINE_WINDOW_NS)
		entry->in = true;
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
	*entry = (struct quarantine_entry){ .in = true };
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
