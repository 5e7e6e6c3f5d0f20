/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_image.h"

#include <errno.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static int check_symbol(const struct policy_image *image, const GElf_Sym *sym)
{
	if (sym->st_shndx == SHN_UNDEF)
		return policy_image_fail(image, -EINVAL,
					 "uses " CLAND_POLICY_SYMBOL
					 " but does not define it; write "
					 "CLAND_POLICY(...) in one of its sources");
	if (GELF_ST_TYPE(sym->st_info) != STT_OBJECT)
		return policy_image_fail(image, -EINVAL,
					 CLAND_POLICY_SYMBOL " is not a variable; define it by "
							     "CLAND_POLICY(...)");
	return 0;
}

int policy_image_table(struct policy_image *image, struct policy_image_symbol *ret_symbol)
{
	Elf_Scn *scn = NULL;
	Elf_Data *data = NULL;
	GElf_Shdr shdr;
	GElf_Sym sym;
	const char *name;
	size_t i, nr;

	while ((scn = elf_nextscn(image->elf, scn))) {
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_DYNSYM)
			break;
	}
	image->dynsym = scn;
	if (scn)
		data = elf_getdata(scn, NULL);
	if (!data || data->d_type != ELF_T_SYM)
		return policy_image_fail(
			image, -ENOEXEC,
			"has no table of dynamic symbols; link the policy with -shared");

	nr = data->d_size / sizeof(Elf64_Sym);
	for (i = 0; i < nr && i < INT_MAX; i++) {
		if (!gelf_getsym(data, (int)i, &sym))
			break;
		name = elf_strptr(image->elf, shdr.sh_link, sym.st_name);
		if (name && !strcmp(name, CLAND_POLICY_SYMBOL)) {
			*ret_symbol = (struct policy_image_symbol){ sym.st_value, sym.st_size };
			policy_image_part(image, POLICY_META_PART_TABLE);
			return check_symbol(image, &sym);
		}
	}
	return policy_image_fail(image, -EINVAL,
				 "exports no " CLAND_POLICY_SYMBOL
				 ", so it is not a policy; see CLAND_POLICY() "
				 "in scx-cland/policy.h");
}

void policy_image_each_library(const struct policy_image *image,
			       void (*with)(void *data, enum policy_meta_symbol kind,
					    const char *name),
			       void *data)
{
	Elf_Scn *scn = NULL;
	Elf_Data *dynamic;
	GElf_Shdr shdr;
	GElf_Dyn dyn;
	const char *name;
	size_t i;

	while ((scn = elf_nextscn(image->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_DYNAMIC)
			continue;
		dynamic = elf_getdata(scn, NULL);
		if (!dynamic || dynamic->d_type != ELF_T_DYN)
			return;
		for (i = 0; i < dynamic->d_size / sizeof(Elf64_Dyn) && i < INT_MAX; i++) {
			if (!gelf_getdyn(dynamic, (int)i, &dyn) || dyn.d_tag == DT_NULL)
				return;
			if (dyn.d_tag != DT_NEEDED)
				continue;
			name = elf_strptr(image->elf, shdr.sh_link, dyn.d_un.d_val);
			if (name)
				with(data, POLICY_META_SYMBOL_LIBRARY, name);
		}
	}
}

void policy_image_each_symbol(const struct policy_image *image,
			      void (*with)(void *data, enum policy_meta_symbol kind,
					   const char *name),
			      void *data)
{
	Elf_Data *symbols = image->dynsym ? elf_getdata(image->dynsym, NULL) : NULL;
	GElf_Shdr shdr;
	GElf_Sym sym;
	const char *name;
	size_t i;

	if (!symbols || symbols->d_type != ELF_T_SYM || !gelf_getshdr(image->dynsym, &shdr))
		return;
	for (i = 1; i < symbols->d_size / sizeof(Elf64_Sym) && i < INT_MAX; i++) {
		if (!gelf_getsym(symbols, (int)i, &sym))
			return;
		name = elf_strptr(image->elf, shdr.sh_link, sym.st_name);
		if (!name || !*name || GELF_ST_BIND(sym.st_info) == STB_LOCAL)
			continue;
		if (sym.st_shndx == SHN_UNDEF)
			with(data,
			     GELF_ST_BIND(sym.st_info) == STB_WEAK ? POLICY_META_SYMBOL_OPTIONAL
								   : POLICY_META_SYMBOL_IMPORTED,
			     name);
		/* versions of symbols are symbols, too; they offer nothing */
		else if (sym.st_shndx != SHN_ABS &&
			 GELF_ST_VISIBILITY(sym.st_other) != STV_HIDDEN &&
			 GELF_ST_VISIBILITY(sym.st_other) != STV_INTERNAL)
			with(data, POLICY_META_SYMBOL_EXPORTED, name);
	}
}

/* As policy_image_function(), in one table of symbols. */
static bool function_in(const struct policy_image *image, Elf_Scn *scn, const GElf_Shdr *shdr,
			uint64_t addr, char *ret_name, size_t size, uint64_t *ret_offset)
{
	Elf_Data *symbols = elf_getdata(scn, NULL);
	const char *name;
	GElf_Sym sym;
	size_t i;

	if (!symbols || symbols->d_type != ELF_T_SYM)
		return false;
	for (i = 1; i < symbols->d_size / sizeof(Elf64_Sym) && i < INT_MAX; i++) {
		if (!gelf_getsym(symbols, (int)i, &sym))
			return false;
		if (GELF_ST_TYPE(sym.st_info) != STT_FUNC || sym.st_shndx == SHN_UNDEF ||
		    addr < sym.st_value || addr - sym.st_value >= sym.st_size)
			continue;
		name = elf_strptr(image->elf, shdr->sh_link, sym.st_name);
		if (!name || !*name)
			continue;
		snprintf(ret_name, size, "%.*s", (int)strcspn(name, "."), name);
		*ret_offset = addr - sym.st_value;
		return true;
	}
	return false;
}

bool policy_image_function(const struct policy_image *image, uint64_t addr, char *ret_name,
			   size_t size, uint64_t *ret_offset)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	while ((scn = elf_nextscn(image->elf, scn)))
		if (gelf_getshdr(scn, &shdr) &&
		    (shdr.sh_type == SHT_SYMTAB || shdr.sh_type == SHT_DYNSYM) &&
		    function_in(image, scn, &shdr, addr, ret_name, size, ret_offset))
			return true;
	return false;
}
