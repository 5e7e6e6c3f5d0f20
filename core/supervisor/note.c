/* SPDX-License-Identifier: GPL-2.0-only */
#include "note.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

#define HEAD "scx-cland note 1"
#define FIELDS_MAX 9

/* ---- to text --------------------------------------------------------------------------------- */

/* Fields are parted by tabs and lines by their ends. */
bool note_fits(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static bool layer_fits(const struct intent_layer *layer)
{
	return !layer->there || (note_fits(layer->choice.policy) && note_fits(layer->choice.mode));
}

static bool quarantine_fits(const struct note_quarantine *quarantine)
{
	size_t i;

	for (i = 0; i < quarantine->nr; i++)
		if (!note_fits(quarantine->policies[i].policy) || !note_fits(quarantine->policies[i].reason))
			return false;
	return note_fits(quarantine->good_path);
}

static void put_quarantine(FILE *out, const struct note_quarantine *quarantine)
{
	size_t i, j;

	for (i = 0; i < quarantine->nr; i++) {
		const struct note_quarantined *policy = &quarantine->policies[i];

		fprintf(out, "quarantine\t%s", policy->policy);
		for (j = 0; j < TARGET_FILE_ID; j++)
			fprintf(out, "\t%" PRIu64, policy->file_id[j]);
		fprintf(out, "\t%" PRIu64 "\t%s\n", policy->since_ns, policy->reason);
	}
	if (quarantine->good_path[0])
		fprintf(out, "good\t%s\n", quarantine->good_path);
}

int note_format(const struct note *note, char *ret_text, size_t size)
{
	const struct intent_layer *user = &note->user, *temporary = &note->temporary;
	FILE *out;
	size_t i;
	long len;
	bool ok = layer_fits(user) && layer_fits(temporary) && quarantine_fits(&note->quarantine);

	for (i = 0; i < note->nr_settings; i++)
		ok = ok && note_fits(note->settings[i].key) && note_fits(note->settings[i].value);
	out = ok ? fmemopen(ret_text, size, "w") : NULL;
	if (!out)
		return ok ? -errno : -EINVAL;
	fprintf(out, HEAD "\nstamp\t%" PRIx64 "\n", note->stamp);
	if (user->there)
		fprintf(out, "user\t%u\t%" PRIu64 "\t%s\t%s\n", user->uid, user->since_ns,
			user->choice.policy, user->choice.mode);
	if (temporary->there)
		fprintf(out, "temporary\t%u\t%" PRIu64 "\t%" PRIu64 "\t%d\t%" PRIu64 "\t%s\t%s\n",
			temporary->uid, temporary->since_ns, temporary->term.for_ns,
			(int)temporary->term.hold_pid, note->hold_start, temporary->choice.policy,
			temporary->choice.mode);
	for (i = 0; i < note->nr_settings; i++)
		fprintf(out, "set\t%s\t%s\t%s\n", note->settings[i].policy, note->settings[i].key,
			note->settings[i].value);
	put_quarantine(out, &note->quarantine);
	fputs("end\n", out);
	len = ftell(out);
	return fclose(out) || len < 0 || (size_t)len >= size ? -ENOSPC : (int)len;
}

/* ---- from text ------------------------------------------------------------------------------- */

static int copy(char *to, size_t size, const char *text)
{
	if (strlen(text) >= size || !note_fits(text))
		return -EINVAL;
	strcpy(to, text);
	return 0;
}

static int number(const char *text, uint64_t max, uint64_t *ret)
{
	return config_parse_u64(text, ret) || *ret > max ? -EINVAL : 0;
}

/* policy and mode, as a switch may ask for. */
static int parse_choice(char *const *fields, struct intent_choice *ret)
{
	if (copy(ret->policy, sizeof(ret->policy), fields[0]) ||
	    copy(ret->mode, sizeof(ret->mode), fields[1]))
		return -EINVAL;
	return ret->policy[0] || ret->mode[0] ? 0 : -EINVAL;
}

static int parse_user(char *const *fields, int nr, struct note *note)
{
	uint64_t uid = 0;

	if (nr != 5 || note->user.there || number(fields[1], UINT32_MAX, &uid) ||
	    number(fields[2], INT64_MAX, &note->user.since_ns) ||
	    parse_choice(&fields[3], &note->user.choice))
		return -EINVAL;
	note->user.uid = (uid_t)uid;
	note->user.until_ns = INTENT_NEVER_NS;
	note->user.there = true;
	return 0;
}

static int parse_temporary(char *const *fields, int nr, struct note *note)
{
	struct intent_layer *layer = &note->temporary;
	uint64_t uid = 0, pid = 0;

	if (nr != 8 || layer->there || number(fields[1], UINT32_MAX, &uid) ||
	    number(fields[2], INT64_MAX, &layer->since_ns) ||
	    number(fields[3], INTENT_MAX_FOR_NS, &layer->term.for_ns) ||
	    number(fields[4], INT32_MAX, &pid) || number(fields[5], UINT64_MAX, &note->hold_start) ||
	    parse_choice(&fields[6], &layer->choice) || !layer->term.for_ns == !pid)
		return -EINVAL;
	layer->uid = (uid_t)uid;
	layer->term.hold_pid = (pid_t)pid;
	layer->until_ns = pid ? INTENT_NEVER_NS : layer->since_ns + layer->term.for_ns;
	layer->there = true;
	return 0;
}

static int parse_setting(char *const *fields, int nr, struct note *note)
{
	struct control_setting *setting = &note->settings[note->nr_settings];

	if (nr != 4 || note->nr_settings == CONTROL_MAX_SETTINGS ||
	    !config_is_policy_name(fields[1]) || !fields[2][0] || !fields[3][0] ||
	    copy(setting->policy, sizeof(setting->policy), fields[1]) ||
	    copy(setting->key, sizeof(setting->key), fields[2]) ||
	    copy(setting->value, sizeof(setting->value), fields[3]))
		return -EINVAL;
	note->nr_settings++;
	return 0;
}

static int parse_quarantined(char *const *fields, int nr, struct note *note)
{
	struct note_quarantined *policy = &note->quarantine.policies[note->quarantine.nr];
	size_t i;

	if (nr != 4 + TARGET_FILE_ID || note->quarantine.nr == QUARANTINE_MAX ||
	    !config_is_policy_name(fields[1]) || copy(policy->policy, sizeof(policy->policy), fields[1]) ||
	    number(fields[2 + TARGET_FILE_ID], INT64_MAX, &policy->since_ns) ||
	    copy(policy->reason, sizeof(policy->reason), fields[3 + TARGET_FILE_ID]))
		return -EINVAL;
	for (i = 0; i < TARGET_FILE_ID; i++)
		if (number(fields[2 + i], UINT64_MAX, &policy->file_id[i]))
			return -EINVAL;
	note->quarantine.nr++;
	return 0;
}

static int parse_good(char *const *fields, int nr, struct note *note)
{
	char *path = note->quarantine.good_path;

	return nr != 2 || path[0] || fields[1][0] != '/' ||
	       copy(path, sizeof(note->quarantine.good_path), fields[1]) ? -EINVAL : 0;
}

static int parse_stamp(char *const *fields, int nr, struct note *note)
{
	char *end;

	if (nr != 2 || strspn(fields[1], "0123456789abcdef") != strlen(fields[1]) || !fields[1][0] ||
	    strlen(fields[1]) > 16)
		return -EINVAL;
	note->stamp = strtoull(fields[1], &end, 16);
	return 0;
}

static int parse_line(char *line, int line_nr, struct note *note, bool *ret_ended)
{
	char *fields[FIELDS_MAX];
	int nr = 0;

	if (line_nr == 1)
		return strcmp(line, HEAD) ? -EINVAL : 0;
	while (line && nr < FIELDS_MAX)
		fields[nr++] = strsep(&line, "\t");
	if (line || *ret_ended)
		return -EINVAL;
	if (!strcmp(fields[0], "stamp"))
		return parse_stamp(fields, nr, note);
	if (!strcmp(fields[0], "user"))
		return parse_user(fields, nr, note);
	if (!strcmp(fields[0], "temporary"))
		return parse_temporary(fields, nr, note);
	if (!strcmp(fields[0], "set"))
		return parse_setting(fields, nr, note);
	if (!strcmp(fields[0], "quarantine"))
		return parse_quarantined(fields, nr, note);
	if (!strcmp(fields[0], "good"))
		return parse_good(fields, nr, note);
	*ret_ended = nr == 1 && !strcmp(fields[0], "end");
	return *ret_ended ? 0 : -EINVAL;
}

int note_parse(const char *text, size_t len, struct note *ret_note, struct diag *diag)
{
	char *copied = NULL, *rest, *line;
	bool ended = false;
	int err = 0, line_nr = 0;

	memset(ret_note, 0, sizeof(*ret_note));
	if (len > NOTE_MAX || memchr(text, '\0', len))
		return diag_set(diag, -EINVAL, "it is no note of this program");
	copied = strndup(text, len);
	if (!copied)
		return diag_set(diag, -ENOMEM, "out of memory");
	rest = copied;
	/* What follows the last line's end is no line: it may have been cut. */
	while (!err && (line = strsep(&rest, "\n")) && rest) {
		line_nr++;
		err = parse_line(line, line_nr, ret_note, &ended);
	}
	free(copied);
	if (err)
		return diag_set(diag, err, "line %d is none of a note of this program", line_nr);
	if (!ended)
		return diag_set(diag, -EINVAL, "its end is missing");
	return 0;
}

/* ---- the file -------------------------------------------------------------------------------- */

int note_save(const char *path, const struct note *note)
{
	char *text = malloc(NOTE_MAX), name[256];
	int fd = -1, len = -ENOMEM, err = 0;
	ssize_t n;

	if (text)
		len = note_format(note, text, NOTE_MAX);
	if (len < 0 || snprintf(name, sizeof(name), "%s.new", path) >= (int)sizeof(name)) {
		free(text);
		return len < 0 ? len : -ENAMETOOLONG;
	}
	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	n = fd < 0 ? -1 : write(fd, text, (size_t)len);
	if (n != len)
		err = n < 0 ? -errno : -ENOSPC; /* as after a write of a part */
	if (fd >= 0)
		close(fd);
	if (!err && rename(name, path))
		err = -errno;
	if (err && fd >= 0)
		unlink(name);
	free(text);
	return err;
}

int note_load(const char *path, struct note *ret_note, struct diag *diag)
{
	char *text;
	ssize_t n;
	int err, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return errno == ENOENT ? -ENOENT : diag_set(diag, -errno, "%s", strerror(errno));
	text = malloc(NOTE_MAX + 1);
	n = text ? read(fd, text, NOTE_MAX + 1) : -1;
	if (n < 0)
		err = diag_set(diag, text ? -errno : -ENOMEM, "it cannot be read");
	else
		err = note_parse(text, (size_t)n, ret_note, diag);
	free(text);
	close(fd);
	return err;
}
