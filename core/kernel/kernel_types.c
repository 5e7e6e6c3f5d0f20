/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel_types.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What 6.19 brought at once; all of them are called then. */
static const char *const kfuncs_6_19[] = {
	"__scx_bpf_dsq_insert_vtime",
	"scx_bpf_dsq_insert___v2",
	"scx_bpf_reenqueue_local___v2",
	"scx_bpf_task_set_slice",
};
#define NR_KFUNCS_6_19 (sizeof(kfuncs_6_19) / sizeof(kfuncs_6_19[0]))

static const struct {
	const char *type;
	const char *name;
} constants[KERNEL_CONSTANT_NR] = {
#define KERNEL_CONSTANT(type, name) { #type, #name },
	KERNEL_CONSTANTS(KERNEL_CONSTANT)
#undef KERNEL_CONSTANT
};

/* What has been found so far. */
struct finds {
	struct kernel_types types;
	size_t nr_kfuncs_6_19;
	bool has_constant[KERNEL_CONSTANT_NR];
};

struct blob {
	const char *data;
	size_t size;
};

/* ret_blob->data: the caller frees it. Returns 0 or -errno. */
static int read_all(const char *path, struct blob *ret_blob)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	size_t size = 0;
	char *data = NULL;
	struct stat st;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (!(data = malloc((size_t)st.st_size + 1)))
		err = -ENOMEM;
	while (!err && n > 0 && size < (size_t)st.st_size) {
		n = read(fd, data + size, (size_t)st.st_size - size);
		if (n < 0)
			err = -errno;
		else
			size += (size_t)n;
	}
	close(fd);
	if (err) {
		free(data);
		return err;
	}
	data[size] = '\0'; /* so that every name in it ends */
	*ret_blob = (struct blob){ data, size };
	return 0;
}

/* What follows the common part of a type, or -1. */
static int bytes_behind(const struct btf_type *type)
{
	int vlen = (int)BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return vlen * (int)sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return vlen * (int)sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return vlen * (int)sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return vlen * (int)sizeof(struct btf_param);
	case BTF_KIND_VAR:
		return sizeof(struct btf_var);
	case BTF_KIND_DATASEC:
		return vlen * (int)sizeof(struct btf_var_secinfo);
	case BTF_KIND_DECL_TAG:
		return sizeof(struct btf_decl_tag);
	default:
		return -1;
	}
}

/*
 * The one of that name in a struct or an enum, or NULL: all kinds of these begin with the offset of
 * their name.
 */
static const void *member_of(const struct btf_type *type, size_t member_size, const struct blob *names,
			     const char *name)
{
	const char *member = (const char *)(type + 1);
	uint32_t i, name_off;

	for (i = 0; i < BTF_INFO_VLEN(type->info); i++, member += member_size) {
		memcpy(&name_off, member, sizeof(name_off));
		if (name_off < names->size && !strcmp(names->data + name_off, name))
			return member;
	}
	return NULL;
}

/* An enum is of the second kind where one of its constants takes more than 32 bits. Returns whether it is there. */
static bool enum_value(const struct btf_type *type, const struct blob *names, const char *name,
		       uint64_t *ret_value)
{
	bool is_64 = BTF_INFO_KIND(type->info) == BTF_KIND_ENUM64;
	const void *member = member_of(type, is_64 ? sizeof(struct btf_enum64) : sizeof(struct btf_enum),
				       names, name);
	const struct btf_enum64 *wide = member;
	const struct btf_enum *narrow = member;

	if (!member)
		return false;
	*ret_value = is_64 ? wide->val_lo32 | (uint64_t)wide->val_hi32 << 32 : (uint32_t)narrow->val;
	return true;
}

static void look_at_enum(const struct btf_type *type, const struct blob *names, struct finds *finds)
{
	const char *type_name = names->data + type->name_off;
	uint64_t value;
	int i;

	if (!strcmp(type_name, "scx_ops_flags") &&
	    enum_value(type, names, "SCX_OPS_ENQ_MIGRATION_DISABLED", &value))
		finds->types.has_migration_disabled = true;
	for (i = 0; i < KERNEL_CONSTANT_NR; i++)
		if (!strcmp(type_name, constants[i].type) &&
		    enum_value(type, names, constants[i].name, &finds->types.constants[i]))
			finds->has_constant[i] = true;
}

static void look_at(const struct btf_type *type, const struct blob *names, struct finds *finds)
{
	const char *name = names->data + type->name_off;
	size_t i;

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_FUNC:
		/* Nearly no other name begins like one of those. */
		if (!(name[0] == 's' && name[1] == 'c') && !(name[0] == '_' && name[1] == '_'))
			break;
		if (!strcmp(name, "scx_bpf_dsq_insert"))
			finds->types.has_kfuncs_6_13 = true;
		for (i = 0; i < NR_KFUNCS_6_19; i++)
			finds->nr_kfuncs_6_19 += !strcmp(name, kfuncs_6_19[i]);
		break;
	case BTF_KIND_STRUCT:
		if (!strcmp(name, "sched_ext_ops") &&
		    member_of(type, sizeof(struct btf_member), names, "cgroup_init"))
			finds->types.has_cgroup_init = true;
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		look_at_enum(type, names, finds);
		break;
	default:
		break;
	}
}

static int look_through(const struct blob *blob, struct finds *finds)
{
	const struct btf_header *header = (const void *)blob->data;
	struct blob section, names;
	size_t at = 0;

	if (blob->size < sizeof(*header) || header->magic != BTF_MAGIC ||
	    (uint64_t)header->hdr_len + header->type_off + header->type_len > blob->size ||
	    (uint64_t)header->hdr_len + header->str_off + header->str_len > blob->size ||
	    header->hdr_len % 4 || header->type_off % 4)
		return -EINVAL;
	section = (struct blob){ blob->data + header->hdr_len + header->type_off, header->type_len };
	names = (struct blob){ blob->data + header->hdr_len + header->str_off, header->str_len };
	while (at < section.size) {
		const struct btf_type *type = (const void *)(section.data + at);
		size_t left = section.size - at;
		int behind;

		if (left < sizeof(*type))
			return -EINVAL;
		behind = bytes_behind(type);
		if (behind < 0 || (size_t)behind > left - sizeof(*type))
			return -EINVAL;
		if (type->name_off < names.size)
			look_at(type, &names, finds);
		at += sizeof(*type) + (size_t)behind;
	}
	return 0;
}

int kernel_types_read(const char *path, struct kernel_types *ret_types)
{
	struct finds finds = { .nr_kfuncs_6_19 = 0 };
	struct blob blob = { NULL, 0 };
	int i, err = read_all(path, &blob);

	if (err)
		return err;
	err = look_through(&blob, &finds);
	free((void *)(uintptr_t)blob.data);
	if (err)
		return err;
	finds.types.has_kfuncs_6_19 = finds.nr_kfuncs_6_19 == NR_KFUNCS_6_19;
	for (i = 0; i < KERNEL_CONSTANT_ALWAYS_NR; i++)
		if (!finds.has_constant[i])
			finds.types.lacks = constants[i].name;
	*ret_types = finds.types;
	return 0;
}
