/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_meta.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include <scx-cland/policy.h>

#include "policy_find.h"
#include "policy_image.h"

/* What a later version of the table may grow to. */
#define TABLE_MAX	   4096u
#define TABLE_MIN	   (offsetof(struct cland_policy_ops, rank) + sizeof(uint64_t))
#define KNOWN_CAPABILITIES (uint64_t)POLICY_META_CAPABILITIES

#define FAIL(image, err, ...) policy_image_fail(image, err, __VA_ARGS__)

/* A fault that does not hide others: an examiner wants to hear of those, too. */
#define FAULT(image, err, ...)                                                                     \
	do {                                                                                       \
		int fault_err = policy_image_fail(image, err, __VA_ARGS__);                        \
                                                                                                   \
		if (!(image)->examiner)                                                            \
			return fault_err;                                                          \
	} while (0)

/* The same for a function that may find faults. */
#define TRY(image, call)                                                                           \
	do {                                                                                       \
		int try_err = (call);                                                              \
                                                                                                   \
		if (try_err && !(image)->examiner)                                                 \
			return try_err;                                                            \
	} while (0)

/*
 * Copy a string, which must fit. ret_text[0] is '\0' and the result 0 when addr is 0, and what is
 * optional.
 */
static int read_string(const struct policy_image *image, uint64_t addr, const char *what,
		       bool required, char *ret_text, size_t size)
{
	const char *text;
	size_t avail = size, len, i;

	if (!addr) {
		if (required)
			return FAIL(image, -EINVAL, "the policy's table gives no %s", what);
		ret_text[0] = '\0';
		return 0;
	}
	text = policy_image_bytes(image, addr, 1, &avail);
	if (!text)
		return FAIL(image, -EINVAL, "the policy's %s is not in the file", what);
	len = strnlen(text, avail);
	if (len == size)
		return FAIL(image, -EINVAL, "the policy's %s is longer than %zu bytes", what,
			    size - 1);
	if (len == avail)
		return FAIL(image, -EINVAL, "the policy's %s has no end in the file", what);
	if (!len && required)
		return FAIL(image, -EINVAL, "the policy's %s is empty", what);
	/* it will be shown on terminals */
	for (i = 0; i < len; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return FAIL(image, -EINVAL, "the policy's %s has control characters in it",
				    what);
	}
	memcpy(ret_text, text, len + 1);
	return 0;
}

/* What the first fields say of the rest. *ret_size is how long the table says it is. */
static int check_start(const struct policy_image *image, const struct policy_image_symbol *symbol,
		       uint32_t *ret_size)
{
	struct cland_policy_ops ops = { 0 };
	size_t start = offsetof(struct cland_policy_ops, capabilities), avail = start;
	const char *bytes = policy_image_bytes(image, symbol->addr, start, &avail);

	if (!bytes)
		return FAIL(image, -EINVAL,
			    CLAND_POLICY_SYMBOL " has no content in the file; define it by "
						"CLAND_POLICY(...), as a constant");
	memcpy(&ops, bytes, start);
	if (ops.magic != CLAND_POLICY_MAGIC)
		return FAIL(image, -EINVAL,
			    CLAND_POLICY_SYMBOL " starts with 0x%" PRIx64 " where a policy has its "
						"mark; define it by CLAND_POLICY(...)",
			    ops.magic);
	if (ops.abi_major != CLAND_POLICY_ABI_MAJOR)
		return FAIL(image, -EINVAL,
			    "built for version %" PRIu32 " of the policy interface, and this "
			    "scx-cland has version %u; %s",
			    ops.abi_major, CLAND_POLICY_ABI_MAJOR,
			    ops.abi_major > CLAND_POLICY_ABI_MAJOR
				    ? "install a newer scx-cland"
				    : "rebuild the policy with this one's scx-cland/policy.h");
	if (ops.struct_size < TABLE_MIN || ops.struct_size > TABLE_MAX)
		return FAIL(image, -EINVAL,
			    "the policy's table says that it has %" PRIu32 " bytes; expected %zu "
			    "to %u, so rebuild the policy",
			    ops.struct_size, TABLE_MIN, TABLE_MAX);
	if (symbol->size && symbol->size < ops.struct_size)
		return FAIL(image, -EINVAL,
			    "the policy's table says that it has %" PRIu32 " bytes, and its symbol "
			    "has %" PRIu64 "; set struct_size to its sizeof",
			    ops.struct_size, symbol->size);
	*ret_size = ops.struct_size;
	return 0;
}

/* The table, with what a shorter one lacks as zero. Its pointers are addresses in the image. */
static int read_table(const struct policy_image *image, const struct policy_image_symbol *symbol,
		      struct cland_policy_ops *ret_ops)
{
	char table[TABLE_MAX];
	uint32_t size = 0;
	size_t avail, i;
	const char *bytes;
	int err;

	err = check_start(image, symbol, &size);
	if (err)
		return err;
	avail = size;
	bytes = policy_image_bytes(image, symbol->addr, size, &avail);
	if (!bytes)
		return FAIL(image, -EINVAL, "the policy's table is only partly in the file");
	memcpy(table, bytes, size);
	policy_image_relocate(image, symbol->addr, table, size);
	for (i = sizeof(*ret_ops); i < size; i++) {
		if (table[i]) {
			FAULT(image, -E2BIG,
			      "the policy uses what this scx-cland does not know (byte %zu of its "
			      "table); install a newer scx-cland",
			      i);
			break;
		}
	}
	memset(ret_ops, 0, sizeof(*ret_ops));
	memcpy(ret_ops, table, size < sizeof(*ret_ops) ? size : sizeof(*ret_ops));

	if (ret_ops->capabilities & ~KNOWN_CAPABILITIES)
		FAULT(image, -EINVAL,
		      "the policy needs capabilities 0x%" PRIx64 ", which this scx-cland does not "
		      "have; install a newer scx-cland",
		      ret_ops->capabilities & ~KNOWN_CAPABILITIES);
	if (ret_ops->task_priv_size > CLAND_TASK_PRIV_MAX)
		FAULT(image, -EINVAL,
		      "the policy wants %" PRIu32 " private bytes for each task; at most %u are to "
		      "be had",
		      ret_ops->task_priv_size, CLAND_TASK_PRIV_MAX);
	if (!ret_ops->rank)
		FAULT(image, -EINVAL, "the policy has no rank(), which is required");
	if (!ret_ops->reasons != !ret_ops->reason)
		FAULT(image, -EINVAL, "the policy has %s, and of reasons and reason() it takes both or neither",
		      ret_ops->reasons ? "reasons without reason()" : "reason() without reasons");
	return 0;
}

static bool is_param_name(const char *name)
{
	return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

static int read_param(const struct policy_image *image, const struct cland_param *raw,
		      const struct policy_meta *meta, struct policy_meta_param *ret_param)
{
	struct policy_meta_param *param = ret_param;
	char what[64];
	size_t i;
	int err;

	err = read_string(image, (uintptr_t)raw->name, "parameter's name", true, param->name,
			  sizeof(param->name));
	if (err)
		return err;
	if (!is_param_name(param->name))
		FAULT(image, -EINVAL,
		      "the parameter '%s' may have only a-z, 0-9 and '_' in its name", param->name);
	for (i = 0; i < meta->nr_params; i++) {
		if (!strcmp(meta->params[i].name, param->name))
			FAULT(image, -EINVAL, "the policy has two parameters '%s'", param->name);
	}
	snprintf(what, sizeof(what), "unit of '%s'", param->name);
	TRY(image, read_string(image, (uintptr_t)raw->unit, what, false, param->unit,
			       sizeof(param->unit)));
	snprintf(what, sizeof(what), "help on '%s'", param->name);
	TRY(image, read_string(image, (uintptr_t)raw->help, what, false, param->help,
			       sizeof(param->help)));
	if (raw->type != CLAND_PARAM_U64 && raw->type != CLAND_PARAM_BOOL &&
	    raw->type != CLAND_PARAM_RULES)
		FAULT(image, -EINVAL,
		      "the parameter '%s' is of type %" PRIu32 ", which this scx-cland does not "
		      "know; install a newer scx-cland",
		      param->name, raw->type);
	if (raw->reserved)
		FAULT(image, -EINVAL, "the parameter '%s' must have 0 in its reserved field",
		      param->name);

	for (i = 0; i < meta->nr_params; i++) {
		if (raw->type == CLAND_PARAM_RULES && meta->params[i].type == raw->type)
			FAULT(image, -EINVAL,
			      "the policy has two parameters of rules, '%s' and '%s'; one is "
			      "possible",
			      meta->params[i].name, param->name);
	}
	param->type = raw->type;
	param->min = raw->type == CLAND_PARAM_BOOL ? 0 : raw->min;
	param->max = raw->type == CLAND_PARAM_BOOL ? 1 : raw->max;
	param->def = raw->def;
	if (raw->type == CLAND_PARAM_RULES && (raw->min || raw->max || raw->def))
		FAULT(image, -EINVAL,
		      "the parameter '%s' is of rules, and must have 0 for min, max and def",
		      param->name);
	if (param->def < param->min || param->def > param->max)
		FAULT(image, -EINVAL,
		      "the default of the parameter '%s' is %" PRIu64 ", and its range %" PRIu64
		      " to %" PRIu64,
		      param->name, param->def, param->min, param->max);
	return 0;
}

static int read_params(const struct policy_image *image, uint64_t addr, struct policy_meta *meta)
{
	struct cland_param raw[POLICY_META_MAX_TABLE + 1];
	size_t size = sizeof(raw), i;
	const char *bytes;

	if (!addr)
		return 0;
	bytes = policy_image_bytes(image, addr, sizeof(raw[0]), &size);
	if (!bytes)
		return FAIL(image, -EINVAL, "the policy's parameters are not in the file");
	memcpy(raw, bytes, size);
	policy_image_relocate(image, addr, (char *)raw, size);
	for (i = 0; i < size / sizeof(raw[0]); i++) {
		if (!raw[i].name)
			return 0;
		if (i == POLICY_META_MAX_TABLE)
			return FAIL(image, -EINVAL,
				    "the policy has more than %d parameters, or no entry whose "
				    "name is NULL at their end",
				    POLICY_META_MAX_TABLE);
		TRY(image, read_param(image, &raw[i], meta, &meta->params[i]));
		meta->nr_params++;
	}
	return FAIL(image, -EINVAL,
		    "the policy's parameters have no entry whose name is NULL at their end");
}

/* Whom to tell the texts; with NULL: nobody. */
struct reasons_reader {
	void (*with)(void *data, uint32_t index, const char *text);
	void *data;
};

static int read_reasons(const struct policy_image *image, uint64_t addr, const struct reasons_reader *reader,
			uint32_t *ret_nr)
{
	uint64_t texts[CLAND_REASONS_MAX + 1];
	char text[CLAND_REASON_LEN];
	size_t size = sizeof(texts);
	const char *bytes;
	uint32_t i;

	if (!addr)
		return 0;
	bytes = policy_image_bytes(image, addr, sizeof(texts[0]), &size);
	if (!bytes)
		return FAIL(image, -EINVAL, "the policy's reasons are not in the file");
	memcpy(texts, bytes, size);
	policy_image_relocate(image, addr, (char *)texts, size);
	for (i = 0; i < size / sizeof(texts[0]) && texts[i]; i++) {
		text[0] = '\0';
		TRY(image, read_string(image, texts[i], "reason", true, text, sizeof(text)));
		if (reader->with)
			reader->with(reader->data, i, text);
	}
	if (i == size / sizeof(texts[0]))
		return FAIL(image, -EINVAL, "the policy has more than %u reasons, or no NULL at their end",
			    CLAND_REASONS_MAX);
	*ret_nr = i;
	return 0;
}

static int read_meta(struct policy_image *image, const struct reasons_reader *reader, struct policy_meta *meta)
{
	struct cland_policy_ops ops = { 0 };
	struct policy_image_symbol symbol = { 0 };
	int err;

	err = policy_image_table(image, &symbol);
	if (err)
		return err;
	err = read_table(image, &symbol, &ops);
	if (err)
		return err;
	meta->abi_major = ops.abi_major;
	meta->abi_minor = ops.abi_minor;
	meta->task_priv_size = ops.task_priv_size;
	err = read_string(image, (uintptr_t)ops.name, "name", true, meta->name, sizeof(meta->name));
	if (!err && !config_is_policy_name(meta->name))
		err = FAIL(image, -EINVAL,
			   "the policy's name '%s' may have only a-z, 0-9 and '-' in it",
			   meta->name);
	TRY(image, err);
	TRY(image, read_string(image, (uintptr_t)ops.summary, "summary", true, meta->summary,
			       sizeof(meta->summary)));
	TRY(image, read_string(image, (uintptr_t)ops.version, "version", false, meta->version,
			       sizeof(meta->version)));
	TRY(image, read_reasons(image, (uintptr_t)ops.reasons, reader, &meta->nr_reasons));
	policy_image_part(image, POLICY_META_PART_PARAMS);
	return read_params(image, (uintptr_t)ops.params, meta);
}

static int read_file(struct policy_image *image, const struct reasons_reader *reader,
		     struct policy_meta *ret_meta)
{
	struct policy_meta meta = { 0 };
	struct diag diag;
	int err;

	err = policy_find_absolute(image->path, meta.path, sizeof(meta.path),
				   image->diag ? image->diag : &diag);
	if (err)
		return image->examiner ? FAIL(image, err, "%s", diag.text) : err;
	policy_image_part(image, POLICY_META_PART_FILE);
	err = policy_image_open(image);
	if (!err)
		err = read_meta(image, reader, &meta);
	if (image->examiner && image->examiner->err)
		err = image->examiner->err;
	if (!err)
		*ret_meta = meta;
	policy_image_close(image);
	return err;
}

static const struct reasons_reader no_reader;

int policy_meta_read(const char *path, struct policy_meta *ret_meta, struct diag *diag)
{
	struct policy_image image = { .path = path, .diag = diag };

	return read_file(&image, &no_reader, ret_meta);
}

int policy_meta_read_named(const char *name_or_path, struct policy_meta *ret_meta, struct diag *diag)
{
	char path[sizeof(ret_meta->path)];
	int err = policy_meta_find(name_or_path, path, sizeof(path), diag);

	return err ? err : policy_meta_read(path, ret_meta, diag);
}

int policy_meta_read_fd(int fd, const char *path, struct policy_meta *ret_meta, struct diag *diag)
{
	struct policy_image image = { .path = path, .fd = &fd, .diag = diag };

	return read_file(&image, &no_reader, ret_meta);
}

int policy_meta_examine(const char *path, struct policy_meta *ret_meta,
			void (*found)(void *data, enum policy_meta_part part, const char *sentence),
			void *data)
{
	struct policy_examiner examiner = { .found = found, .data = data };
	struct policy_image image = { .path = path, .examiner = &examiner };

	return read_file(&image, &no_reader, ret_meta);
}

int policy_meta_reasons(const char *path, void (*with)(void *data, uint32_t index, const char *text),
			void *data, struct diag *diag)
{
	const struct reasons_reader reader = { .with = with, .data = data };
	struct policy_image image = { .path = path, .diag = diag };
	struct policy_meta meta;

	return read_file(&image, &reader, &meta);
}

int policy_meta_symbols(const char *path,
			void (*with)(void *data, enum policy_meta_symbol kind, const char *name),
			void *data, struct diag *diag)
{
	struct policy_image image = { .path = path, .diag = diag };
	struct policy_image_symbol symbol;
	int err;

	err = policy_image_open(&image);
	if (!err) {
		err = policy_image_table(&image, &symbol);
		policy_image_each_library(&image, with, data);
		policy_image_each_symbol(&image, with, data);
	}
	policy_image_close(&image);
	return err;
}
