/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_image.h"

#include <gelf.h>
#include <limits.h>
#include <string.h>

#if defined(__x86_64__)
#define RELOC_RELATIVE R_X86_64_RELATIVE
#define RELOC_SYMBOL   R_X86_64_64
#elif defined(__aarch64__)
#define RELOC_RELATIVE R_AARCH64_RELATIVE
#define RELOC_SYMBOL   R_AARCH64_ABS64
#else
#error "policy_image_reloc.c does not know this machine's relocations"
#endif

/* An address that no segment holds; stands for what another object will provide. */
#define ADDR_EXTERNAL UINT64_MAX

/* The address a relocation puts in place, with the file loaded where it was linked to. */
static uint64_t reloc_value(const struct policy_image *image, const GElf_Rela *rela)
{
	Elf_Data *data;
	GElf_Sym sym;

	if (GELF_R_TYPE(rela->r_info) == RELOC_RELATIVE)
		return (uint64_t)rela->r_addend;
	if (GELF_R_TYPE(rela->r_info) == RELOC_SYMBOL) {
		data = elf_getdata(image->dynsym, NULL);
		if (data && GELF_R_SYM(rela->r_info) <= INT_MAX &&
		    gelf_getsym(data, (int)GELF_R_SYM(rela->r_info), &sym) &&
		    sym.st_shndx != SHN_UNDEF)
			return sym.st_value + (uint64_t)rela->r_addend;
	}
	return ADDR_EXTERNAL;
}

/* RELR and REL relocations need nothing done, as the address is in place already. */
void policy_image_relocate(const struct policy_image *image, uint64_t addr, char *bytes,
			   size_t size)
{
	Elf_Scn *scn = NULL;
	Elf_Data *data;
	GElf_Shdr shdr;
	GElf_Rela rela;
	uint64_t value;
	size_t i, nr;

	while ((scn = elf_nextscn(image->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_RELA ||
		    !(shdr.sh_flags & SHF_ALLOC))
			continue;
		data = elf_getdata(scn, NULL);
		if (!data || data->d_type != ELF_T_RELA)
			continue;
		nr = data->d_size / sizeof(Elf64_Rela);
		for (i = 0; i < nr && i < INT_MAX; i++) {
			if (!gelf_getrela(data, (int)i, &rela))
				break;
			if (rela.r_offset < addr || size < sizeof(value) ||
			    rela.r_offset - addr > size - sizeof(value))
				continue;
			value = reloc_value(image, &rela);
			memcpy(bytes + (rela.r_offset - addr), &value, sizeof(value));
		}
	}
}
