/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_auto.h - sections [auto NAME]: under which conditions the policy is to be another one, and
 * which. Knows the keys and what their values may be, and judges no condition itself (auto_rules.h
 * does). Used by config.c and by who obeys. Non-logging.
 */
#ifndef CLAND_CONFIG_AUTO_H
#define CLAND_CONFIG_AUTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config_rule.h"
#include "diag.h"
#include "power_profile.h"

/* A bit each in 32. */
#define CONFIG_MAX_AUTO 16

/* In the order of the table: first the conditions, the cheap ones before. */
enum config_auto_key {
	CONFIG_AUTO_ON_BATTERY,	   /* number: 0 or 1 */
	CONFIG_AUTO_POWER_PROFILE, /* number: enum power_profile */
	CONFIG_AUTO_LOAD_ABOVE,	   /* number: hundredths */
	CONFIG_AUTO_LOAD_BELOW,	   /* the same, to leave by */
	CONFIG_AUTO_PROCESS,	   /* a pattern */
	CONFIG_AUTO_HOLD,	   /* number: seconds */
	CONFIG_AUTO_POLICY,
	CONFIG_AUTO_MODE,
	CONFIG_AUTO_NR_KEYS,
};

struct config_auto {
	char name[32];
	char origin[272]; /* of the first line of its first section */
	struct config_rule_value values[CONFIG_AUTO_NR_KEYS];
};

/* config_auto_name - what a key, an enum config_auto_key, is called in a file. Static. */
const char *config_auto_name(int key);

/*
 * config_auto_set - set a key. origin is the place of the line, layer that of its file: within one
 * a key is set once, what an earlier one said is replaced.
 * Returns 0, or -EINVAL with a sentence that starts with the origin.
 */
int config_auto_set(struct config_auto *rule, const char *key, const char *text, const char *origin,
		    uint32_t layer, struct diag *diag);

/*
 * config_auto_check - whether it has a condition and says what is to run, and whether the limits of
 * the load are in order. 0 or -EINVAL. That its mode is there is the caller's to check.
 */
int config_auto_check(const struct config_auto *rule, struct diag *diag);

/* config_auto_equal - whether two rules say the same, wherever they say it. */
bool config_auto_equal(const struct config_auto *a, const struct config_auto *b);

/*
 * config_auto_load_below - the load, in hundredths, below which a rule with load_above ends: as the
 * file says, or three quarters of load_above.
 * config_auto_hold_s - how many seconds its conditions must hold, or no longer hold.
 */
uint32_t config_auto_load_below(const struct config_auto *rule);
uint32_t config_auto_hold_s(const struct config_auto *rule);

#endif
