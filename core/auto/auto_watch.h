/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * auto_watch.h - gathers the facts that [auto NAME] go by, and only those: the load, power supplies
 * and processes by looking every AUTO_WATCH_LOOK_MS or more often, the power profile by news from
 * the bus. Without rules it looks at nothing and is never due. Never waits but where it says so; of
 * many processes it looks at a part each time. Supervisor's thread. Logs, by power_bus.c.
 */
#ifndef CLAND_AUTO_WATCH_H
#define CLAND_AUTO_WATCH_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auto_rules.h"
#include "config_auto.h"
#include "power_bus.h"
#include "process_scan.h"

#define AUTO_WATCH_LOOK_MS 5000
#define AUTO_WATCH_LOOK_LEAST_MS 250	/* so often at most */

/* Where facts are found. */
struct auto_places {
	const char *proc, *load_average, *power_supply, *bus;
};

/* Owned by the caller. */
struct auto_watch {
	struct auto_places places;
	bool wants_load, wants_power;
	struct process_scan scan;
	struct power_bus *bus;	/* NULL: nobody asks for the power profile */
	bool no_bus;		/* somebody does, and there was no memory */
	uint64_t look_every_ms;
	uint64_t look_at_ms;	/* when to look again */
	struct auto_facts facts;
};

/* auto_watch_init - no rules yet. places: borrowed; NULL: the usual ones. */
void auto_watch_init(struct auto_watch *watch, const struct auto_places *places);

/* auto_watch_close - let go of all. It may be used on, as after its init. */
void auto_watch_close(struct auto_watch *watch);

/*
 * auto_watch_set_rules - gather what these ask for from now on. Load and power supplies are looked
 * at at once, processes in the next turns, and the bus is asked. all, for the start: all processes
 * are looked at, and the bus has a quarter of a second to answer.
 */
void auto_watch_set_rules(struct auto_watch *watch, const struct config_auto *rules, size_t nr,
			  bool all);

/*
 * auto_watch_look_every - so often from now on, by auto_rules_look_ns(), but not more often than
 * AUTO_WATCH_LOOK_LEAST_MS and not less often than AUTO_WATCH_LOOK_MS.
 */
void auto_watch_look_every(struct auto_watch *watch, uint64_t ns);

/* auto_watch_pollfd - what to wait for; its descriptor may be -1. */
struct pollfd auto_watch_pollfd(const struct auto_watch *watch);

/* auto_watch_timeout_ms - when to serve at the latest; -1: never. */
int auto_watch_timeout_ms(const struct auto_watch *watch);

/* auto_watch_serve - do what is due; events: of its descriptor. */
void auto_watch_serve(struct auto_watch *watch, short events);

#endif
