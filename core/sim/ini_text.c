/* SPDX-License-Identifier: GPL-2.0-only */
#include "ini_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ini_lines.h"

struct reader {
	const char *path;
	ini_text_key_fn *with;
	void *data;
	struct diag *diag;
};

int ini_error(const struct ini_place *place, int err, struct diag *diag, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return diag_set(diag, err, "%s:%u: [%.48s]%s%.64s: %s", place->path, place->line,
			place->section, *place->key ? " " : "", place->key, text);
}

/* inih says nothing of a section without keys, and a group of tasks may be one. */
static int section_begins(struct reader *reader, unsigned int number, const char *line)
{
	struct ini_place place = { reader->path, number, NULL, "" };
	char section[64];
	const char *end, *rest;

	if (number == 1 && !strncmp(line, "\xef\xbb\xbf", 3))
		line += 3;
	line += strspn(line, " \t\v\f\r");
	end = *line == '[' ? strchr(line, ']') : NULL;
	if (!end)
		return 0;
	rest = end + 1 + strspn(end + 1, " \t\v\f\r");
	if (*rest && *rest != ';' && *rest != '#')
		return diag_set(reader->diag, -EINVAL, "%s:%u: there is text after the ']'; a key starts on a new line",
				reader->path, number);
	/* It is handed on as inih hands it on with its keys, which is cut to 49 characters. */
	snprintf(section, sizeof(section), "%.*s", end - line - 1 > 49 ? 49 : (int)(end - line - 1),
		 line + 1);
	place.section = section;
	return reader->with(reader->data, &place, NULL, reader->diag);
}

static int read_line(void *data, unsigned int number, const char *text, size_t len, char *ret_line,
		     size_t size)
{
	struct reader *reader = data;

	if (len + 2 > size)
		return diag_set(reader->diag, -EINVAL, "%s:%u: the line is longer than %zu "
				"characters", reader->path, number, size - 2);
	memcpy(ret_line, text, len);
	ret_line[len] = '\0';
	return section_begins(reader, number, ret_line);
}

static int read_key(void *data, unsigned int number, const char *section, const char *name,
		    const char *value)
{
	struct reader *reader = data;
	const struct ini_place place = { reader->path, number, section, name };

	return reader->with(reader->data, &place, value, reader->diag);
}

int ini_text_parse(const char *path, const char *text, size_t size, ini_text_key_fn *with,
		   void *data, struct diag *diag)
{
	static const struct ini_lines_ops ops = { .line = read_line, .key = read_key };
	struct reader reader = { .path = path, .with = with, .data = data, .diag = diag };

	return ini_lines_parse(path, text, size, &ops, &reader, diag);
}

int file_text_read(const char *path, size_t max, char **ret_text, size_t *ret_size,
		   struct diag *diag)
{
	FILE *file = fopen(path, "re");
	char *text = NULL, *moved;
	size_t size = 0, room = 65536;
	int err;

	if (!file)
		return diag_set(diag, -errno, "%s cannot be read: %s", path, strerror(errno));
	do {
		room *= 2;
		moved = realloc(text, room);
		if (!moved) {
			err = diag_set(diag, -ENOMEM, "%s: no memory to read it", path);
			goto out;
		}
		text = moved;
		errno = 0;
		size += fread(text + size, 1, room - size - 1, file);
	} while (size == room - 1 && size <= max);
	err = !ferror(file) ? 0 : errno ? -errno : -EIO;
	if (err) {
		diag_set(diag, err, "%s cannot be read: %s", path, strerror(-err));
		goto out;
	}
	if (size > max) {
		err = diag_set(diag, -EFBIG, "%s is larger than %zu KiB", path, max / 1024);
		goto out;
	}
	text[size] = '\0';
	*ret_text = text;
	*ret_size = size;
	text = NULL;
out:
	free(text);
	fclose(file);
	return err;
}

int ini_number(const struct ini_place *place, const char *value, uint64_t min, uint64_t max,
	       uint64_t *ret_value, struct diag *diag)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end || errno || number < min || number > max)
		return ini_error(place, -EINVAL, diag, "'%.32s' is not a whole number from %" PRIu64
				 " to %" PRIu64, value, min, max);
	*ret_value = number;
	return 0;
}

int ini_signed(const struct ini_place *place, const char *value, int64_t min, int64_t max,
	       int64_t *ret_value, struct diag *diag)
{
	long long number;
	char *end;

	errno = 0;
	number = strtoll(value, &end, 10);
	if (end == value || *end || errno || number < min || number > max)
		return ini_error(place, -EINVAL, diag, "'%.32s' is not a whole number from %" PRIi64
				 " to %" PRIi64, value, min, max);
	*ret_value = number;
	return 0;
}

int time_parse(const char *value, uint64_t *ret_ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
		{ "min", 60000000000ULL }, { "h", 3600000000000ULL },
	};
	uint64_t number = 0, scale = 1;
	const char *at = value;
	size_t i;
	int point = 0;

	/* Decimal by hand: the same on every machine and in every language. */
	for (; (*at >= '0' && *at <= '9') || *at == '.'; at++) {
		if (*at == '.') {
			if (point++)
				return -EINVAL;
			continue;
		}
		if (number > 999999999999ULL || scale > 100000000)
			return -EINVAL;
		number = number * 10 + (uint64_t)(*at - '0');
		if (point)
			scale *= 10;
	}
	if (at == value || (at == value + 1 && point))
		return -EINVAL;
	while (*at == ' ')
		at++;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(at, units[i].name) != 0)
			continue;
		if (number / scale > (1ULL << 60) / units[i].ns)
			return -EINVAL;
		*ret_ns = number / scale * units[i].ns + number % scale * units[i].ns / scale;
		return 0;
	}
	return -EINVAL;
}

int ini_time(const struct ini_place *place, const char *value, uint64_t *ret_ns, struct diag *diag)
{
	if (!time_parse(value, ret_ns))
		return 0;
	return ini_error(place, -EINVAL, diag, "'%.32s' is not a time; expected a number with a "
			 "unit, as 10s, 16.667ms, 50us or 300ns", value);
}

int ini_cpus(const struct ini_place *place, const char *value, struct cpuset *ret_cpus,
	     struct diag *diag)
{
	const char *at = value;
	unsigned long first, last;
	char *end;

	*ret_cpus = (struct cpuset){ 0 };
	do {
		if (*at < '0' || *at > '9')
			goto bad;
		first = last = strtoul(at, &end, 10);
		if (*end == '-') {
			at = end + 1;
			if (*at < '0' || *at > '9')
				goto bad;
			last = strtoul(at, &end, 10);
		}
		if (last < first || last >= CPUSET_MAX)
			goto bad;
		cpuset_fill(ret_cpus, (uint32_t)first, (uint32_t)(last - first + 1));
		at = end + 1;
	} while (*end == ',');
	if (!*end)
		return 0;
bad:
	return ini_error(place, -EINVAL, diag, "'%.32s' is not a list of CPUs below %u, as 0-3,8",
			 value, CPUSET_MAX);
}
