/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * power_bus.h - the power profile that power-profiles-daemon or tuned have been told to follow,
 * over the system bus. Connects when it is wanted, again when the bus has been away, and hears of
 * services that come, go and change. Asks once and then waits for news; starts no service.
 *
 * Never waits: descriptor and time limit are for the supervisor's loop. Supervisor's thread. Logs,
 * with each kind of trouble once.
 */
#ifndef CLAND_POWER_BUS_H
#define CLAND_POWER_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "power_profile.h"

#define POWER_BUS_PATH "/run/dbus/system_bus_socket"

struct power_bus;

/*
 * power_bus_open - begin to connect to the bus whose socket is at path. Returns NULL: no memory. A
 * bus that is not there is looked for again and again.
 */
struct power_bus *power_bus_open(const char *path);

/* power_bus_close - Accepts NULL. */
void power_bus_close(struct power_bus *bus);

/*
 * power_bus_fd, power_bus_events - for poll(); -1: there is none at the moment.
 * power_bus_timeout_ms - when to serve without an event; -1: never. Accept NULL.
 */
int power_bus_fd(const struct power_bus *bus);
short power_bus_events(const struct power_bus *bus);
int power_bus_timeout_ms(const struct power_bus *bus);

/* power_bus_serve - do what is due. Accepts NULL. */
void power_bus_serve(struct power_bus *bus);

/*
 * power_bus_profile - what is known. Returns false while that is to come; else *ret_profile and who
 * says so (static), or POWER_PROFILE_NONE: nobody does.
 */
bool power_bus_profile(const struct power_bus *bus, enum power_profile *ret_profile,
		       const char **ret_from);

#endif
