/* SPDX-License-Identifier: GPL-2.0-only */
#include "power_bus.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "dbus_message.h"
#include "log.h"

#define BUS_NAME      "org.freedesktop.DBus"
#define BUS_OBJECT    "/org/freedesktop/DBus"
#define PROPERTIES    "org.freedesktop.DBus.Properties"
#define ERROR_PREFIX  "org.freedesktop.DBus.Error."

/* Between attempts to connect, doubled each time. */
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 60000
/* For the bus to greet, and for services to answer. */
#define ANSWER_MS 10000
/* Messages read in one turn: who sends without end must not keep us. */
#define MESSAGES_MAX 32

/* The former name of the first, and the other one. The first in the list that says something counts. */
static const struct service {
	const char *title, *name, *path, *interface;
	const char *property; /* NULL: there is a method instead, and a signal of its own */
	const char *method, *signal;
} services[] = {
	{
		.title = "power-profiles-daemon",
		.name = "org.freedesktop.UPower.PowerProfiles",
		.path = "/org/freedesktop/UPower/PowerProfiles",
		.interface = "org.freedesktop.UPower.PowerProfiles",
		.property = "ActiveProfile",
	},
	{
		.title = "power-profiles-daemon",
		.name = "net.hadess.PowerProfiles",
		.path = "/net/hadess/PowerProfiles",
		.interface = "net.hadess.PowerProfiles",
		.property = "ActiveProfile",
	},
	{
		.title = "tuned",
		.name = "com.redhat.tuned",
		.path = "/Tuned",
		.interface = "com.redhat.tuned.control",
		.method = "active_profile",
		.signal = "profile_changed",
	},
};

#define NR_SERVICES (sizeof(services) / sizeof(services[0]))

enum stage {
	STAGE_APART,	  /* not connected; try at due_ms */
	STAGE_GREETING,	  /* authenticating */
	STAGE_CONNECTED,
};

struct power_bus {
	char path[108];
	int fd;
	enum stage stage;
	uint64_t due_ms;	/* of the attempt, or until which something must have been answered; 0 */
	uint64_t retry_ms;
	uint32_t serial;	/* of the last call */
	uint32_t hello_serial;
	uint32_t asked[NR_SERVICES]; /* serial of the question to it that is open; 0 */
	bool known[NR_SERVICES];
	bool again[NR_SERVICES]; /* it has changed since it was asked */
	enum power_profile profiles[NR_SERVICES];
	bool complained[NR_SERVICES];
	bool complained_of_bus;
	size_t nr_in, nr_out;
	uint8_t in[DBUS_MESSAGE_MAX];
	uint8_t out[8192];
};

/* ---- the connection -------------------------------------------------------------------------- */

/* Nothing is known of services that could tell nobody. */
static void part(struct power_bus *bus, const char *why)
{
	size_t i;

	if (!bus->complained_of_bus)
		log_info("the power profile cannot be asked for at %s: %s; on battery or not is what counts "
			 "meanwhile", bus->path, why);
	bus->complained_of_bus = true;
	if (bus->fd >= 0)
		close(bus->fd);
	bus->fd = -1;
	bus->stage = STAGE_APART;
	bus->nr_in = bus->nr_out = 0;
	bus->due_ms = monotonic_ms() + bus->retry_ms;
	bus->retry_ms = bus->retry_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : bus->retry_ms * 2;
	memset(bus->asked, 0, sizeof(bus->asked));
	memset(bus->again, 0, sizeof(bus->again));
	for (i = 0; i < NR_SERVICES; i++) {
		bus->known[i] = true;
		bus->profiles[i] = POWER_PROFILE_NONE;
	}
}

static void flush(struct power_bus *bus)
{
	ssize_t n;

	while (bus->fd >= 0 && bus->nr_out) {
		n = send(bus->fd, bus->out, bus->nr_out, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			part(bus, strerror(errno));
			return;
		}
		bus->nr_out -= (size_t)n;
		memmove(bus->out, bus->out + n, bus->nr_out);
	}
}

static void say(struct power_bus *bus, const void *bytes, size_t nr)
{
	if (nr > sizeof(bus->out) - bus->nr_out) {
		part(bus, "it takes no more questions");
		return;
	}
	memcpy(bus->out + bus->nr_out, bytes, nr);
	bus->nr_out += nr;
}

/* Returns the serial of the call, or 0: the connection is gone. */
static uint32_t call(struct power_bus *bus, const struct dbus_call *what)
{
	size_t len;

	if (bus->stage != STAGE_CONNECTED)
		return 0;
	if (!++bus->serial)
		bus->serial = 1;
	len = dbus_message_put(what, bus->serial, bus->out + bus->nr_out,
			       sizeof(bus->out) - bus->nr_out);
	if (!len) {
		part(bus, "it takes no more questions");
		return 0;
	}
	bus->nr_out += len;
	return bus->serial;
}

static uint32_t call_bus(struct power_bus *bus, const char *member, const char *arg)
{
	const struct dbus_call what = {
		.destination = BUS_NAME,
		.path = BUS_OBJECT,
		.interface = BUS_NAME,
		.member = member,
		.nr_args = arg != NULL,
		.args = { arg },
	};

	return call(bus, &what);
}

static void connect_now(struct power_bus *bus)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char text[64], uid[16];
	size_t len, i;

	bus->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	memcpy(to.sun_path, bus->path, sizeof(to.sun_path));
	if (bus->fd < 0 || connect(bus->fd, (const struct sockaddr *)&to, sizeof(to))) {
		part(bus, strerror(errno));
		return;
	}
	bus->stage = STAGE_GREETING;
	bus->due_ms = monotonic_ms() + ANSWER_MS;
	/* Who we are, the bus learns from the kernel; it wants to hear it, in hexadecimal digits of digits. */
	len = (size_t)snprintf(uid, sizeof(uid), "%u", (unsigned int)geteuid());
	text[0] = '\0'; /* the credentials go with this byte */
	snprintf(text + 1, sizeof(text) - 1, "AUTH EXTERNAL ");
	for (i = 0; i < len; i++)
		snprintf(text + 15 + 2 * i, sizeof(text) - 15 - 2 * i, "%02x", (unsigned char)uid[i]);
	memcpy(text + 15 + 2 * len, "\r\n", 2);
	say(bus, text, 17 + 2 * len);
	flush(bus);
}

/* ---- services -------------------------------------------------------------------------------- */

static void ask(struct power_bus *bus, size_t i)
{
	const struct service *service = &services[i];
	struct dbus_call what = {
		.destination = service->name,
		.path = service->path,
		.interface = service->property ? PROPERTIES : service->interface,
		.member = service->property ? "Get" : service->method,
		.nr_args = service->property ? 2 : 0,
		.args = { service->interface, service->property },
	};

	if (bus->asked[i]) {
		bus->again[i] = true;
		return;
	}
	bus->again[i] = false;
	bus->asked[i] = call(bus, &what);
	if (bus->asked[i])
		bus->due_ms = monotonic_ms() + ANSWER_MS;
}

static void learn(struct power_bus *bus, size_t i, enum power_profile profile)
{
	bus->known[i] = true;
	bus->profiles[i] = profile;
}

static void complain(struct power_bus *bus, size_t i, const char *why)
{
	if (!bus->complained[i])
		log_warn("%s (%s) does not say which power profile is active: %s", services[i].title,
			 services[i].name, why);
	bus->complained[i] = true;
}

static void on_answer(struct power_bus *bus, size_t i, const struct dbus_message *message)
{
	enum power_profile profile;
	const char *text = "";

	bus->asked[i] = 0;
	if (message->type == DBUS_MESSAGE_ERROR) {
		/* not there, which is no trouble; or it has just gone, or has no such thing */
		if (strcmp(message->error_name, ERROR_PREFIX "ServiceUnknown") != 0 &&
		    strcmp(message->error_name, ERROR_PREFIX "NameHasNoOwner") != 0 &&
		    strcmp(message->error_name, ERROR_PREFIX "NoReply") != 0)
			complain(bus, i, message->error_name);
		learn(bus, i, POWER_PROFILE_NONE);
	} else if (dbus_message_texts(message, 1, &text)) {
		complain(bus, i, "its answer is no text");
		learn(bus, i, POWER_PROFILE_NONE);
	} else {
		profile = services[i].property ? power_profile_of(text) : power_profile_of_tuned(text);
		if (!profile && text[0])
			complain(bus, i, "its answer is no profile that we know");
		learn(bus, i, profile);
	}
	log_debug("%s (%s): power profile '%.64s'", services[i].title, services[i].name, text);
	if (bus->again[i])
		ask(bus, i);
}

static void on_signal(struct power_bus *bus, const struct dbus_message *message)
{
	const char *owners[3];
	size_t i;

	if (!strcmp(message->interface, BUS_NAME) && !strcmp(message->member, "NameOwnerChanged")) {
		/* The bus says it of itself alone, whoever else might. */
		if (strcmp(message->sender, BUS_NAME) != 0 || dbus_message_texts(message, 3, owners))
			return;
		for (i = 0; i < NR_SERVICES; i++) {
			if (strcmp(owners[0], services[i].name) != 0)
				continue;
			if (owners[2][0])
				ask(bus, i);
			else
				learn(bus, i, POWER_PROFILE_NONE);
		}
		return;
	}
	/* What has changed is asked for, whatever the signal says, of the one who has the name. */
	for (i = 0; i < NR_SERVICES; i++) {
		if (!strcmp(message->path, services[i].path) &&
		    (services[i].property ? !strcmp(message->interface, PROPERTIES) :
					    !strcmp(message->member, services[i].signal)))
			ask(bus, i);
	}
}

/* What we want to hear of, and the first questions. What comes between is not lost, but asked twice. */
static void introduce(struct power_bus *bus)
{
	const struct service *service;
	char rule[400];
	size_t i;

	bus->hello_serial = call_bus(bus, "Hello", NULL);
	for (i = 0; i < NR_SERVICES; i++) {
		service = &services[i];
		snprintf(rule, sizeof(rule), "type='signal',sender='" BUS_NAME "',interface='" BUS_NAME
			 "',member='NameOwnerChanged',arg0='%s'", service->name);
		call_bus(bus, "AddMatch", rule);
		snprintf(rule, sizeof(rule), "type='signal',sender='%s',path='%s',interface='%s',"
			 "member='%s'", service->name, service->path,
			 service->property ? PROPERTIES : service->interface,
			 service->property ? "PropertiesChanged" : service->signal);
		call_bus(bus, "AddMatch", rule);
		ask(bus, i);
	}
}

/* ---- what comes in --------------------------------------------------------------------------- */

static void take(struct power_bus *bus, size_t nr)
{
	bus->nr_in -= nr;
	memmove(bus->in, bus->in + nr, bus->nr_in);
}

/* A line: whether we may. Returns whether there was one. */
static bool on_greeting(struct power_bus *bus)
{
	const uint8_t *end = memchr(bus->in, '\n', bus->nr_in);

	if (!end)
		return false;
	if (bus->nr_in < 3 || memcmp(bus->in, "OK ", 3) != 0) {
		part(bus, "it does not let us in");
		return false;
	}
	take(bus, (size_t)(end + 1 - bus->in));
	say(bus, "BEGIN\r\n", 7);
	bus->stage = STAGE_CONNECTED;
	introduce(bus);
	return true;
}

/* Returns whether there was one. */
static bool on_message(struct power_bus *bus)
{
	struct dbus_message message;
	long size = dbus_message_size(bus->in, bus->nr_in);
	size_t i;

	if (!size || (size > 0 && (size_t)size > bus->nr_in))
		return false;
	if (size < 0 || dbus_message_parse(bus->in, (size_t)size, &message)) {
		part(bus, "it does not speak D-Bus");
		return false;
	}
	if (message.type == DBUS_MESSAGE_SIGNAL) {
		on_signal(bus, &message);
	} else if (message.reply_serial && (message.type == DBUS_MESSAGE_RETURN ||
					    message.type == DBUS_MESSAGE_ERROR)) {
		if (message.reply_serial == bus->hello_serial && message.type == DBUS_MESSAGE_ERROR) {
			part(bus, "it does not let us in");
			return false;
		}
		for (i = 0; i < NR_SERVICES; i++)
			if (bus->asked[i] == message.reply_serial)
				on_answer(bus, i, &message);
	}
	if (bus->stage != STAGE_CONNECTED)
		return false;
	take(bus, (size_t)size);
	return true;
}

static void receive(struct power_bus *bus)
{
	size_t room = sizeof(bus->in) - bus->nr_in;
	unsigned int nr = 0;
	ssize_t n;

	/* When there is no room there is a whole message. */
	n = room ? recv(bus->fd, bus->in + bus->nr_in, room, MSG_DONTWAIT) : 0;
	if (room && !n) {
		part(bus, "it has closed the connection");
		return;
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		part(bus, strerror(errno));
		return;
	}
	bus->nr_in += n > 0 ? (size_t)n : 0;
	while (nr++ < MESSAGES_MAX) {
		if (bus->stage == STAGE_GREETING ? !on_greeting(bus) :
		    bus->stage == STAGE_CONNECTED ? !on_message(bus) : true)
			break;
	}
	if (bus->stage == STAGE_GREETING && bus->nr_in > 1024)
		part(bus, "it does not speak D-Bus");
}

static bool is_waiting(const struct power_bus *bus)
{
	size_t i;

	for (i = 0; i < NR_SERVICES; i++)
		if (bus->asked[i])
			return true;
	return bus->stage != STAGE_CONNECTED;
}

/* Something that should have come has not. A service that hangs must not hide the others. */
static void on_due(struct power_bus *bus)
{
	size_t i;

	if (bus->stage == STAGE_APART) {
		connect_now(bus);
		return;
	}
	if (bus->stage == STAGE_GREETING) {
		part(bus, "it does not answer");
		return;
	}
	for (i = 0; i < NR_SERVICES; i++) {
		if (!bus->asked[i])
			continue;
		complain(bus, i, "it does not answer");
		bus->asked[i] = 0;
		bus->again[i] = false;
		learn(bus, i, POWER_PROFILE_NONE);
	}
}

/* ---- from outside ---------------------------------------------------------------------------- */

struct power_bus *power_bus_open(const char *path)
{
	struct power_bus *bus = calloc(1, sizeof(*bus));

	if (!bus)
		return NULL;
	snprintf(bus->path, sizeof(bus->path), "%s", path);
	bus->fd = -1;
	bus->retry_ms = RETRY_MIN_MS;
	connect_now(bus);
	return bus;
}

void power_bus_close(struct power_bus *bus)
{
	if (!bus)
		return;
	if (bus->fd >= 0)
		close(bus->fd);
	free(bus);
}

int power_bus_fd(const struct power_bus *bus)
{
	return bus ? bus->fd : -1;
}

short power_bus_events(const struct power_bus *bus)
{
	return bus && bus->nr_out ? POLLIN | POLLOUT : POLLIN;
}

/* Whole messages that the last turn had no time for. */
static bool has_more(const struct power_bus *bus)
{
	long size = bus->stage == STAGE_CONNECTED ? dbus_message_size(bus->in, bus->nr_in) : 0;

	return size < 0 || (size && (size_t)size <= bus->nr_in);
}

int power_bus_timeout_ms(const struct power_bus *bus)
{
	uint64_t now;

	if (!bus)
		return -1;
	if (has_more(bus))
		return 0;
	if (!is_waiting(bus))
		return -1;
	now = monotonic_ms();
	return bus->due_ms > now ? (int)(bus->due_ms - now) : 0;
}

void power_bus_serve(struct power_bus *bus)
{
	if (!bus)
		return;
	if (bus->fd >= 0) {
		flush(bus);
		if (bus->fd >= 0)
			receive(bus);
	}
	if (is_waiting(bus) && monotonic_ms() >= bus->due_ms)
		on_due(bus);
	flush(bus);
	if (bus->stage == STAGE_CONNECTED && !is_waiting(bus)) {
		bus->retry_ms = RETRY_MIN_MS;
		bus->complained_of_bus = false;
	}
}

bool power_bus_profile(const struct power_bus *bus, enum power_profile *ret_profile,
		       const char **ret_from)
{
	size_t i;

	for (i = 0; i < NR_SERVICES; i++) {
		if (!bus->known[i])
			return false;
		if (!bus->profiles[i])
			continue;
		*ret_profile = bus->profiles[i];
		*ret_from = services[i].title;
		return true;
	}
	*ret_profile = POWER_PROFILE_NONE;
	*ret_from = NULL;
	return true;
}
