/* SPDX-License-Identifier: GPL-2.0-only */
#include "auto_watch.h"

#include <string.h>

#include "clock.h"
#include "load_average.h"
#include "power_supply.h"

/* Processes looked at in one turn. */
#define STEP 128
/* For the bus, at the start. It answers in some milliseconds. */
#define SETTLE_MS 250

static const struct auto_places usual_places = {
	.proc = "/proc",
	.load_average = LOAD_AVERAGE_PATH,
	.power_supply = POWER_SUPPLY_PATH,
	.bus = POWER_BUS_PATH,
};

void auto_watch_init(struct auto_watch *watch, const struct auto_places *places)
{
	memset(watch, 0, sizeof(*watch));
	watch->places = places ? *places : usual_places;
	watch->look_every_ms = AUTO_WATCH_LOOK_MS;
	process_scan_init(&watch->scan, watch->places.proc);
}

void auto_watch_close(struct auto_watch *watch)
{
	const struct auto_places places = watch->places;

	process_scan_end(&watch->scan);
	power_bus_close(watch->bus);
	auto_watch_init(watch, &places);
}

/* Of the bus, or where nobody there says anything, by what feeds the machine. */
static void take_profile(struct auto_watch *watch)
{
	struct auto_facts *facts = &watch->facts;

	facts->profile_known = watch->bus ? power_bus_profile(watch->bus, &facts->profile,
							      &facts->profile_from) :
					    watch->no_bus;
	if (!facts->profile_known || (watch->bus && facts->profile != POWER_PROFILE_NONE))
		return;
	facts->profile = facts->on_battery ? POWER_PROFILE_POWER_SAVER : POWER_PROFILE_BALANCED;
	facts->profile_from = facts->on_battery ? "on battery" : "not on battery";
}

static void take_processes(struct auto_watch *watch)
{
	watch->facts.processes_known = true;
	watch->facts.running = watch->scan.running;
}

static void look(struct auto_watch *watch)
{
	struct power_supply_state power = { 0 };
	struct auto_facts *facts = &watch->facts;

	watch->look_at_ms = monotonic_ms() + watch->look_every_ms;
	if (watch->wants_load) {
		facts->has_load = !load_average_read(watch->places.load_average, &facts->load);
		facts->load_known = true;
	}
	if (watch->wants_power) {
		power_supply_read(watch->places.power_supply, &power); /* else there is none */
		facts->on_battery = power.on_battery;
		facts->battery_known = true;
	}
	if (process_scan_is_asked(&watch->scan) && !process_scan_begin(&watch->scan))
		take_processes(watch);
}

static bool is_looking(const struct auto_watch *watch)
{
	return watch->wants_load || watch->wants_power || process_scan_is_asked(&watch->scan);
}

static void settle(struct auto_watch *watch)
{
	uint64_t end_ms = monotonic_ms() + SETTLE_MS, now_ms;
	struct pollfd pfd;

	while (process_scan_is_looking(&watch->scan))
		if (process_scan_step(&watch->scan, STEP))
			take_processes(watch);
	for (now_ms = monotonic_ms(); watch->bus && now_ms < end_ms; now_ms = monotonic_ms()) {
		take_profile(watch);
		if (watch->facts.profile_known)
			break;
		pfd = auto_watch_pollfd(watch);
		if (poll(&pfd, 1, (int)(end_ms - now_ms)) > 0)
			power_bus_serve(watch->bus);
	}
}

void auto_watch_set_rules(struct auto_watch *watch, const struct config_auto *rules, size_t nr, bool all)
{
	bool wants_bus = false;
	size_t i;

	watch->wants_load = watch->wants_power = false;
	for (i = 0; i < nr; i++) {
		wants_bus |= rules[i].values[CONFIG_AUTO_POWER_PROFILE].is_set;
		watch->wants_power |= rules[i].values[CONFIG_AUTO_ON_BATTERY].is_set;
		watch->wants_load |= rules[i].values[CONFIG_AUTO_LOAD_ABOVE].is_set;
	}
	watch->wants_power |= wants_bus;
	process_scan_set(&watch->scan, rules, nr);
	if (!wants_bus) {
		power_bus_close(watch->bus);
		watch->bus = NULL;
	} else if (!watch->bus) {
		watch->bus = power_bus_open(watch->places.bus);
	}
	watch->no_bus = wants_bus && !watch->bus;
	memset(&watch->facts, 0, sizeof(watch->facts));
	if (is_looking(watch))
		look(watch);
	if (all)
		settle(watch);
	take_profile(watch);
}

void auto_watch_look_every(struct auto_watch *watch, uint64_t ns)
{
	uint64_t ms = ns / 1000000, at_ms;

	if (ms < AUTO_WATCH_LOOK_LEAST_MS)
		ms = AUTO_WATCH_LOOK_LEAST_MS;
	if (ms > AUTO_WATCH_LOOK_MS)
		ms = AUTO_WATCH_LOOK_MS;
	watch->look_every_ms = ms;
	at_ms = monotonic_ms() + ms;
	if (at_ms < watch->look_at_ms)
		watch->look_at_ms = at_ms;
}

struct pollfd auto_watch_pollfd(const struct auto_watch *watch)
{
	return (struct pollfd){ .fd = power_bus_fd(watch->bus), .events = power_bus_events(watch->bus) };
}

int auto_watch_timeout_ms(const struct auto_watch *watch)
{
	int timeout_ms = power_bus_timeout_ms(watch->bus), left_ms;
	uint64_t now_ms;

	if (process_scan_is_looking(&watch->scan))
		return 0;
	if (!is_looking(watch))
		return timeout_ms;
	now_ms = monotonic_ms();
	left_ms = watch->look_at_ms > now_ms ? (int)(watch->look_at_ms - now_ms) : 0;
	return timeout_ms < 0 || left_ms < timeout_ms ? left_ms : timeout_ms;
}

void auto_watch_serve(struct auto_watch *watch, short events)
{
	if (events || !power_bus_timeout_ms(watch->bus))
		power_bus_serve(watch->bus);
	if (process_scan_is_looking(&watch->scan)) {
		if (process_scan_step(&watch->scan, STEP))
			take_processes(watch);
	} else if (is_looking(watch) && monotonic_ms() >= watch->look_at_ms) {
		look(watch);
	}
	take_profile(watch);
}
