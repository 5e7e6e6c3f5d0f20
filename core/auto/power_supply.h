/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * power_supply.h - whether the machine lives by its battery, as the kernel says. Reads a few small
 * files; some firmware takes milliseconds to answer. Non-logging.
 */
#ifndef CLAND_POWER_SUPPLY_H
#define CLAND_POWER_SUPPLY_H

#include <stdbool.h>

#define POWER_SUPPLY_PATH "/sys/class/power_supply"

/* What is there, of what feeds the machine itself: not the battery of a mouse. */
struct power_supply_state {
	bool has_battery;
	bool on_battery; /* and no other supply is online */
};

/* power_supply_read - of the folder path. A machine without one has no battery. Returns 0 or -errno. */
int power_supply_read(const char *path, struct power_supply_state *ret_state);

#endif
