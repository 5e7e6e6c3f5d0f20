/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * [auto NAME]: keys, when a rule applies and when it no longer does, and where the facts come from.
 * Clocks and folders are made up.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "auto_rules.h"
#include "auto_watch.h"
#include "load_average.h"
#include "power_profile.h"
#include "power_supply.h"
#include "process_scan.h"

#define S 1000000000ULL

static struct config_auto rules[CONFIG_MAX_AUTO];
static size_t nr_rules;
static struct auto_rules autos;
static struct auto_facts facts;
static struct diag diag;

/* "key=value" each; NULL ends them. */
static struct config_auto *rule(const char *name, const char *first, ...)
{
	struct config_auto *to = &rules[nr_rules++];
	const char *text = first;
	char key[64];
	va_list args;

	memset(to, 0, sizeof(*to));
	snprintf(to->name, sizeof(to->name), "%s", name);
	va_start(args, first);
	for (; text; text = va_arg(args, const char *)) {
		size_t len = strcspn(text, "=");

		memcpy(key, text, len);
		key[len] = '\0';
		if (config_auto_set(to, key, text + len + 1, "test", 1, &diag))
			fail_msg("%s", diag.text);
	}
	va_end(args);
	return to;
}

static int clear(void **state)
{
	(void)state;
	nr_rules = 0;
	memset(&facts, 0, sizeof(facts));
	auto_rules_init(&autos);
	return 0;
}

static void set_rules(void)
{
	auto_rules_set(&autos, rules, nr_rules);
}

static bool update(uint64_t now_ns)
{
	return auto_rules_update(&autos, &facts, now_ns);
}

static void load_is(uint32_t load)
{
	facts.load_known = facts.has_load = true;
	facts.load = load;
}

static void battery_is(bool on_battery)
{
	facts.battery_known = true;
	facts.on_battery = on_battery;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void refuses(const char *key, const char *value, const char *sentence)
{
	struct config_auto one = { .name = "x", .origin = "/x.ini:1" };

	assert_int_equal(config_auto_set(&one, key, value, "/x.ini:7", 1, &diag), -EINVAL);
	assert_string_equal(diag.text, sentence);
}

static void auto__refuses_what_is_none_of_its_values(void **state)
{
	(void)state;
	refuses("proces", "steam", "/x.ini:7: an [auto] rule has no key 'proces'; expected one of "
		"on_battery, power_profile, load_above, load_below, process, hold, policy, mode; did you "
		"mean 'process'?");
	refuses("on_battery", "maybe", "/x.ini:7: on_battery: 'maybe' is not possible; expected yes|no");
	refuses("power_profile", "none", "/x.ini:7: power_profile: 'none' is not possible; expected "
		"power-saver|balanced|performance");
	refuses("load_above", "2,5", "/x.ini:7: load_above: '2,5' is not possible; expected a load "
		"average, 0.01 to 10000");
	refuses("load_above", "0", "/x.ini:7: load_above: '0' is not possible; expected a load average, "
		"0.01 to 10000");
	refuses("load_below", "1.255", "/x.ini:7: load_below: '1.255' is not possible; expected a load "
		"average, 0.01 to 10000");
	refuses("load_below", "10000.01", "/x.ini:7: load_below: '10000.01' is not possible; expected a "
		"load average, 0.01 to 10000");
	refuses("hold", "soon", "/x.ini:7: hold: 'soon' is not possible; expected a time such as 10s or "
		"2m, 0 to 1h");
	refuses("hold", "61m", "/x.ini:7: hold: '61m' is not possible; expected a time such as 10s or "
		"2m, 0 to 1h");
	refuses("process", "a-name-of-twenty-one", "/x.ini:7: process: 'a-name-of-twenty-one' is 20 bytes "
		"long, and the kernel keeps 15 of a thread's name; cut it, or end it in '*' before that");
	refuses("process", "", "/x.ini:7: process: the value is missing; expected a pattern for a "
		"process's name");
	refuses("mode", "Gaming", "/x.ini:7: mode: 'Gaming' is no mode; expected a name with at most 31 "
		"of a-z, 0-9 and '-'");
	refuses("policy", "my/own.so", "/x.ini:7: policy: 'my/own.so' is a relative path; in the file it "
		"must start with '/'");
}

static void auto__takes_a_key_once_in_a_file(void **state)
{
	struct config_auto *one = rule("x", "load_above=2.5", NULL);

	(void)state;
	assert_int_equal(one->values[CONFIG_AUTO_LOAD_ABOVE].number, 250);
	assert_int_equal(config_auto_set(one, "load_above", "3", "/x.ini:9", 1, &diag), -EINVAL);
	assert_string_equal(diag.text, "/x.ini:9: load_above is set twice; first at test");
	assert_int_equal(config_auto_set(one, "load_above", "0.5", "/y.ini:9", 2, &diag), 0);
	assert_int_equal(one->values[CONFIG_AUTO_LOAD_ABOVE].number, 50);
	assert_int_equal(config_auto_load_below(one), 38);
	assert_int_equal(config_auto_hold_s(one), 10);
	assert_int_equal(config_auto_set(one, "hold", "0", "/y.ini:9", 2, &diag), 0);
	assert_int_equal(config_auto_hold_s(one), 0);
	assert_int_equal(config_auto_set(one, "hold", "1m30s", "/z.ini:9", 3, &diag), 0);
	assert_int_equal(config_auto_hold_s(one), 90);
}

static void incomplete(struct config_auto *one, const char *sentence)
{
	strcpy(one->origin, "/x.ini:1");
	assert_int_equal(config_auto_check(one, &diag), -EINVAL);
	assert_string_equal(diag.text, sentence);
}

static void auto__says_what_a_section_lacks(void **state)
{
	(void)state;
	incomplete(rule("a", "policy=fifo", NULL), "/x.ini:1: [auto a] does not say when it applies; "
		   "expected on_battery, power_profile, load_above or process");
	incomplete(rule("b", "process=steam", NULL), "/x.ini:1: [auto b] does not say what is to run; "
		   "expected policy or mode, one of them");
	incomplete(rule("c", "process=x", "policy=fifo", "mode=m", NULL), "/x.ini:1: [auto c] names a "
		   "policy and a mode; expected policy or mode, one of them");
	incomplete(rule("d", "load_above=2", "load_below=2.01", "policy=fifo", NULL), "test: load_below: "
		   "'2.01' is more than load_above, which is '2' at test: the rule would end as soon as it "
		   "applies");
	incomplete(rule("e", "process=x", "load_below=2", "policy=fifo", NULL), "test: load_below: [auto e] "
		   "has no load_above; load_below says when that one ends");
	assert_int_equal(config_auto_check(rule("f", "load_above=2", "load_below=2", "mode=m", NULL),
					   &diag), 0);
}

/* ---- when a rule applies --------------------------------------------------------------------- */

static void auto__counts_at_once_at_the_start(void **state)
{
	(void)state;
	rule("bat", "on_battery=yes", "policy=fifo", NULL);
	set_rules();
	/* nothing is known yet */
	assert_false(update(1 * S));
	assert_false(autos.states[0].decided);
	assert_true(auto_rules_deadline_ns(&autos) == AUTO_RULES_NEVER_NS);
	battery_is(true);
	assert_true(update(2 * S));
	assert_true(autos.states[0].applies);
	assert_string_equal(autos.states[0].why, "on battery");
	assert_false(update(3 * S));
}

static void auto__waits_for_hold_in_both_directions(void **state)
{
	(void)state;
	rule("bat", "on_battery=yes", "hold=10s", "policy=fifo", NULL);
	set_rules();
	battery_is(false);
	assert_true(update(0));
	assert_false(autos.states[0].applies);
	assert_string_equal(autos.states[0].why, "not on battery");
	battery_is(true);
	assert_false(update(5 * S));
	assert_true(auto_rules_deadline_ns(&autos) == 15 * S);
	assert_false(update(15 * S - 1));
	/* a moment of the contrary begins the time anew */
	battery_is(false);
	assert_false(update(15 * S - 1));
	assert_true(auto_rules_deadline_ns(&autos) == AUTO_RULES_NEVER_NS);
	battery_is(true);
	assert_false(update(16 * S));
	assert_false(update(26 * S - 1));
	assert_true(update(26 * S));
	assert_true(autos.states[0].applies);
	battery_is(false);
	assert_false(update(30 * S));
	assert_true(autos.states[0].applies);
	assert_true(update(40 * S));
	assert_false(autos.states[0].applies);
}

/* A load that swings between the limits of a rule changes nothing. */
static void auto__has_a_lower_limit_for_the_load(void **state)
{
	uint64_t now_ns = 0;
	unsigned int i, nr = 0;

	(void)state;
	rule("busy", "load_above=4", "load_below=2", "hold=0", "policy=fifo", NULL);
	set_rules();
	load_is(400);
	assert_true(update(now_ns));
	assert_false(autos.states[0].applies); /* at it is not above it */
	for (i = 0; i < 100; i++) {
		load_is(i % 2 ? 401 : 200);
		nr += update(now_ns += S);
		assert_true(autos.states[0].applies == (i > 0));
	}
	assert_int_equal(nr, 1);
	assert_string_equal(autos.states[0].why, "the load 4.01 is above 4.00");
	load_is(199);
	assert_true(update(now_ns += S));
	assert_string_equal(autos.states[0].why, "the load 1.99 is below 2.00");
	for (i = 0; i < 100; i++) {
		load_is(i % 2 ? 400 : 0);
		assert_false(update(now_ns += S));
	}
}

/* With hold, one that swings over both of them faster than that does not either. */
static void auto__does_not_flap_with_the_load(void **state)
{
	uint64_t now_ns = 0;
	unsigned int i;

	(void)state;
	rule("busy", "load_above=4", "hold=10s", "policy=fifo", NULL);
	set_rules();
	load_is(100);
	assert_true(update(now_ns));
	for (i = 0; i < 100; i++) {
		load_is(i % 2 ? 900 : 100);
		assert_false(update(now_ns += 9 * S));
	}
}

/* Nor with what comes and goes all the time, and is looked at as often as is asked for. */
static void auto__does_not_flap_with_what_comes_and_goes(void **state)
{
	uint64_t now_ns = 0;
	uint32_t draw = 1;
	unsigned int i;

	(void)state;
	rule("a", "process=a", "hold=2s", "policy=fifo", NULL);
	rule("b", "process=b", "hold=10s", "policy=fifo", NULL);
	set_rules();
	facts.processes_known = true;
	assert_true(auto_rules_look_ns(&autos) == AUTO_RULES_NEVER_NS);
	assert_true(update(now_ns));
	assert_true(auto_rules_look_ns(&autos) == AUTO_RULES_NEVER_NS);
	facts.running = 2;
	assert_false(update(now_ns += S));
	assert_true(auto_rules_look_ns(&autos) == 10 * S / AUTO_RULES_LOOKS);
	facts.running = 3;
	assert_false(update(now_ns += S));
	assert_true(auto_rules_look_ns(&autos) == 2 * S / AUTO_RULES_LOOKS);
	/* Half of the time, for an hour: at each look it is chance whether it is there. */
	for (i = 0; i < 28800; i++) {
		draw = draw * 1664525 + 1013904223;
		facts.running = draw >> 31 ? 2 : 0;
		update(now_ns += auto_rules_look_ns(&autos) == AUTO_RULES_NEVER_NS ? 5 * S :
										  auto_rules_look_ns(&autos));
		assert_false(autos.states[1].applies);
	}
	/* What stays is seen to stay. */
	facts.running = 2;
	assert_false(update(now_ns += S));
	assert_true(update(now_ns += 10 * S));
	assert_true(autos.states[1].applies);
}

static void auto__takes_all_conditions_together(void **state)
{
	(void)state;
	rule("a", "on_battery=no", "load_above=2", "process=steam", "hold=0", "policy=fifo", NULL);
	set_rules();
	battery_is(false);
	load_is(300);
	/* what is not known yet could still be otherwise */
	assert_false(update(1));
	assert_false(autos.states[0].decided);
	facts.processes_known = true;
	assert_true(update(2));
	assert_false(autos.states[0].applies);
	assert_string_equal(autos.states[0].why, "no steam runs");
	facts.running = 1;
	assert_true(update(3));
	assert_string_equal(autos.states[0].why,
			    "not on battery, the load 3.00 is above 2.00, steam runs");
	battery_is(true);
	assert_true(update(4));
	assert_string_equal(autos.states[0].why, "on battery");
}

/* One that does not hold decides, whatever is not known yet. */
static void auto__knows_no_without_knowing_all(void **state)
{
	(void)state;
	rule("a", "on_battery=yes", "power_profile=balanced", "policy=fifo", NULL);
	set_rules();
	battery_is(false);
	assert_true(update(1));
	assert_true(autos.states[0].decided && !autos.states[0].applies);
}

static void auto__follows_the_power_profile(void **state)
{
	(void)state;
	rule("a", "power_profile=power-saver", "hold=0", "policy=fifo", NULL);
	rule("b", "power_profile=performance", "hold=0", "policy=fifo", NULL);
	set_rules();
	facts.profile_known = true;
	facts.profile = POWER_PROFILE_PERFORMANCE;
	facts.profile_from = "tuned";
	assert_true(update(1));
	assert_false(autos.states[0].applies);
	assert_true(autos.states[1].applies);
	assert_string_equal(autos.states[0].why, "the power profile is performance (tuned)");
	facts.profile = POWER_PROFILE_POWER_SAVER;
	assert_true(update(2));
	assert_true(autos.states[0].applies && !autos.states[1].applies);
}

static void auto__keeps_the_state_of_what_stays(void **state)
{
	(void)state;
	rule("busy", "load_above=4", "load_below=2", "policy=fifo", NULL);
	rule("bat", "on_battery=yes", "policy=fifo", NULL);
	set_rules();
	load_is(500);
	battery_is(true);
	assert_true(update(1));
	load_is(300); /* between its limits */
	/* another one before it, and the other says something else from now on */
	nr_rules = 0;
	rule("new", "on_battery=no", "policy=fifo", NULL);
	rule("busy", "load_above=4", "load_below=2", "policy=fifo", NULL);
	rule("bat", "on_battery=yes", "policy=vruntime", NULL);
	set_rules();
	assert_false(autos.states[0].decided);
	assert_true(autos.states[1].applies);
	assert_false(autos.states[2].decided);
	assert_true(update(2));
	assert_true(autos.states[1].applies && autos.states[2].applies);
	assert_false(autos.states[0].applies);
	assert_int_equal(auto_rules_find(&autos, "bat"), 2);
	assert_int_equal(auto_rules_find(&autos, "none"), -1);
}

/* ---- where facts come from ------------------------------------------------------------------- */

static char dir[64];

static int make_dir(void **state)
{
	strcpy(dir, "/tmp/test_auto.XXXXXX");
	return mkdtemp(dir) ? clear(state) : -1;
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void put(const char *path, const char *text)
{
	char full[256], *slash;
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	for (slash = strchr(full + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(!mkdir(full, 0700) || errno == EEXIST);
		*slash = '/';
	}
	file = fopen(full, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void is_powered(bool has_battery, bool on_battery)
{
	struct power_supply_state power = { !has_battery, !on_battery };

	assert_int_equal(power_supply_read(dir, &power), 0);
	assert_int_equal(power.has_battery, has_battery);
	assert_int_equal(power.on_battery, on_battery);
}

static void power__is_what_feeds_the_machine(void **state)
{
	(void)state;
	is_powered(false, false);
	/* a battery of a mouse is none of the machine's */
	put("mouse/type", "Battery\n");
	put("mouse/scope", "Device\n");
	put("mouse/status", "Discharging\n");
	is_powered(false, false);
	/* neither is a socket for a plug of a desktop */
	put("usb/type", "USB\n");
	put("usb/online", "0\n");
	is_powered(false, false);
	put("BAT0/type", "Battery\n");
	put("BAT0/status", "Full\n");
	is_powered(true, true);
	put("AC/type", "Mains\n");
	put("AC/online", "1\n");
	is_powered(true, false);
	/* charged by one of them, and used beside the other */
	put("BAT0/status", "Discharging\n");
	is_powered(true, false);
	put("AC/online", "0\n");
	is_powered(true, true);
	put("usb/online", "2\n"); /* programmable, says the kernel */
	is_powered(true, false);
	put("usb/online", "0\n");
	put("BAT0/present", "0\n");
	is_powered(false, false);
	put("ups/type", "UPS\n");
	put("ups/status", "Discharging\n");
	is_powered(true, true);
}

static void power__is_found_without_a_folder_of_it(void **state)
{
	struct power_supply_state power = { true, true };

	(void)state;
	assert_int_equal(power_supply_read("/none/at/all", &power), 0);
	assert_false(power.has_battery || power.on_battery);
	put("file", "x");
	snprintf(dir + strlen(dir), 6, "/file");
	assert_int_equal(power_supply_read(dir, &power), -ENOTDIR);
	*strrchr(dir, '/') = '\0';
	/* batteries alone, as in a phone */
	put("battery/type", "Battery\n");
	put("battery/status", "Charging\n");
	is_powered(true, false);
	put("battery/status", "Discharging\n");
	is_powered(true, true);
}

static void loads(const char *text, int err, uint32_t load)
{
	char path[96];
	uint32_t got = 77777;

	put("loadavg", text);
	snprintf(path, sizeof(path), "%s/loadavg", dir);
	assert_int_equal(load_average_read(path, &got), err);
	assert_int_equal(got, load);
}

static void load__is_that_of_the_last_minute(void **state)
{
	uint32_t load = 0;

	(void)state;
	loads("0.00 0.01 0.05 1/123 4567\n", 0, 0);
	loads("12.34 0.01 0.05 1/123 4567\n", 0, 1234);
	loads("1234567.08 0.01 0.05 1/123 4567\n", 0, 123456708);
	loads("", -EPROTO, 77777);
	loads("1", -EPROTO, 77777);
	loads("1.2", -EPROTO, 77777);
	loads("one 2 3", -EPROTO, 77777);
	loads("123456789012.00 1", -EPROTO, 77777);
	assert_int_equal(load_average_read("/none", &load), -ENOENT);
	assert_int_equal(load_average_read(LOAD_AVERAGE_PATH, &load), 0);
}

static void profile__is_known_by_its_name(void **state)
{
	(void)state;
	assert_int_equal(power_profile_of("power-saver"), POWER_PROFILE_POWER_SAVER);
	assert_int_equal(power_profile_of("performance"), POWER_PROFILE_PERFORMANCE);
	assert_int_equal(power_profile_of("none"), POWER_PROFILE_NONE);
	assert_int_equal(power_profile_of(""), POWER_PROFILE_NONE);
	assert_string_equal(power_profile_name(POWER_PROFILE_BALANCED), "balanced");
	/* of tuned */
	assert_int_equal(power_profile_of_tuned(""), POWER_PROFILE_NONE);
	assert_int_equal(power_profile_of_tuned("balanced"), POWER_PROFILE_BALANCED);
	assert_int_equal(power_profile_of_tuned("balanced-battery"), POWER_PROFILE_POWER_SAVER);
	assert_int_equal(power_profile_of_tuned("powersave"), POWER_PROFILE_POWER_SAVER);
	assert_int_equal(power_profile_of_tuned("throughput-performance"), POWER_PROFILE_PERFORMANCE);
	assert_int_equal(power_profile_of_tuned("network-latency"), POWER_PROFILE_PERFORMANCE);
	assert_int_equal(power_profile_of_tuned("realtime"), POWER_PROFILE_PERFORMANCE);
	assert_int_equal(power_profile_of_tuned("virtual-guest mine"), POWER_PROFILE_BALANCED);
	assert_int_equal(power_profile_of_tuned("throughput-performance my-powersave"),
			 POWER_PROFILE_POWER_SAVER);
}

static void process(int pid, const char *comm, char state)
{
	char path[64], text[128];

	snprintf(path, sizeof(path), "%d/comm", pid);
	snprintf(text, sizeof(text), "%s\n", comm);
	put(path, text);
	snprintf(path, sizeof(path), "%d/stat", pid);
	snprintf(text, sizeof(text), "%d (%s) %c 1 1 1 0 -1\n", pid, comm, state);
	put(path, text);
}

static void process_ends(int pid)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s/%d", dir, pid);
	assert_int_equal(system(command), 0);
}

/* A whole look; returns at how many steps of one process each. */
static unsigned int look(struct process_scan *scan)
{
	unsigned int nr = 0;

	if (process_scan_begin(scan))
		do {
			assert_true(process_scan_is_looking(scan));
			nr++;
		} while (!process_scan_step(scan, 1));
	assert_false(process_scan_is_looking(scan));
	return nr;
}

static void processes__are_found_by_their_names(void **state)
{
	struct process_scan scan;
	int pid;

	(void)state;
	rule("a", "process=steam", "policy=fifo", NULL);
	rule("b", "on_battery=yes", "policy=fifo", NULL);
	rule("c", "process=game*", "policy=fifo", NULL);
	process_scan_init(&scan, dir);
	assert_false(process_scan_is_asked(&scan));
	process_scan_set(&scan, rules, nr_rules);
	assert_true(process_scan_is_asked(&scan));
	put("uptime", "1 1\n");
	put("self/comm", "steam\n"); /* is not one of its own */
	for (pid = 1; pid <= 20; pid++)
		process(pid, "bash) S (x", 'S');
	assert_true(look(&scan) > 20);
	assert_int_equal(scan.running, 0);
	process(100, "steam", 'S');
	look(&scan);
	assert_int_equal(scan.running, 1);
	process(101, "gamescope", 'R');
	look(&scan);
	assert_int_equal(scan.running, 5);
	/* they are looked at first, and then no others */
	assert_int_equal(look(&scan), 0);
	assert_int_equal(scan.running, 5);
	/* it has ended, and its parent has not noticed */
	process(100, "steam", 'Z');
	assert_true(look(&scan) > 20);
	assert_int_equal(scan.running, 4);
	/* it has another name now */
	process(101, "bash", 'R');
	process(100, "steam", 'S');
	look(&scan);
	assert_int_equal(scan.running, 1);
	/* while one is there another is not found in its place */
	process(102, "steam", 'S');
	process_ends(100);
	look(&scan);
	assert_int_equal(scan.running, 1);
	process_ends(102);
	look(&scan);
	assert_int_equal(scan.running, 0);
	process_scan_end(&scan);
}

/* All of it together, in made-up places without a bus. */
static void watch__looks_only_for_what_rules_ask(void **state)
{
	char proc[96], load[96], power[96], bus[96];
	const struct auto_places places = { proc, load, power, bus };
	struct auto_watch watch;

	(void)state;
	snprintf(proc, sizeof(proc), "%s/proc", dir);
	snprintf(load, sizeof(load), "%s/proc/loadavg", dir);
	snprintf(power, sizeof(power), "%s/power", dir);
	snprintf(bus, sizeof(bus), "%s/bus", dir);
	put("proc/7/comm", "steam\n");
	put("proc/7/stat", "7 (steam) S 1\n");
	put("proc/loadavg", "3.50 0 0 1/1 1\n");
	put("power/BAT0/type", "Battery\n");
	put("power/BAT0/status", "Discharging\n");
	auto_watch_init(&watch, &places);
	assert_int_equal(auto_watch_timeout_ms(&watch), -1);
	assert_int_equal(auto_watch_pollfd(&watch).fd, -1);
	auto_watch_serve(&watch, 0);
	assert_false(watch.facts.load_known || watch.facts.battery_known ||
		     watch.facts.profile_known || watch.facts.processes_known);

	rule("a", "load_above=1", "policy=fifo", NULL);
	auto_watch_set_rules(&watch, rules, nr_rules, false);
	assert_true(watch.facts.load_known && watch.facts.has_load);
	assert_int_equal(watch.facts.load, 350);
	assert_false(watch.facts.battery_known || watch.facts.profile_known ||
		     watch.facts.processes_known);
	assert_in_range(auto_watch_timeout_ms(&watch), AUTO_WATCH_LOOK_MS - 4000, AUTO_WATCH_LOOK_MS);
	auto_watch_look_every(&watch, S);
	assert_in_range(auto_watch_timeout_ms(&watch), 0, 1000);
	auto_watch_look_every(&watch, 1);
	assert_in_range(auto_watch_timeout_ms(&watch), 0, AUTO_WATCH_LOOK_LEAST_MS);
	watch.look_at_ms = 0;
	auto_watch_serve(&watch, 0);
	assert_in_range(auto_watch_timeout_ms(&watch), 0, AUTO_WATCH_LOOK_LEAST_MS);
	auto_watch_look_every(&watch, AUTO_RULES_NEVER_NS);
	watch.look_at_ms = 0;
	auto_watch_serve(&watch, 0);
	assert_in_range(auto_watch_timeout_ms(&watch), AUTO_WATCH_LOOK_MS - 4000, AUTO_WATCH_LOOK_MS);

	rule("b", "process=steam", "policy=fifo", NULL);
	rule("c", "power_profile=power-saver", "policy=fifo", NULL);
	auto_watch_set_rules(&watch, rules, nr_rules, true);
	assert_true(watch.facts.processes_known);
	assert_int_equal(watch.facts.running, 2);
	/* there is no bus, so it goes by the battery */
	assert_true(watch.facts.profile_known);
	assert_int_equal(watch.facts.profile, POWER_PROFILE_POWER_SAVER);
	assert_string_equal(watch.facts.profile_from, "on battery");
	put("power/AC/type", "Mains\n");
	put("power/AC/online", "1\n");
	put("proc/loadavg", "gone");
	watch.look_at_ms = 0;
	assert_int_equal(auto_watch_timeout_ms(&watch), 0);
	auto_watch_serve(&watch, 0);
	assert_int_equal(watch.facts.profile, POWER_PROFILE_BALANCED);
	assert_true(watch.facts.load_known && !watch.facts.has_load);

	auto_watch_set_rules(&watch, NULL, 0, false);
	assert_int_equal(auto_watch_timeout_ms(&watch), -1);
	auto_watch_close(&watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(auto__refuses_what_is_none_of_its_values, clear),
		cmocka_unit_test_setup(auto__takes_a_key_once_in_a_file, clear),
		cmocka_unit_test_setup(auto__says_what_a_section_lacks, clear),
		cmocka_unit_test_setup(auto__counts_at_once_at_the_start, clear),
		cmocka_unit_test_setup(auto__waits_for_hold_in_both_directions, clear),
		cmocka_unit_test_setup(auto__has_a_lower_limit_for_the_load, clear),
		cmocka_unit_test_setup(auto__does_not_flap_with_the_load, clear),
		cmocka_unit_test_setup(auto__does_not_flap_with_what_comes_and_goes, clear),
		cmocka_unit_test_setup(auto__takes_all_conditions_together, clear),
		cmocka_unit_test_setup(auto__knows_no_without_knowing_all, clear),
		cmocka_unit_test_setup(auto__follows_the_power_profile, clear),
		cmocka_unit_test_setup(auto__keeps_the_state_of_what_stays, clear),
		cmocka_unit_test_setup_teardown(power__is_what_feeds_the_machine, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(power__is_found_without_a_folder_of_it, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(load__is_that_of_the_last_minute, make_dir, remove_dir),
		cmocka_unit_test(profile__is_known_by_its_name),
		cmocka_unit_test_setup_teardown(processes__are_found_by_their_names, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(watch__looks_only_for_what_rules_ask, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
