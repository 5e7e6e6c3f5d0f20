/* SPDX-License-Identifier: GPL-2.0-only */
#include "config_ini.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config_value.h"
#include "ini_lines.h"
#include "suggest.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define POLICY_SECTION "policy."
#define MODE_SECTION   "mode."
#define RULE_SECTION   "rule "
#define AUTO_SECTION   "auto "

/* The file, in memory, as inih draws line after line from it. */
struct reader {
	const char *path;
	uint32_t layer;
	unsigned int line; /* that is being read; the first is 1 */
	struct config *config;
	struct config_mistakes *mistakes;
	struct diag *diag; /* that of mistakes */
	bool skip;	   /* the section's name was a mistake: its keys are not judged */
	int err;	   /* of a mistake after which nothing is read */
};

#define FAIL(reader, fmt, ...)                                                                     \
	((reader)->err = diag_set((reader)->diag, -EINVAL, "%s:%u: " fmt, (reader)->path,          \
				  (reader)->line, ##__VA_ARGS__))

static struct config_mode *find_mode(struct config *config, const char *name)
{
	const struct config_mode *found = config_find_mode(config, name);

	return found ? config->modes + (found - config->modes) : NULL;
}

/* Whether to end with the mistake that has just been made, if one has. */
static bool ends(struct reader *reader)
{
	if (!reader->err || config_mistakes_add(reader->mistakes, reader->err))
		return reader->err;
	reader->err = 0;
	return false;
}

/* A section [mode.NAME] is a mode, even when there is nothing in it. */
static void add_mode(struct reader *reader, const char *name)
{
	struct config *config = reader->config;

	if (find_mode(config, name))
		return;
	if (!config_is_policy_name(name)) {
		FAIL(reader,
		     "[mode.%s] names no mode; expected [mode.NAME] with at most 31 of a-z, "
		     "0-9 and '-'",
		     name);
		return;
	}
	if (!strcmp(name, CONFIG_NO_MODE)) {
		FAIL(reader,
		     "[mode." CONFIG_NO_MODE "] cannot be: '" CONFIG_NO_MODE "' means no mode; "
		     "take another name");
		return;
	}
	if (config->nr_modes == CONFIG_MAX_MODES) {
		FAIL(reader, "[mode.%s]: only %d modes fit", name, CONFIG_MAX_MODES);
		return;
	}
	strcpy(config->modes[config->nr_modes++].name, name);
}

static struct config_rule *find_rule(struct config *config, const char *name)
{
	const struct config_rule *found = config_find_rule(config, name);

	return found ? config->rules + (found - config->rules) : NULL;
}

static void add_rule(struct reader *reader, const char *name)
{
	struct config *config = reader->config;
	struct config_rule *rule;

	if (config_find_rule(config, name))
		return;
	if (!config_is_policy_name(name)) {
		FAIL(reader,
		     "[rule %s] names no rule; expected [rule NAME], one blank between, with at "
		     "most 31 of a-z, 0-9 and '-'",
		     name);
		return;
	}
	if (config->nr_rules == CONFIG_MAX_RULES) {
		FAIL(reader, "[rule %s]: only %d rules fit", name, CONFIG_MAX_RULES);
		return;
	}
	rule = &config->rules[config->nr_rules++];
	strcpy(rule->name, name);
	snprintf(rule->origin, sizeof(rule->origin), "%s:%u", reader->path, reader->line);
}

static struct config_auto *find_auto(struct config *config, const char *name)
{
	const struct config_auto *found = config_find_auto(config, name);

	return found ? config->autos + (found - config->autos) : NULL;
}

static void add_auto(struct reader *reader, const char *name)
{
	struct config *config = reader->config;
	struct config_auto *rule;

	if (config_find_auto(config, name))
		return;
	if (!config_is_policy_name(name)) {
		FAIL(reader,
		     "[auto %s] names no rule; expected [auto NAME], one blank between, with at "
		     "most 31 of a-z, 0-9 and '-'",
		     name);
		return;
	}
	if (config->nr_autos == CONFIG_MAX_AUTO) {
		FAIL(reader, "[auto %s]: only %d of them fit", name, CONFIG_MAX_AUTO);
		return;
	}
	rule = &config->autos[config->nr_autos++];
	strcpy(rule->name, name);
	snprintf(rule->origin, sizeof(rule->origin), "%s:%u", reader->path, reader->line);
}

/* With the name as it would be written: "[mode Gaming]" is near to "[mode.gaming]". */
static void unknown_section(struct reader *reader, const char *name)
{
	static const char *const kinds[] = { POLICY_SECTION, MODE_SECTION, RULE_SECTION,
					     AUTO_SECTION };
	const char *of = strpbrk(name, ". ");
	char like[ARRAY_LEN(kinds)][64], *c;
	struct suggest suggest;
	size_t i;

	suggest_init(&suggest, name);
	suggest_try(&suggest, "scheduler");
	for (i = 0; of && i < ARRAY_LEN(kinds); i++) {
		snprintf(like[i], sizeof(like[i]), "%s%s", kinds[i], of + 1);
		for (c = like[i]; *c; c++)
			*c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
		if (config_is_policy_name(like[i] + strlen(kinds[i])))
			suggest_try(&suggest, like[i]);
	}
	FAIL(reader,
	     "unknown section [%s]; expected [scheduler], [policy.NAME], [mode.NAME], "
	     "[rule NAME] or [auto NAME]%s",
	     name, suggest_hint(&suggest));
}

/*
 * The library reports no empty sections, cuts long names of sections, and ignores what comes after
 * the bracket; so the line is judged here.
 */
static void check_section(struct reader *reader, const char *line, size_t len)
{
	const char *end = memchr(line, ']', len);
	char name[sizeof(POLICY_SECTION) + 32];
	size_t name_len, rest;

	if (!end) {
		FAIL(reader, "the section's name does not end with ']'");
		return;
	}
	name_len = (size_t)(end - line - 1);
	for (rest = name_len + 2; rest < len && config_is_blank(line[rest]); rest++)
		;
	if (rest < len && (line[rest] != ';' || !config_is_blank(line[rest - 1]))) {
		FAIL(reader, "there is text after the ']'; a key starts on a new line");
		return;
	}
	if (name_len >= sizeof(name)) {
		FAIL(reader,
		     "the section's name is %zu bytes long; expected [scheduler], "
		     "[policy.NAME], [mode.NAME], [rule NAME] or [auto NAME] with at most 31 "
		     "letters",
		     name_len);
		return;
	}
	memcpy(name, line + 1, name_len);
	name[name_len] = '\0';
	if (!strcmp(name, "scheduler"))
		return;
	if (!strncmp(name, POLICY_SECTION, strlen(POLICY_SECTION))) {
		if (!config_is_policy_name(name + strlen(POLICY_SECTION)))
			FAIL(reader,
			     "[%s] names no policy; expected [policy.NAME] with at most "
			     "31 of a-z, 0-9 and '-'",
			     name);
		return;
	}
	if (!strncmp(name, MODE_SECTION, strlen(MODE_SECTION))) {
		add_mode(reader, name + strlen(MODE_SECTION));
		return;
	}
	if (!strncmp(name, RULE_SECTION, strlen(RULE_SECTION))) {
		add_rule(reader, name + strlen(RULE_SECTION));
		return;
	}
	if (!strncmp(name, AUTO_SECTION, strlen(AUTO_SECTION))) {
		add_auto(reader, name + strlen(AUTO_SECTION));
		return;
	}
	unknown_section(reader, name);
}

/* A line that is neither empty nor a comment, and has room for size bytes. */
static void judge_line(struct reader *reader, const char *line, size_t len, size_t size)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];

		if ((c < ' ' && c != '\t') || c == 0x7f) {
			FAIL(reader, "there is a control character (0x%02x) in the line", c);
			return;
		}
	}
	if (len + 2 > size) {
		FAIL(reader, "the line is %zu bytes long; at most %zu fit", len, size - 2);
		return;
	}
	if (line[0] == '[') {
		check_section(reader, line, len);
	} else if (!memchr(line, '=', len) && !memchr(line, ':', len)) {
		FAIL(reader, "'%.*s%s' has no '='; expected KEY = VALUE", len > 64 ? 64 : (int)len,
		     line, len > 64 ? "..." : "");
	}
}

/* Everything is taken off the line that is not for the library. */
static int read_line(void *data, unsigned int number, const char *line, size_t len, char *ret_line,
		     size_t size)
{
	struct reader *reader = data;

	reader->line = number;
	if (reader->line == 1 && len >= 3 && !memcmp(line, "\xef\xbb\xbf", 3)) {
		line += 3;
		len -= 3;
	}
	while (len && config_is_blank(line[len - 1]))
		len--;
	/* an indented line would continue the one before it */
	while (len && config_is_blank(*line)) {
		line++;
		len--;
	}
	if (!len || line[0] == '#' || line[0] == ';')
		return 0;

	if (line[0] == '[')
		reader->skip = false;
	if (reader->skip)
		return 0;
	judge_line(reader, line, len, size);
	if (reader->err) {
		reader->skip |= line[0] == '[';
		return ends(reader) ? reader->err : 0;
	}
	memcpy(ret_line, line, len);
	ret_line[len] = '\0';
	return 0;
}

static void unknown_key(struct reader *reader, const char *section, const char *name)
{
	struct suggest suggest;
	char all[256] = "";
	size_t i, nr;
	const struct config_key *keys = config_keys(&nr);

	suggest_init(&suggest, name);
	for (i = 0; i < nr; i++) {
		if (!keys[i].section || strcmp(keys[i].section, section) != 0)
			continue;
		suggest_try(&suggest, keys[i].name);
		suggest_list(all, sizeof(all), keys[i].name);
	}
	if (suggest.best)
		FAIL(reader, "unknown key '%.64s' in [%s]%s", name, section,
		     suggest_hint(&suggest));
	else
		FAIL(reader, "unknown key '%.64s' in [%s]; expected one of %s", name, section, all);
}

static void unknown_mode_key(struct reader *reader, const char *section, const char *name)
{
	struct suggest suggest;

	suggest_init(&suggest, name);
	suggest_try(&suggest, "policy");
	suggest_try(&suggest, "summary");
	FAIL(reader,
	     "unknown key '%.64s' in [%s]; expected policy, summary, or a parameter with its "
	     "policy's name as in vruntime.slice_us%s",
	     name, section, suggest_hint(&suggest));
}

static void mode_key(struct reader *reader, const struct config_place *place, const char *section,
		     const char *name, const char *value)
{
	/* there is one: the section's line was judged before */
	struct config_mode *mode = find_mode(reader->config, section + strlen(MODE_SECTION));
	struct config_origin *origin = NULL;
	char policy[64], key[64];

	if (strchr(name, '.')) {
		reader->err =
			config_split_param(place, name, strlen(name), policy, key, reader->diag);
		if (!reader->err)
			reader->err = config_set_param(mode->params, &mode->nr_params,
						       CONFIG_MAX_MODE_PARAMS, policy, key, value,
						       place, reader->diag);
		return;
	}
	if (!strcmp(name, "policy"))
		origin = &mode->policy_origin;
	else if (!strcmp(name, "summary"))
		origin = &mode->summary_origin;
	if (!origin) {
		unknown_mode_key(reader, section, name);
		return;
	}
	if (!*value) {
		FAIL(reader, "%s: the value is missing", name);
		return;
	}
	if (origin->layer == reader->layer) {
		FAIL(reader, "%s is set twice; first at %s", name, origin->text);
		return;
	}
	if (origin == &mode->policy_origin)
		reader->err = config_set_policy(place, value, mode->policy, sizeof(mode->policy),
						reader->diag);
	else
		reader->err = config_set_text(place, value, mode->summary, sizeof(mode->summary),
					      reader->diag);
	*origin = place->origin;
}

static void file_key(struct reader *reader, const char *section, const char *name,
		     const char *value)
{
	struct config *config = reader->config;
	char origin[sizeof(config->origins[0].text)];
	struct config_place place;
	size_t i, nr;
	const struct config_key *keys = config_keys(&nr);

	if (!*name) {
		FAIL(reader, "there is no key before the '='; expected KEY = VALUE");
		return;
	}
	if (!*section) {
		FAIL(reader, "'%.64s' stands before any section; put a line [scheduler] above it",
		     name);
		return;
	}
	snprintf(origin, sizeof(origin), "%s:%u", reader->path, reader->line);
	config_place_set(&place, reader->layer, origin, name);
	if (!strncmp(section, POLICY_SECTION, strlen(POLICY_SECTION))) {
		reader->err = config_set_param(config->params, &config->nr_params,
					       CONFIG_MAX_PARAMS, section + strlen(POLICY_SECTION),
					       name, value, &place, reader->diag);
		return;
	}
	if (!strncmp(section, MODE_SECTION, strlen(MODE_SECTION))) {
		mode_key(reader, &place, section, name, value);
		return;
	}

	if (!strncmp(section, RULE_SECTION, strlen(RULE_SECTION))) {
		reader->err = config_check_text(&place, value, reader->diag);
		/* there is one: the section's line was judged before */
		if (!reader->err)
			reader->err =
				config_rule_set(find_rule(config, section + strlen(RULE_SECTION)),
						name, value, origin, reader->layer, reader->diag);
		return;
	}
	if (!strncmp(section, AUTO_SECTION, strlen(AUTO_SECTION))) {
		reader->err = config_check_text(&place, value, reader->diag);
		if (!reader->err)
			reader->err =
				config_auto_set(find_auto(config, section + strlen(AUTO_SECTION)),
						name, value, origin, reader->layer, reader->diag);
		return;
	}

	for (i = 0; i < nr; i++) {
		if (keys[i].section && !strcmp(keys[i].section, section) &&
		    !strcmp(keys[i].name, name))
			break;
	}
	if (i == nr) {
		unknown_key(reader, section, name);
		return;
	}
	if (config->origins[i].layer == reader->layer) {
		FAIL(reader, "%s is set twice; first at %s", name, config->origins[i].text);
		return;
	}
	reader->err = config_set_key(config, &keys[i], &place, value, reader->diag);
}

static int read_key(void *data, unsigned int number, const char *section, const char *name,
		    const char *value)
{
	struct reader *reader = data;
	struct diag reason;

	reader->line = number;
	file_key(reader, section, name, value);
	if (reader->err) {
		reason = *reader->diag;
		diag_set(reader->diag, reader->err, "%.900s%s", reason.text, config_value_hint(value));
	}
	return ends(reader) ? reader->err : 0;
}

bool config_ini_parse(const char *path, const char *text, size_t size, uint32_t layer,
		      struct config *config, struct config_mistakes *mistakes)
{
	static const struct ini_lines_ops ops = { .line = read_line, .key = read_key };
	struct reader reader = {
		.path = path,
		.layer = layer,
		.config = config,
		.mistakes = mistakes,
		.diag = mistakes->diag,
	};
	int err = ini_lines_parse(path, text, size, &ops, &reader, mistakes->diag);

	/* a mistake that ends the work has been noted before; one of the reader's own has not */
	if (reader.err || !err)
		return reader.err;
	return config_mistakes_add(mistakes, err);
}
