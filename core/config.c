/* SPDX-License-Identifier: GPL-2.0-only */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <ini.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exit_codes.h"
#include "suggest.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Larger than any file a person writes; keeps a wrong path from being read into memory. */
#define FILE_MAX (1u << 20)

#define POLICY_SECTION "policy."

static const char *const decisions_choices[] = {
	[CONFIG_DECISIONS_LEASED] = "leased",
	[CONFIG_DECISIONS_STRICT] = "strict",
	NULL,
};

static const struct config_key keys[] = {
	{
		.section = "scheduler",
		.name = "policy",
		.option = "policy",
		.type = CONFIG_TYPE_POLICY,
		.arg = "NAME|PATH",
		.def = "vruntime",
		.offset = offsetof(struct config, policy),
		.help = "who decides: an installed policy, or the path of a shared object",
	},
	{
		.section = "scheduler",
		.name = "decisions",
		.option = "decisions",
		.type = CONFIG_TYPE_CHOICE,
		.arg = "leased|strict",
		.def = "leased",
		.choices = decisions_choices,
		.offset = offsetof(struct config, decisions),
		.help = "leased: the kernel goes by the policy's terms for a while; "
			"strict: it asks the policy every time",
	},
	{
		.section = "scheduler",
		.name = "partial",
		.option = "partial",
		.type = CONFIG_TYPE_BOOL,
		.arg = "yes|no",
		.def = "no",
		.offset = offsetof(struct config, partial),
		.help = "schedule only tasks of class SCHED_EXT, for experiments: "
			"ordinary tasks go first and can starve them",
	},
	{
		.section = "scheduler",
		.name = "rescue_ms",
		.option = "rescue-ms",
		.type = CONFIG_TYPE_U32,
		.arg = "MS",
		.def = "20",
		.min = 5,
		.max = 1000,
		.offset = offsetof(struct config, rescue_ms),
		.help = "milliseconds a task may wait for the policy before the kernel goes on "
			"without it",
	},
	{
		.section = "scheduler",
		.name = "max_tasks",
		.option = "max-tasks",
		.type = CONFIG_TYPE_U32,
		.arg = "N",
		.def = "32768",
		.min = 1024,
		.max = 4194304,
		.offset = offsetof(struct config, max_tasks),
		.help = "tasks the policy can tell apart at one time; "
			"those beyond are scheduled by the default terms",
	},
	{
		.section = "scheduler",
		.name = "exit_dump_len",
		.option = "exit-dump-len",
		.type = CONFIG_TYPE_U32,
		.arg = "BYTES",
		.def = "32768",
		.min = 0,
		.max = 16u << 20,
		.offset = offsetof(struct config, exit_dump_len),
		.help = "room for the kernel's report in case it ends the scheduler",
	},
	{
		.option = "set",
		.type = CONFIG_TYPE_PARAM,
		.arg = "NAME.KEY=VALUE",
		.help = "as KEY = VALUE in section [policy.NAME] of the file; may be repeated",
	},
	{
		.option = "config",
		.type = CONFIG_TYPE_FILE,
		.arg = "FILE",
		.offset = offsetof(struct config, path),
		.help = "read FILE instead of " CONFIG_DEFAULT_PATH ", which may be missing",
	},
	{
		.option = "list-policies",
		.type = CONFIG_TYPE_ACTION,
		.min = CONFIG_ACTION_LIST_POLICIES,
		.help = "list the policies that are found, with their parameters",
	},
	{
		.option = "verbose",
		.type = CONFIG_TYPE_BOOL,
		.arg = "yes|no",
		.def = "no",
		.offset = offsetof(struct config, verbose),
		.help = "say more while it runs",
	},
	{
		.option = "version",
		.type = CONFIG_TYPE_ACTION,
		.min = CONFIG_ACTION_VERSION,
		.help = "print the version",
	},
	{
		.option = "help",
		.type = CONFIG_TYPE_ACTION,
		.min = CONFIG_ACTION_HELP,
		.help = "print this text",
	},
};

const struct config_key *config_keys(size_t *ret_nr)
{
	*ret_nr = ARRAY_LEN(keys);
	return keys;
}

int config_parse_u64(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return -ERANGE;
	}
	*ret_value = value;
	return 0;
}

int config_parse_bool(const char *text, bool *ret_value)
{
	static const char *const words[][2] = {
		{ "no", "yes" },
		{ "false", "true" },
		{ "off", "on" },
		{ "0", "1" },
	};
	size_t i;
	int value;

	for (i = 0; i < ARRAY_LEN(words); i++) {
		for (value = 0; value < 2; value++) {
			if (!strcasecmp(text, words[i][value])) {
				*ret_value = value;
				return 0;
			}
		}
	}
	return -EINVAL;
}

bool config_is_policy_name(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 0 && len < sizeof(((struct config_param *)0)->policy) && !text[len];
}

/* A value's place in sentences: "--rescue-ms" or "/etc/scx-cland.ini:12: rescue_ms". */
struct place {
	char text[384];
	bool in_file;
};

static int set_text(const struct place *place, const char *text, char *ret_text, size_t size,
		    struct diag *diag)
{
	size_t len = strlen(text);

	if (len >= size)
		return diag_set(diag, -EINVAL, "%s: the value is %zu bytes long; at most %zu fit",
				place->text, len, size - 1);
	memcpy(ret_text, text, len + 1);
	return 0;
}

static int set_policy(const struct place *place, const char *text, char *ret_text, size_t size,
		      struct diag *diag)
{
	if (strlen(text) >= size)
		return set_text(place, text, ret_text, size, diag);
	if (place->in_file && strchr(text, '/') && text[0] != '/')
		return diag_set(diag, -EINVAL,
				"%s: '%s' is a relative path; in the file it must start with '/'",
				place->text, text);
	if (!strchr(text, '/') && !config_is_policy_name(text))
		return diag_set(diag, -EINVAL,
				"%s: '%s' is no policy; expected a name (at most 31 of a-z, 0-9 "
				"and '-', as --list-policies shows) or a path with a '/' in it",
				place->text, text);
	return set_text(place, text, ret_text, size, diag);
}

static int set_choice(const struct config_key *key, const struct place *place, const char *text,
		      unsigned int *ret_choice, struct diag *diag)
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

/* origin is where it was said; replace: what was said before no longer counts, else it is an error.
 */
static int set_param(struct config *config, const char *policy, const char *key, const char *value,
		     const char *origin, bool replace, struct diag *diag)
{
	struct config_param *param = NULL;
	size_t i, len = strlen(key);

	if (!config_is_policy_name(policy))
		return diag_set(diag, -EINVAL,
				"%s: '%.64s' is no policy name; expected at most 31 of a-z, 0-9 "
				"and '-'",
				origin, policy);
	if (!len || len >= sizeof(param->key))
		return diag_set(diag, -EINVAL,
				"%s: the name of a parameter has 1 to %zu letters, this one %zu",
				origin, sizeof(param->key) - 1, len);
	if (!*value)
		return diag_set(diag, -EINVAL, "%s: %s: the value is missing", origin, key);
	if (strlen(value) >= sizeof(param->value))
		return diag_set(diag, -EINVAL,
				"%s: %s: the value is %zu bytes long; at most %zu fit", origin, key,
				strlen(value), sizeof(param->value) - 1);

	for (i = 0; i < config->nr_params; i++) {
		param = &config->params[i];
		if (!strcmp(param->policy, policy) && !strcmp(param->key, key))
			break;
	}
	if (i < config->nr_params && !replace)
		return diag_set(diag, -EINVAL, "%s: %s is set twice; first at %s", origin, key,
				param->origin);
	if (i == CONFIG_MAX_PARAMS)
		return diag_set(diag, -EINVAL, "%s: %s: only %d policy parameters fit", origin, key,
				CONFIG_MAX_PARAMS);
	if (i == config->nr_params)
		config->nr_params++;
	param = &config->params[i];
	/* all checked above to fit */
	strcpy(param->policy, policy);
	strcpy(param->key, key);
	strcpy(param->value, value);
	snprintf(param->origin, sizeof(param->origin), "%s", origin);
	return 0;
}

static int set_param_option(struct config *config, const char *text, struct diag *diag)
{
	char policy[64], key[64];
	const char *equals = strchr(text, '=');
	const char *dot = strchr(text, '.');

	if (!equals || !dot || dot > equals)
		return diag_set(diag, -EINVAL,
				"--set: '%.128s' is not NAME.KEY=VALUE, the policy's name, a dot "
				"and what would stand in its section of the file",
				text);
	if ((size_t)(dot - text) >= sizeof(policy) || (size_t)(equals - dot) > sizeof(key))
		return diag_set(diag, -EINVAL,
				"--set: names of policies and parameters have at most 31 letters");
	memcpy(policy, text, (size_t)(dot - text));
	policy[dot - text] = '\0';
	memcpy(key, dot + 1, (size_t)(equals - dot - 1));
	key[equals - dot - 1] = '\0';
	return set_param(config, policy, key, equals + 1, "--set", true, diag);
}

/* Every value, be it default, file or command line, comes in here. text is NULL for --OPTION. */
static int set_key(struct config *config, const struct config_key *key, const struct place *place,
		   const char *text, struct diag *diag)
{
	void *to = (char *)config + key->offset;
	uint64_t number;
	int err;

	if (text && !*text)
		return diag_set(diag, -EINVAL, "%s: the value is missing; expected %s", place->text,
				key->arg);

	switch (key->type) {
	case CONFIG_TYPE_POLICY:
		return set_policy(place, text, to, sizeof(config->policy), diag);
	case CONFIG_TYPE_FILE:
		return set_text(place, text, to, sizeof(config->path), diag);
	case CONFIG_TYPE_CHOICE:
		return set_choice(key, place, text, to, diag);
	case CONFIG_TYPE_PARAM:
		return set_param_option(config, text, diag);
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

static int load_defaults(struct config *config, struct diag *diag)
{
	struct place place = { .text = "default" };
	size_t i;
	int err;

	memset(config, 0, sizeof(*config));
	for (i = 0; i < ARRAY_LEN(keys); i++) {
		if (!keys[i].def)
			continue;
		err = set_key(config, &keys[i], &place, keys[i].def, diag);
		if (err)
			return err;
	}
	return 0;
}

/* The file, in memory, as inih draws line after line from it. */
struct reader {
	const char *path;
	const char *text;
	size_t size, at;
	unsigned int line;		      /* the one handed out last; the first is 1 */
	unsigned int set_at[ARRAY_LEN(keys)]; /* the line that set the key; 0: none has */
	struct config *config;
	struct diag *diag;
	int err; /* of the first mistake; nothing is read after it */
};

#define FAIL(reader, fmt, ...)                                                                     \
	((reader)->err = diag_set((reader)->diag, -EINVAL, "%s:%u: " fmt, (reader)->path,          \
				  (reader)->line, ##__VA_ARGS__))

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/*
 * The library reports no empty sections, cuts long names of sections, and ignores what comes after
 * the bracket; so the line is judged here.
 */
static void check_section(struct reader *reader, const char *line, size_t len)
{
	const char *end = memchr(line, ']', len), *dot;
	char name[sizeof(POLICY_SECTION) + 32], like[64];
	struct suggest suggest;
	size_t name_len, rest;

	if (!end) {
		FAIL(reader, "the section's name does not end with ']'");
		return;
	}
	name_len = (size_t)(end - line - 1);
	for (rest = name_len + 2; rest < len && is_blank(line[rest]); rest++)
		;
	if (rest < len && (line[rest] != ';' || !is_blank(line[rest - 1]))) {
		FAIL(reader, "there is text after the ']'; a key starts on a new line");
		return;
	}
	if (name_len >= sizeof(name)) {
		FAIL(reader,
		     "the section's name is %zu bytes long; expected [scheduler] or "
		     "[policy.NAME] with at most 31 letters",
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
	suggest_init(&suggest, name);
	suggest_try(&suggest, "scheduler");
	dot = strchr(name, '.');
	if (dot) {
		snprintf(like, sizeof(like), "policy%s", dot);
		suggest_try(&suggest, like);
	}
	FAIL(reader, "unknown section [%s]; expected [scheduler] or [policy.NAME]%s", name,
	     suggest_hint(&suggest));
}

/* An ini_reader: like fgets(), with everything taken off the line that is not for the library. */
static char *read_line(char *buf, int size, void *stream)
{
	struct reader *reader = stream;
	const char *line, *newline;
	size_t len, i;

	if (reader->err || reader->at >= reader->size)
		return NULL;
	line = reader->text + reader->at;
	newline = memchr(line, '\n', reader->size - reader->at);
	len = newline ? (size_t)(newline - line) : reader->size - reader->at;
	reader->at += len + 1;
	reader->line++;

	if (reader->line == 1 && len >= 3 && !memcmp(line, "\xef\xbb\xbf", 3)) {
		line += 3;
		len -= 3;
	}
	while (len && is_blank(line[len - 1]))
		len--;
	/* an indented line would continue the one before it */
	while (len && is_blank(*line)) {
		line++;
		len--;
	}
	buf[0] = '\0';
	if (!len || line[0] == '#' || line[0] == ';')
		return buf;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];

		if ((c < ' ' && c != '\t') || c == 0x7f) {
			FAIL(reader, "there is a control character (0x%02x) in the line", c);
			return NULL;
		}
	}
	if (len + 2 > (size_t)size) {
		FAIL(reader, "the line is %zu bytes long; at most %d fit", len, size - 2);
		return NULL;
	}
	if (line[0] == '[') {
		check_section(reader, line, len);
	} else if (!memchr(line, '=', len) && !memchr(line, ':', len)) {
		FAIL(reader, "'%.*s%s' has no '='; expected KEY = VALUE", len > 64 ? 64 : (int)len,
		     line, len > 64 ? "..." : "");
	}
	if (reader->err)
		return NULL;
	memcpy(buf, line, len);
	buf[len] = '\0';
	return buf;
}

static void unknown_key(struct reader *reader, const char *section, const char *name)
{
	struct suggest suggest;
	char all[256] = "";
	size_t i, len = 0;

	suggest_init(&suggest, name);
	for (i = 0; i < ARRAY_LEN(keys); i++) {
		if (!keys[i].section || strcmp(keys[i].section, section) != 0)
			continue;
		suggest_try(&suggest, keys[i].name);
		if (len < sizeof(all))
			len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s",
						len ? ", " : "", keys[i].name);
	}
	if (suggest.best)
		FAIL(reader, "unknown key '%.64s' in [%s]%s", name, section,
		     suggest_hint(&suggest));
	else
		FAIL(reader, "unknown key '%.64s' in [%s]; expected one of %s", name, section, all);
}

static void file_key(struct reader *reader, const char *section, const char *name,
		     const char *value)
{
	struct place place = { .in_file = true };
	size_t i;

	if (!*name) {
		FAIL(reader, "there is no key before the '='; expected KEY = VALUE");
		return;
	}
	if (!*section) {
		FAIL(reader, "'%.64s' stands before any section; put a line [scheduler] above it",
		     name);
		return;
	}
	if (!strncmp(section, POLICY_SECTION, strlen(POLICY_SECTION))) {
		snprintf(place.text, sizeof(place.text), "%s:%u", reader->path, reader->line);
		reader->err = set_param(reader->config, section + strlen(POLICY_SECTION), name,
					value, place.text, false, reader->diag);
		return;
	}

	for (i = 0; i < ARRAY_LEN(keys); i++) {
		if (keys[i].section && !strcmp(keys[i].section, section) &&
		    !strcmp(keys[i].name, name))
			break;
	}
	if (i == ARRAY_LEN(keys)) {
		unknown_key(reader, section, name);
		return;
	}
	if (reader->set_at[i]) {
		FAIL(reader, "%s is set twice; first on line %u", name, reader->set_at[i]);
		return;
	}
	reader->set_at[i] = reader->line;
	snprintf(place.text, sizeof(place.text), "%s:%u: %s", reader->path, reader->line, name);
	reader->err = set_key(reader->config, &keys[i], &place, value, reader->diag);
}

/*
 * An ini_handler. Debian builds the library without line numbers for the handler, but it is called
 * for each line before the next is drawn, so the reader's count is the line's.
 */
static int handle_key(void *user, const char *section, const char *name, const char *value
#if INI_HANDLER_LINENO
		      ,
		      int line
#endif
)
{
	struct reader *reader = user;

#if INI_HANDLER_LINENO
	(void)line;
#endif
	if (!reader->err)
		file_key(reader, section, name, value ? value : "");
	return !reader->err;
}

static int parse_text(const char *path, const char *text, size_t size, struct config *config,
		      struct diag *diag)
{
	struct reader reader = {
		.path = path,
		.text = text,
		.size = size,
		.config = config,
		.diag = diag,
	};
	const char *nul = memchr(text, '\0', size), *p;
	int line;

	if (nul) {
		for (p = text, reader.line = 1; p < nul; p++)
			reader.line += *p == '\n';
		return FAIL(&reader, "there is a NUL byte; this is not a text file");
	}
	line = ini_parse_stream(read_line, &reader, handle_key, &reader);
	if (reader.err)
		return reader.err;
	if (line < 0)
		return diag_set(diag, -ENOMEM, "%s: no memory to read it", path);
	if (line > 0)
		return diag_set(diag, -EINVAL, "%s:%d: not understood; expected KEY = VALUE", path,
				line);
	return 0;
}

static int read_file(int fd, const char *path, char **ret_text, size_t *ret_size, struct diag *diag)
{
	char *text = malloc(FILE_MAX + 1);
	size_t size = 0;
	ssize_t n;
	int err;

	if (!text)
		return diag_set(diag, -ENOMEM, "%s: no memory to read it", path);
	while (size <= FILE_MAX) {
		n = read(fd, text + size, FILE_MAX + 1 - size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err = diag_set(diag, -errno, "%s: cannot be read: %s", path,
				       strerror(errno));
			goto out;
		}
		if (!n)
			break;
		size += (size_t)n;
	}
	if (size > FILE_MAX) {
		err = diag_set(diag, -EFBIG, "%s: larger than 1 MiB; not a configuration file",
			       path);
		goto out;
	}
	*ret_text = text;
	*ret_size = size;
	return 0;
out:
	free(text);
	return err;
}

static int load_file(const char *path, bool may_be_missing, struct config *config,
		     struct diag *diag)
{
	struct stat st;
	char *text = NULL;
	size_t size = 0;
	int fd, err;

	/* O_NONBLOCK: a FIFO must not hold us up until it is found not to be a regular file */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT && may_be_missing)
		return 0;
	if (fd < 0)
		return diag_set(diag, -errno, "%s: the configuration file cannot be opened: %s",
				path, strerror(errno));
	if (fstat(fd, &st)) {
		err = diag_set(diag, -errno, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		err = diag_set(diag, -EINVAL, "%s: not a regular file; expected an INI file", path);
		goto out;
	}
	err = read_file(fd, path, &text, &size, diag);
	if (err)
		goto out;
	err = parse_text(path, text, size, config, diag);
	if (err)
		goto out;
	snprintf(config->path, sizeof(config->path), "%s", path);
out:
	free(text);
	close(fd);
	return err;
}

/* getopt's values for the rows of the table; above every character. */
#define OPTION_BASE 256

static int unknown_option(const char *arg, struct diag *diag)
{
	struct suggest suggest;
	char name[64];
	size_t i;

	snprintf(name, sizeof(name), "%s", arg + strspn(arg, "-"));
	name[strcspn(name, "=")] = '\0';
	suggest_init(&suggest, name);
	for (i = 0; i < ARRAY_LEN(keys); i++)
		suggest_try(&suggest, keys[i].option);
	if (suggest.best)
		return diag_set(diag, -EINVAL, "unknown option --%s; did you mean --%s?", name,
				suggest.best);
	return diag_set(diag, -EINVAL, "unknown option --%s; --help lists them", name);
}

static int load_options(int argc, char *const argv[], struct config *config, struct diag *diag)
{
	struct option options[ARRAY_LEN(keys) + 1] = { 0 };
	struct place place = { 0 };
	size_t i;
	int opt, err;

	for (i = 0; i < ARRAY_LEN(keys); i++) {
		options[i].name = keys[i].option;
		options[i].val = OPTION_BASE + (int)i;
		if (keys[i].type == CONFIG_TYPE_ACTION)
			options[i].has_arg = no_argument;
		else if (keys[i].type == CONFIG_TYPE_BOOL)
			options[i].has_arg = optional_argument;
		else
			options[i].has_arg = required_argument;
	}

	opterr = 0;
	optind = 0; /* glibc: start over, forgetting all of an earlier call */
	/* '+': leave argv in its order; ':': tell a missing value from an unknown option */
	while ((opt = getopt_long(argc, argv, "+:", options, NULL)) != -1) {
		if (opt >= OPTION_BASE) {
			i = (size_t)(opt - OPTION_BASE);
			snprintf(place.text, sizeof(place.text), "--%s", keys[i].option);
			err = set_key(config, &keys[i], &place, optarg, diag);
			if (err)
				return err;
			continue;
		}
		if (opt == ':')
			return diag_set(diag, -EINVAL, "--%s: the value is missing; expected %s",
					keys[optopt - OPTION_BASE].option,
					keys[optopt - OPTION_BASE].arg);
		if (optopt >= OPTION_BASE)
			return diag_set(diag, -EINVAL, "--%s takes no value",
					keys[optopt - OPTION_BASE].option);
		if (optopt)
			return diag_set(diag, -EINVAL,
					"unknown option -%c; options are long and start with two "
					"dashes, --help lists them",
					optopt);
		return unknown_option(argv[optind - 1], diag);
	}
	if (optind < argc)
		return diag_set(diag, -EINVAL,
				"unexpected argument '%.128s'; expected options only, --help lists "
				"them",
				argv[optind]);
	return 0;
}

int config_load(int argc, char *const argv[], struct config *ret_config, struct diag *diag)
{
	struct config config;
	char path[sizeof(config.path)];
	int err;

	/* once for the file's name and to refuse mistakes early, once more on top of the file */
	err = load_defaults(&config, diag);
	if (!err)
		err = load_options(argc, argv, &config, diag);
	if (err)
		return err;
	if (config.action == CONFIG_ACTION_RUN) {
		bool named = config.path[0];

		strcpy(path, named ? config.path : CONFIG_DEFAULT_PATH);
		err = load_defaults(&config, diag);
		if (!err)
			err = load_file(path, !named, &config, diag);
		if (!err)
			err = load_options(argc, argv, &config, diag);
		if (err)
			return err;
	}
	*ret_config = config;
	return 0;
}

/* Write words from column on, no line longer than 80; ends the line. */
static void put_wrapped(FILE *out, int column, const char *text)
{
	int at = column;

	while (*text) {
		int len = (int)strcspn(text, " ");

		if (at > column && at + 1 + len > 80) {
			fprintf(out, "\n%*s", column, "");
			at = column;
		}
		if (at > column)
			at += fprintf(out, " ");
		at += fprintf(out, "%.*s", len, text);
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

void config_usage(FILE *out)
{
	const struct config_key *key;
	const struct exit_code_entry *code;
	char head[64], text[256];

	fputs("Usage: scx-cland [OPTION]...\n\n"
	      "Runs a CPU scheduler whose policy is a shared object, until SIGTERM, SIGINT or SIGHUP.\n"
	      "Needs root and a kernel with sched_ext. Options win over the file.\n\n",
	      out);
	fputs("Settings, which are also keys of the file's section [scheduler], with '_' for "
	      "'-':\n",
	      out);
	for (key = keys; key < keys + ARRAY_LEN(keys); key++) {
		if (!key->section && key > keys && key[-1].section)
			fputs("\nOther options:\n", out);
		if (key->type == CONFIG_TYPE_BOOL)
			snprintf(head, sizeof(head), "--%s[=%s]", key->option, key->arg);
		else
			snprintf(head, sizeof(head), "--%s%s%s", key->option, key->arg ? "=" : "",
				 key->arg ? key->arg : "");
		if (key->type == CONFIG_TYPE_U32)
			snprintf(text, sizeof(text), "%s (%" PRIu32 " to %" PRIu32 "; default %s)",
				 key->help, key->min, key->max, key->def);
		else if (key->def)
			snprintf(text, sizeof(text), "%s (default %s)", key->help, key->def);
		else
			snprintf(text, sizeof(text), "%s", key->help);
		fprintf(out, "  %-26s ", head);
		put_wrapped(out, 29, text);
	}
	fputs("\nExit codes:\n", out);
	for (code = exit_codes; code->help; code++) {
		fprintf(out, "  %d  ", (int)code->code);
		put_wrapped(out, 5, code->help);
	}
	fputs("\nFiles:\n"
	      "  " CONFIG_DEFAULT_PATH "\n"
	      "      sections [scheduler] and, for the parameters of a policy, [policy.NAME]\n"
	      "  " CLAND_DOC_DIR "/scx-cland.ini\n"
	      "      a sample that lists and explains every key\n"
	      "  " CLAND_POLICY_DIR "/NAME.so\n"
	      "      policies; $SCX_CLAND_POLICY_PATH names other folders, separated by colons\n",
	      out);
}
