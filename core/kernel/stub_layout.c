/* SPDX-License-Identifier: GPL-2.0-only */
#include "stub_layout.h"

#include <bpf/btf.h>
#include <string.h>

#include "cland_histogram.h"
#include "cland_msg.h"

#define DEPTH_MAX 16 /* of types within types; ours have a handful */

/* FNV-1a */
#define HASH_START 0xcbf29ce484222325ULL
#define HASH_PRIME 0x100000001b3ULL

static void add(uint64_t *hash, const void *data, size_t size)
{
	const unsigned char *byte = data;

	for (; size; size--, byte++)
		*hash = (*hash ^ *byte) * HASH_PRIME;
}

static void add_text(uint64_t *hash, const char *text)
{
	add(hash, text, strlen(text) + 1);
}

static void add_number(uint64_t *hash, uint64_t number)
{
	add(hash, &number, sizeof(number));
}

static void add_type(uint64_t *hash, const struct btf *btf, uint32_t id, int depth);

static void add_members(uint64_t *hash, const struct btf *btf, const struct btf_type *type, int depth)
{
	const struct btf_member *member = btf_members(type);
	uint16_t i, nr = btf_vlen(type);

	add_number(hash, nr);
	for (i = 0; i < nr; i++, member++) {
		add_text(hash, btf__name_by_offset(btf, member->name_off));
		add_number(hash, member->offset);
		add_type(hash, btf, member->type, depth + 1);
	}
}

/* Names of plain types do not count: what they hold does. */
static void add_type(uint64_t *hash, const struct btf *btf, uint32_t id, int depth)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	while (type && (btf_is_mod(type) || btf_is_typedef(type)))
		type = btf__type_by_id(btf, type->type);
	if (!type || depth > DEPTH_MAX)
		return;
	add_number(hash, btf_kind(type));
	if (btf_is_composite(type)) {
		add_number(hash, type->size);
		add_members(hash, btf, type, depth);
	} else if (btf_is_array(type)) {
		add_number(hash, btf_array(type)->nelems);
		add_type(hash, btf, btf_array(type)->type, depth + 1);
	} else if (btf_is_int(type)) {
		add_number(hash, type->size);
		add_number(hash, btf_int_encoding(type));
	} else if (btf_is_any_enum(type)) {
		add_number(hash, type->size);
	}
}

static void add_struct(uint64_t *hash, const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	add_text(hash, name);
	if (id > 0)
		add_type(hash, btf, (uint32_t)id, 0);
}

/* Where in its section each variable is. */
static void add_section(uint64_t *hash, const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_DATASEC);
	const struct btf_type *section = btf__type_by_id(btf, id > 0 ? (uint32_t)id : 0);
	const struct btf_var_secinfo *info;
	uint16_t i, nr;

	add_text(hash, name);
	if (id <= 0 || !section)
		return;
	info = btf_var_secinfos(section);
	nr = btf_vlen(section);
	add_number(hash, nr);
	for (i = 0; i < nr; i++, info++) {
		const struct btf_type *var = btf__type_by_id(btf, info->type);

		add_text(hash, btf__name_by_offset(btf, var->name_off));
		add_number(hash, info->offset);
		add_number(hash, info->size);
		add_type(hash, btf, var->type, 0);
	}
}

uint64_t stub_layout(const struct btf *btf)
{
	static const char *const structs[] = {
		"cland_slot", "cland_cgroup_slot", "cland_ring", "cland_agent_page", "cland_news",
		"cland_apply_args", "cland_register_args", "cland_counts",
	};
	static const char counters[] =
#define NAME(name, help) #name " "
		CLAND_STATS(NAME)
#undef NAME
		;
	static const char histograms[] =
#define NAME(name, help) #name " "
		CLAND_HISTOGRAMS(NAME)
#undef NAME
		;
	uint64_t hash = HASH_START;
	size_t i;

	add_number(&hash, CLAND_LAYOUT);
	add_text(&hash, counters);
	add_text(&hash, histograms);
	for (i = 0; i < sizeof(structs) / sizeof(structs[0]); i++)
		add_struct(&hash, btf, structs[i]);
	add_section(&hash, btf, ".bss");
	return hash;
}
