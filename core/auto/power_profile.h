/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * power_profile.h - what the user wants of the machine's power: names, and what those of tuned come
 * to. Pure. Any thread.
 */
#ifndef CLAND_POWER_PROFILE_H
#define CLAND_POWER_PROFILE_H

enum power_profile {
	POWER_PROFILE_NONE, /* nobody says */
	POWER_PROFILE_POWER_SAVER,
	POWER_PROFILE_BALANCED,
	POWER_PROFILE_PERFORMANCE,
	POWER_PROFILE_NR,
};

/* power_profile_name - as power-profiles-daemon calls it; "none". Static. */
const char *power_profile_name(enum power_profile profile);

/* power_profile_of - the one of that name, or POWER_PROFILE_NONE. */
enum power_profile power_profile_of(const char *name);

/*
 * power_profile_of_tuned - of a profile of tuned, which has many, or of several with blanks
 * between: by a word in the name, powersave or battery before performance, latency and realtime;
 * else balanced. "" is POWER_PROFILE_NONE.
 */
enum power_profile power_profile_of_tuned(const char *names);

#endif
