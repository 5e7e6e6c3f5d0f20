/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * auto_rules.h - which [auto NAME] apply, by facts that others have gathered. A rule's conditions
 * must hold for as long as its hold= says before it applies, and must not hold for as long before
 * it no longer does; a load has a second, lower limit to end by. What is found at the start counts
 * at once.
 *
 * Pure: no I/O, and time comes as an argument (CLOCK_MONOTONIC, ns). Supervisor's thread.
 */
#ifndef CLAND_AUTO_RULES_H
#define CLAND_AUTO_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config_auto.h"
#include "power_profile.h"

#define AUTO_RULES_NEVER_NS UINT64_MAX
#define AUTO_RULES_LOOKS 16u

/*
 * What is known of the machine. A fact that is not known yet decides nothing; one that cannot be
 * known is known and says no.
 */
struct auto_facts {
	bool battery_known, load_known, profile_known, processes_known;
	bool on_battery;
	bool has_load;
	uint32_t load; /* average of the last minute, hundredths */
	enum power_profile profile; /* NONE: nobody says, and no battery either */
	const char *profile_from;   /* who says so, for people; static */
	uint32_t running; /* a bit for each rule, by its place: a process that it names runs */
};

struct auto_rule_state {
	bool decided; /* else it is neither so nor so yet */
	bool applies;
	bool differs; /* its conditions have been otherwise since differs_since_ns */
	uint64_t differs_since_ns;
	char why[160]; /* what made it apply, or not; for people */
};

struct auto_rules {
	size_t nr;
	struct config_auto rules[CONFIG_MAX_AUTO];
	struct auto_rule_state states[CONFIG_MAX_AUTO];
};

/* auto_rules_init - none. */
void auto_rules_init(struct auto_rules *autos);

/* auto_rules_set - obey these from now on; copied. One that says what it has said keeps its state. */
void auto_rules_set(struct auto_rules *autos, const struct config_auto *rules, size_t nr);

/* auto_rules_update - Returns whether a rule has begun or ceased to apply, or has been decided. */
bool auto_rules_update(struct auto_rules *autos, const struct auto_facts *facts, uint64_t now_ns);

/* auto_rules_deadline_ns - when to update at the latest, with the facts as they were. */
uint64_t auto_rules_deadline_ns(const struct auto_rules *autos);

/*
 * auto_rules_look_ns - how often the facts are to be looked at: AUTO_RULES_LOOKS times while the
 * shortest hold= of those that are about to change lasts. What comes and goes all the time would
 * else be there each time by chance. AUTO_RULES_NEVER_NS: nothing is about to change.
 */
uint64_t auto_rules_look_ns(const struct auto_rules *autos);

/* auto_rules_find - the place of the rule of that name, or -1. */
int auto_rules_find(const struct auto_rules *autos, const char *name);

#endif
