/* SPDX-License-Identifier: GPL-2.0-only */
#include "power_profile.h"

#include <stddef.h>
#include <string.h>

static const char *const names[POWER_PROFILE_NR] = {
	[POWER_PROFILE_NONE] = "none",
	[POWER_PROFILE_POWER_SAVER] = "power-saver",
	[POWER_PROFILE_BALANCED] = "balanced",
	[POWER_PROFILE_PERFORMANCE] = "performance",
};

const char *power_profile_name(enum power_profile profile)
{
	return names[profile];
}

enum power_profile power_profile_of(const char *name)
{
	enum power_profile profile;

	for (profile = POWER_PROFILE_POWER_SAVER; profile < POWER_PROFILE_NR; profile++)
		if (!strcmp(names[profile], name))
			return profile;
	return POWER_PROFILE_NONE;
}

enum power_profile power_profile_of_tuned(const char *tuned_names)
{
	/* "balanced-battery" saves power, "laptop-ac-powersave" too, "network-latency" does not */
	static const struct {
		const char *word;
		enum power_profile profile;
	} words[] = {
		{ "powersave", POWER_PROFILE_POWER_SAVER },
		{ "battery", POWER_PROFILE_POWER_SAVER },
		{ "performance", POWER_PROFILE_PERFORMANCE },
		{ "latency", POWER_PROFILE_PERFORMANCE },
		{ "realtime", POWER_PROFILE_PERFORMANCE },
	};
	size_t i;

	if (!tuned_names[0])
		return POWER_PROFILE_NONE;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(tuned_names, words[i].word))
			return words[i].profile;
	return POWER_PROFILE_BALANCED;
}
