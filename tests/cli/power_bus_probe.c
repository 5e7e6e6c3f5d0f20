/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What core/auto/power_bus.h knows, a line whenever that changes: the profile, and who says so. For
 * power_bus.sh. Usage: power-bus-probe SOCKET
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "power_bus.h"

/* No turn may take longer: there is nothing to wait for in it. */
#define TURN_MAX_MS 500

int main(int argc, char *argv[])
{
	char line[128], told[128] = "";
	enum power_profile profile;
	struct power_bus *bus;
	uint64_t begin_ms;
	const char *from;
	struct pollfd pfd;

	if (argc != 2) {
		fprintf(stderr, "usage: %s SOCKET\n", argv[0]);
		return 2;
	}
	setlinebuf(stdout);
	bus = power_bus_open(argv[1]);
	while (bus) {
		if (power_bus_profile(bus, &profile, &from)) {
			snprintf(line, sizeof(line), "%s%s%s", power_profile_name(profile),
				 from ? " " : "", from ? from : "");
			if (strcmp(line, told) != 0)
				puts(line);
			strcpy(told, line);
		}
		pfd = (struct pollfd){ .fd = power_bus_fd(bus), .events = power_bus_events(bus) };
		if (poll(&pfd, 1, power_bus_timeout_ms(bus)) < 0)
			return 1;
		begin_ms = monotonic_ms();
		power_bus_serve(bus);
		if (monotonic_ms() - begin_ms > TURN_MAX_MS)
			puts("waited");
	}
	return 1;
}
