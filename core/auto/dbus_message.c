/* SPDX-License-Identifier: GPL-2.0-only */
#include "dbus_message.h"

#include <errno.h>
#include <string.h>

/* Of the fixed part: byte order, type, flags, version, the body's size, serial, the fields' size. */
#define HEAD_SIZE 16
#define FLAG_NO_AUTO_START 2
#define VERSION 1

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_ORDER   'l'
#define OTHER_ORDER 'B'
#else
#define OUR_ORDER   'B'
#define OTHER_ORDER 'l'
#endif

enum field { FIELD_PATH = 1, FIELD_INTERFACE, FIELD_MEMBER, FIELD_ERROR_NAME, FIELD_REPLY_SERIAL,
	     FIELD_DESTINATION, FIELD_SENDER, FIELD_SIGNATURE };

/* ---- writing --------------------------------------------------------------------------------- */

struct writer {
	uint8_t *buf;
	size_t size, at;
	bool full;
};

static void put_bytes(struct writer *writer, const void *bytes, size_t nr)
{
	if (writer->full || nr > writer->size - writer->at) {
		writer->full = true;
		return;
	}
	memcpy(writer->buf + writer->at, bytes, nr);
	writer->at += nr;
}

static void put_byte(struct writer *writer, uint8_t byte)
{
	put_bytes(writer, &byte, 1);
}

static void put_align(struct writer *writer, size_t to)
{
	while (!writer->full && writer->at % to)
		put_byte(writer, 0);
}

static void put_u32(struct writer *writer, uint32_t number)
{
	put_align(writer, 4);
	put_bytes(writer, &number, 4);
}

static void put_text(struct writer *writer, const char *text)
{
	put_u32(writer, (uint32_t)strlen(text));
	put_bytes(writer, text, strlen(text) + 1);
}

static void put_signature(struct writer *writer, const char *signature)
{
	put_byte(writer, (uint8_t)strlen(signature));
	put_bytes(writer, signature, strlen(signature) + 1);
}

/* Each in a struct of its own, with the type that it has. */
static void put_field(struct writer *writer, enum field field, const char *type, const char *text)
{
	put_align(writer, 8);
	put_byte(writer, (uint8_t)field);
	put_signature(writer, type);
	if (type[0] == 'g')
		put_signature(writer, text);
	else
		put_text(writer, text);
}

size_t dbus_message_put(const struct dbus_call *call, uint32_t serial, uint8_t *buf, size_t size)
{
	static const char *const signatures[] = { "", "s", "ss" };
	struct writer writer = { .buf = buf, .size = size };
	uint32_t fields_size, body_size;
	size_t body, i;

	put_byte(&writer, OUR_ORDER);
	put_byte(&writer, DBUS_MESSAGE_CALL);
	put_byte(&writer, FLAG_NO_AUTO_START);
	put_byte(&writer, VERSION);
	put_u32(&writer, 0); /* filled in below */
	put_u32(&writer, serial);
	put_u32(&writer, 0); /* likewise */
	put_field(&writer, FIELD_PATH, "o", call->path);
	put_field(&writer, FIELD_INTERFACE, "s", call->interface);
	put_field(&writer, FIELD_MEMBER, "s", call->member);
	put_field(&writer, FIELD_DESTINATION, "s", call->destination);
	if (call->nr_args)
		put_field(&writer, FIELD_SIGNATURE, "g", signatures[call->nr_args]);
	fields_size = (uint32_t)(writer.at - HEAD_SIZE);
	put_align(&writer, 8);
	body = writer.at;
	for (i = 0; i < call->nr_args; i++)
		put_text(&writer, call->args[i]);
	if (writer.full)
		return 0;
	body_size = (uint32_t)(writer.at - body);
	memcpy(buf + 4, &body_size, 4);
	memcpy(buf + 12, &fields_size, 4);
	return writer.at;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
	const uint8_t *data;
	size_t size, at;
	bool swapped, bad;
};

/* Returns where they are, or NULL from the first mistake on. */
static const uint8_t *get_bytes(struct reader *reader, size_t nr, size_t align)
{
	size_t at = (reader->at + align - 1) / align * align;

	if (reader->bad || at > reader->size || nr > reader->size - at) {
		reader->bad = true;
		return NULL;
	}
	reader->at = at + nr;
	return reader->data + at;
}

static uint8_t get_byte(struct reader *reader)
{
	const uint8_t *byte = get_bytes(reader, 1, 1);

	return byte ? *byte : 0;
}

static uint32_t get_u32(struct reader *reader)
{
	const uint8_t *bytes = get_bytes(reader, 4, 4);
	uint32_t number = 0;

	if (bytes)
		memcpy(&number, bytes, 4);
	return reader->swapped ? __builtin_bswap32(number) : number;
}

/* Of len bytes, with the NUL behind them, and no other. */
static const char *get_chars(struct reader *reader, size_t len)
{
	const uint8_t *bytes = len < DBUS_MESSAGE_MAX ? get_bytes(reader, len + 1, 1) : NULL;

	if (!bytes || memchr(bytes, 0, len + 1) != bytes + len) {
		reader->bad = true;
		return "";
	}
	return (const char *)bytes;
}

static const char *get_text(struct reader *reader)
{
	return get_chars(reader, get_u32(reader));
}

static const char *get_signature(struct reader *reader)
{
	return get_chars(reader, get_byte(reader));
}

long dbus_message_size(const uint8_t *data, size_t nr)
{
	struct reader reader = { .data = data, .size = nr, .at = 4 };
	uint64_t body_size, fields_size;

	if (nr < HEAD_SIZE)
		return 0;
	if ((data[0] != OUR_ORDER && data[0] != OTHER_ORDER) || data[3] != VERSION)
		return -EPROTO;
	reader.swapped = data[0] == OTHER_ORDER;
	body_size = get_u32(&reader);
	get_u32(&reader);
	fields_size = get_u32(&reader);
	if (body_size > DBUS_MESSAGE_MAX || fields_size > DBUS_MESSAGE_MAX ||
	    HEAD_SIZE + (fields_size + 7) / 8 * 8 + body_size > DBUS_MESSAGE_MAX)
		return -EPROTO;
	return (long)(HEAD_SIZE + (fields_size + 7) / 8 * 8 + body_size);
}

/* A field; one of another type than the protocol says is a mistake. */
static void get_field(struct reader *reader, struct dbus_message *message)
{
	const char **text = NULL, *type;
	uint8_t field;

	if (!get_bytes(reader, 0, 8))
		return;
	field = get_byte(reader);
	type = get_signature(reader);
	switch (field) {
	case FIELD_PATH:
		text = &message->path;
		break;
	case FIELD_INTERFACE:
		text = &message->interface;
		break;
	case FIELD_MEMBER:
		text = &message->member;
		break;
	case FIELD_ERROR_NAME:
		text = &message->error_name;
		break;
	case FIELD_SENDER:
		text = &message->sender;
		break;
	case FIELD_SIGNATURE:
		text = &message->signature;
		break;
	}
	if (!strcmp(type, "u")) {
		uint32_t number = get_u32(reader);

		reader->bad |= text != NULL;
		if (field == FIELD_REPLY_SERIAL)
			message->reply_serial = number;
	} else if (!strcmp(type, field == FIELD_PATH ? "o" : field == FIELD_SIGNATURE ? "g" : "s") ||
		   (!text && (!strcmp(type, "o") || !strcmp(type, "g")))) {
		const char *value = type[0] == 'g' ? get_signature(reader) : get_text(reader);

		reader->bad |= field == FIELD_REPLY_SERIAL;
		if (text)
			*text = value;
	} else {
		reader->bad = true;
	}
}

int dbus_message_parse(const uint8_t *data, size_t size, struct dbus_message *ret_message)
{
	struct dbus_message message = {
		.path = "", .interface = "", .member = "", .error_name = "", .sender = "",
		.signature = "",
	};
	struct reader reader = { .data = data, .size = size, .at = 4 };
	size_t fields_end;

	if (dbus_message_size(data, size) != (long)size || size < HEAD_SIZE)
		return -EPROTO;
	message.swapped = reader.swapped = data[0] == OTHER_ORDER;
	message.type = data[1];
	message.body_size = get_u32(&reader);
	message.serial = get_u32(&reader);
	fields_end = HEAD_SIZE + get_u32(&reader);
	reader.size = fields_end;
	while (!reader.bad && reader.at < fields_end)
		get_field(&reader, &message);
	if (reader.bad || !message.serial)
		return -EPROTO;
	message.body = data + size - message.body_size;
	*ret_message = message;
	return 0;
}

int dbus_message_texts(const struct dbus_message *message, size_t nr, const char *ret_texts[])
{
	struct reader reader = { .data = message->body, .size = message->body_size,
				 .swapped = message->swapped };
	const char *signature = message->signature;
	size_t i;

	if (!strcmp(signature, "v"))
		signature = get_signature(&reader);
	if (strspn(signature, "s") < nr)
		return -EPROTO;
	for (i = 0; i < nr; i++)
		ret_texts[i] = get_text(&reader);
	return reader.bad ? -EPROTO : 0;
}
