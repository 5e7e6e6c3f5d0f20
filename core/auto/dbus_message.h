/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dbus_message.h - messages of D-Bus, as they are on the wire: making calls whose arguments are
 * texts, and reading from others the few things that power_bus.c asks for. Knows no socket.
 *
 * By hand, as the protocol is as stable as the libraries for it, and these would be in the agent's
 * memory, too, all of which is locked (service.c). Believes nothing of what is read. Pure; any
 * thread.
 */
#ifndef CLAND_DBUS_MESSAGE_H
#define CLAND_DBUS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a message that we read; the protocol allows 128 MiB. Larger ones end the connection. */
#define DBUS_MESSAGE_MAX 65536

enum dbus_message_type {
	DBUS_MESSAGE_CALL = 1,
	DBUS_MESSAGE_RETURN,
	DBUS_MESSAGE_ERROR,
	DBUS_MESSAGE_SIGNAL,
};

/* A call to be made; no names are NULL. */
struct dbus_call {
	const char *destination, *path, *interface, *member;
	size_t nr_args; /* texts */
	const char *args[2];
};

/* A message that was read. The texts are within it, "" where it does not have them. */
struct dbus_message {
	uint8_t type; /* may be one that we do not know */
	uint32_t serial;
	uint32_t reply_serial; /* 0: it is no reply */
	const char *path, *interface, *member, *error_name, *sender;
	const char *signature; /* of the body */
	const uint8_t *body;
	uint32_t body_size;
	bool swapped; /* its numbers are of the other byte order */
};

/*
 * dbus_message_put - write a call to buf, which has room for size bytes. serial is not 0. Nothing
 * is started for it: whom nobody serves answers with an error. Returns its length, or 0: no room.
 */
size_t dbus_message_put(const struct dbus_call *call, uint32_t serial, uint8_t *buf, size_t size);

/*
 * dbus_message_size - of the message that begins at data, of which nr bytes are there. Returns 0
 * while that is too few to say, or -EPROTO: it is none, or too large.
 */
long dbus_message_size(const uint8_t *data, size_t nr);

/* dbus_message_parse - of a whole one, of size bytes. Returns 0 or -EPROTO. */
int dbus_message_parse(const uint8_t *data, size_t size, struct dbus_message *ret_message);

/*
 * dbus_message_texts - the body's texts, if it begins with nr of them (signature "ss..."), or is a
 * variant with one text and nr is 1. Valid as long as the message. Returns 0 or -EPROTO.
 */
int dbus_message_texts(const struct dbus_message *message, size_t nr, const char *ret_texts[]);

#endif
