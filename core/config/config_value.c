/* SPDX-License-Identifier: GPL-2.0-only */
#include "config_value.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "suggest.h"

/* A value must be one that can stand in a line of a file. */
#define POLICY_MAX (CONFIG_LINE_SIZE - sizeof("policy = ") + 1)

/* Of options that say how often. */
#define SECONDS_MIN_MS 100u
#define SECONDS_MAX 86400u

void config_place_set(struct config_place *place, uint32_t layer, const char *origin,
		      const char *key)
{
	snprintf(place->origin.text, sizeof(place->origin.text), "%s", origin);
	place->origin.layer = layer;
	snprintf(place->text, sizeof(place->text), "%s%s%.64s", origin, key ? ": " : "",
		 key ? key : "");
}

int config_check_text(const struct config_place *place, const char *text, struct diag *diag)
{
	size_t i;

	for (i = 0; text[i]; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return diag_set(diag, -EINVAL,
					"%s: there is a control character (0x%02x) in the value",
					place->text, c);
		if (c == ';' && (!i || config_is_blank(text[i - 1])))
			return diag_set(diag, -EINVAL,
					"%s: a ';' after a blank starts a comment and cannot be in "
					"a value",
					place->text);
	}
	if (i && (config_is_blank(text[0]) || config_is_blank(text[i - 1])))
		return diag_set(diag, -EINVAL,
				"%s: the value starts or ends with a blank; take it away",
				place->text);
	return 0;
}

const char *config_value_hint(const char *text)
{
	const char *hash = strchr(text, '#');

	if (text[0] == '"' || text[0] == '\'')
		return "; quotes are part of the value, leave them out";
	while (hash && (hash == text || !config_is_blank(hash[-1])))
		hash = strchr(hash + 1, '#');
	return hash ? "; a comment with '#' takes a line of its own, one behind a value starts with ';'" : "";
}

int config_set_text(const struct config_place *place, const char *text, char *ret_text, size_t size,
		    struct diag *diag)
{
	size_t len = strlen(text);
	int err = config_check_text(place, text, diag);

	if (err)
		return err;
	if (len >= size)
		return diag_set(diag, -EINVAL, "%s: the value is %zu bytes long; at most %zu fit",
				place->text, len, size - 1);
	memcpy(ret_text, text, len + 1);
	return 0;
}

int config_set_policy(const struct config_place *place, const char *text, char *ret_text,
		      size_t size, struct diag *diag)
{
	char cwd[PATH_MAX], path[2 * PATH_MAX];

	if (size > POLICY_MAX)
		size = POLICY_MAX + 1;
	if (strlen(text) >= size)
		return config_set_text(place, text, ret_text, size, diag);
	if (!strchr(text, '/')) {
		if (!config_is_policy_name(text))
			return diag_set(diag, -EINVAL,
					"%s: '%s' is no policy; expected a name (at most 31 of "
					"a-z, 0-9 and '-', as --list-policies shows) or a path "
					"with a '/' in it",
					place->text, text);
	} else if (text[0] != '/') {
		if (place->origin.layer != CONFIG_LAYER_COMMAND_LINE)
			return diag_set(diag, -EINVAL,
					"%s: '%s' is a relative path; in the file it must start "
					"with '/'",
					place->text, text);
		if (!getcwd(cwd, sizeof(cwd)))
			return diag_set(diag, -errno,
					"%s: '%s' is relative to a folder without a name: %s",
					place->text, text, strerror(errno));
		while (!strncmp(text, "./", 2))
			text += 2;
		snprintf(path, sizeof(path), "%s/%s", strcmp(cwd, "/") ? cwd : "", text);
		return config_set_text(place, path, ret_text, size, diag);
	}
	return config_set_text(place, text, ret_text, size, diag);
}

static int set_mode(const struct config_place *place, const char *text, char *ret_text, size_t size,
		    struct diag *diag)
{
	if (!config_is_policy_name(text))
		return diag_set(diag, -EINVAL,
				"%s: '%.64s' is no mode; expected a name with at most 31 of a-z, "
				"0-9 and '-'",
				place->text, text);
	return config_set_text(place, text, ret_text, size, diag);
}

static int set_choice(const struct config_key *key, const struct config_place *place,
		      const char *text, unsigned int *ret_choice, struct diag *diag)
{
	struct suggest suggest;
	unsigned int i;

	suggest_init(&suggest, text);
	for (i = 0; key->choices[i]; i++) {
		if (!strcmp(text, key->choices[i])) {
			*ret_choice = i;
			return 0;
		}
		suggest_try(&suggest, key->choices[i]);
	}
	return diag_set(diag, -EINVAL, "%s: '%.64s' is not possible; expected %s%s", place->text,
			text, key->arg, suggest_hint(&suggest));
}

static struct config_param *find_param(struct config_param *params, size_t nr, const char *policy,
				       const char *key)
{
	const struct config_param *found = config_find_param(params, nr, policy, key);

	return found ? params + (found - params) : NULL;
}

/* The texts are known to fit. */
static void write_param(struct config_param *param, const struct config_place *place,
			const char *policy, const char *key, const char *value)
{
	strcpy(param->policy, policy);
	strcpy(param->key, key);
	strcpy(param->value, value);
	strcpy(param->origin, place->origin.text);
	param->layer = place->origin.layer;
}

static bool is_param_key(const char *key)
{
	return *key != '.' &&
	       !key[strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"0123456789_-.")];
}

int config_set_param(struct config_param *params, size_t *nr, size_t max, const char *policy,
		     const char *key, const char *value, const struct config_place *place,
		     struct diag *diag)
{
	const char *origin = place->origin.text;
	struct config_param *param;
	struct config_place full = *place;
	size_t len = strlen(key);
	int err;

	if (!config_is_policy_name(policy))
		return diag_set(diag, -EINVAL,
				"%s: '%.64s' is no policy name; expected at most 31 of a-z, 0-9 "
				"and '-'",
				origin, policy);
	if (!len || len >= sizeof(param->key))
		return diag_set(diag, -EINVAL,
				"%s: the name of a parameter has 1 to %zu letters, this one %zu",
				origin, sizeof(param->key) - 1, len);
	if (!is_param_key(key))
		return diag_set(diag, -EINVAL,
				"%s: '%s' is no name of a parameter; expected a-z, 0-9 and '_'",
				origin, key);
	if (!*value)
		return diag_set(diag, -EINVAL, "%s: %s: the value is missing", origin, key);
	if (strlen(value) >= sizeof(param->value))
		return diag_set(diag, -EINVAL,
				"%s: %s: the value is %zu bytes long; at most %zu fit", origin, key,
				strlen(value), sizeof(param->value) - 1);
	config_place_set(&full, place->origin.layer, origin, key);
	err = config_check_text(&full, value, diag);
	if (err)
		return err;

	param = find_param(params, *nr, policy, key);
	if (param && param->layer == place->origin.layer &&
	    param->layer != CONFIG_LAYER_COMMAND_LINE)
		return diag_set(diag, -EINVAL, "%s: %s is set twice; first at %s", origin, key,
				param->origin);
	if (!param && *nr == max)
		return diag_set(diag, -EINVAL, "%s: %s: only %zu policy parameters fit", origin,
				key, max);
	if (!param)
		param = &params[(*nr)++];
	write_param(param, place, policy, key, value);
	return 0;
}

int config_split_param(const struct config_place *place, const char *text, size_t len,
		       char policy[64], char key[64], struct diag *diag)
{
	const char *dot = memchr(text, '.', len);
	size_t policy_len = (size_t)(dot - text), key_len = len - policy_len - 1;

	if (policy_len >= 64 || key_len >= 64)
		return diag_set(diag, -EINVAL,
				"%s: names of policies and parameters have at most 31 letters",
				place->origin.text);
	memcpy(policy, text, policy_len);
	policy[policy_len] = '\0';
	memcpy(key, dot + 1, key_len);
	key[key_len] = '\0';
	return 0;
}

static int set_param_option(struct config *config, const char *text,
			    const struct config_place *place, struct diag *diag)
{
	const char *equals = strchr(text, '=');
	const char *dot = strchr(text, '.');
	struct config_param *param;
	char policy[64], key[64];
	size_t i;
	int err;

	if (!equals || !dot || dot > equals)
		return diag_set(diag, -EINVAL,
				"--set: '%.128s' is not NAME.KEY=VALUE, the policy's name, a dot "
				"and what would stand in its section of the file",
				text);
	err = config_split_param(place, text, (size_t)(equals - text), policy, key, diag);
	if (!err)
		err = config_set_param(config->params, &config->nr_params, CONFIG_MAX_PARAMS,
				       policy, key, equals + 1, place, diag);
	if (err)
		return err;
	/* the command line counts over all, so over the modes */
	for (i = 0; i < config->nr_modes; i++) {
		param = find_param(config->modes[i].params, config->modes[i].nr_params, policy,
				   key);
		if (param)
			write_param(param, place, policy, key, equals + 1);
	}
	return 0;
}

/* Where somebody may be listened to, or CONFIG_OFF. */
static int set_address(const struct config_place *place, const char *text, char *ret_text,
		       struct diag *diag)
{
	struct listen_address address;

	if (strcmp(text, CONFIG_OFF) != 0 && listen_address_parse(text, &address))
		return diag_set(diag, -EINVAL,
				"%s: '%.64s' is no address; expected " CONFIG_OFF "|"
				LISTEN_ADDRESS_FORMS ", a path being absolute and at most %d bytes "
				"long", place->text, text, LISTEN_ADDRESS_SIZE - 1);
	return config_set_text(place, text, ret_text, LISTEN_ADDRESS_SIZE, diag);
}

/* Seconds with at most three decimals, as sched_ext's tools take them. */
static int set_seconds(const struct config_place *place, const char *text, uint32_t *ret_ms,
		       struct diag *diag)
{
	const char *point = strchr(text, '.');
	char whole[16] = "0", part[4] = "000";
	size_t len = point ? (size_t)(point - text) : strlen(text), i;
	uint64_t seconds = 0, ms = 0;

	if (len < sizeof(whole) && (!point || (point[1] && strlen(point + 1) < sizeof(part)))) {
		if (len)
			snprintf(whole, sizeof(whole), "%.*s", (int)len, text);
		for (i = 0; point && point[i + 1]; i++)
			part[i] = point[i + 1];
		if (!config_parse_u64(whole, &seconds) && !config_parse_u64(part, &ms) &&
		    seconds <= SECONDS_MAX && seconds * 1000 + ms >= SECONDS_MIN_MS &&
		    seconds * 1000 + ms <= SECONDS_MAX * 1000) {
			*ret_ms = (uint32_t)(seconds * 1000 + ms);
			return 0;
		}
	}
	return diag_set(diag, -EINVAL, "%s: '%.64s' is no time; expected seconds from 0.1 to %u",
			place->text, text, SECONDS_MAX);
}

/* text is NULL for --OPTION. */
static int set_value(struct config *config, const struct config_key *key,
		     const struct config_place *place, const char *text, struct diag *diag)
{
	void *to = (char *)config + key->offset;
	uint64_t number;
	int err;

	if (text && !*text)
		return diag_set(diag, -EINVAL, "%s: the value is missing; expected %s", place->text,
				key->arg);

	switch (key->type) {
	case CONFIG_TYPE_POLICY:
		return config_set_policy(place, text, to, sizeof(config->policy), diag);
	case CONFIG_TYPE_FILE:
		if (strlen(text) >= sizeof(config->path))
			return diag_set(diag, -EINVAL,
					"%s: the path is %zu bytes long; at most %zu fit",
					place->text, strlen(text), sizeof(config->path) - 1);
		strcpy(to, text);
		return 0;
	case CONFIG_TYPE_MODE:
		return set_mode(place, text, to, sizeof(config->mode), diag);
	case CONFIG_TYPE_CHOICE:
		return set_choice(key, place, text, to, diag);
	case CONFIG_TYPE_ADDRESS:
		return set_address(place, text, to, diag);
	case CONFIG_TYPE_SECONDS:
		if (key->min)
			config->action = (enum config_action)key->min;
		return set_seconds(place, text, to, diag);
	case CONFIG_TYPE_PARAM:
		return set_param_option(config, text, place, diag);
	case CONFIG_TYPE_ACTION:
		config->action = (enum config_action)key->min;
		return 0;
	case CONFIG_TYPE_BOOL:
		if (config_parse_bool(text ? text : "yes", to))
			return diag_set(diag, -EINVAL,
					"%s: '%.64s' is neither yes nor no; expected %s",
					place->text, text, key->arg);
		return 0;
	case CONFIG_TYPE_U32:
		err = config_parse_u64(text, &number);
		if (err == -EINVAL)
			return diag_set(diag, -EINVAL,
					"%s: '%.64s' is not a whole number; expected %" PRIu32
					" to %" PRIu32,
					place->text, text, key->min, key->max);
		if (err || number < key->min || number > key->max)
			return diag_set(diag, -EINVAL,
					"%s: '%.64s' is out of range; expected %" PRIu32
					" to %" PRIu32,
					place->text, text, key->min, key->max);
		*(uint32_t *)to = (uint32_t)number;
		return 0;
	}
	return diag_set(diag, -EINVAL, "%s: a key of no known type", place->text);
}

int config_set_key(struct config *config, const struct config_key *key,
		   const struct config_place *place, const char *text, struct diag *diag)
{
	int err = set_value(config, key, place, text, diag);
	size_t nr;

	if (!err)
		config->origins[key - config_keys(&nr)] = place->origin;
	return err;
}
