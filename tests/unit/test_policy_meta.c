/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What policy_meta.h promises, over the shared objects of tests/plugins and over damaged copies of
 * one of them.
 */
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <scx-cland/policy.h>

#include "policy_meta.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static char dir[] = "/tmp/test_policy_meta.XXXXXX";
static struct policy_meta meta;
static struct diag diag;

static const char *plugin_path(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), TEST_PLUGIN_DIR "/%s.so", name);
	return path;
}

/* Every part of what ("|" between them) must be in the sentence, which must be one. */
static void assert_said(const char *input, const char *what)
{
	char parts[256], *part, *save;

	snprintf(parts, sizeof(parts), "%s", what);
	for (part = strtok_r(parts, "|", &save); part; part = strtok_r(NULL, "|", &save)) {
		if (!strstr(diag.text, part))
			fail_msg("%s: expected '%s' in '%s'", input, part, diag.text);
	}
	assert_null(strchr(diag.text, '\n'));
}

static void assert_reads(const char *name)
{
	int err;

	memset(&meta, 0x5a, sizeof(meta));
	err = policy_meta_read(plugin_path(name), &meta, &diag);
	if (err)
		fail_msg("%s: %d, %s", name, err, diag.text);
}

static void assert_good(void)
{
	const struct policy_meta_param *param = meta.params;

	assert_string_equal(meta.name, "good");
	assert_string_equal(meta.summary, "nothing wrong with it");
	assert_string_equal(meta.version, "1.2");
	assert_int_equal(meta.abi_major, CLAND_POLICY_ABI_MAJOR);
	assert_int_equal(meta.abi_minor, CLAND_POLICY_ABI_MINOR);
	assert_int_equal(meta.nr_params, 3);
	assert_string_equal(param->name, "slice_us");
	assert_string_equal(param->unit, "us");
	assert_string_equal(param->help, "how long");
	assert_int_equal(param->min, 100);
	assert_int_equal(param->max, 100000);
	assert_int_equal(param->def, 3000);
	assert_int_equal(param->type, CLAND_PARAM_U64);
	param++;
	assert_string_equal(param->name, "boost");
	assert_string_equal(param->unit, "");
	assert_int_equal(param->type, CLAND_PARAM_BOOL);
	assert_int_equal(param->def, 1);
	assert_int_equal(param->max, 1);
	param++;
	assert_string_equal(param->name, "depth");
	assert_true(param->def == UINT64_MAX);
	assert_int_equal(meta.nr_reasons, 2);
}

static void take_reason(void *data, uint32_t index, const char *text)
{
	char *all = data;
	size_t len = strlen(all);

	snprintf(all + len, 128 - len, "%u %s;", index, text);
}

static void policy_meta__tells_reasons_in_their_order(void **state)
{
	static const char *const names[] = { "good", "good_relr" };
	char all[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		if (access(plugin_path(names[i]), F_OK))
			continue;
		all[0] = '\0';
		assert_int_equal(policy_meta_reasons(plugin_path(names[i]), take_reason, all, &diag), 0);
		assert_string_equal(all, "0 its slice is over;1 it has woken up;");
	}
	all[0] = '\0';
	assert_int_equal(policy_meta_reasons(plugin_path("minimal"), take_reason, all, &diag), 0);
	assert_string_equal(all, "");
	assert_int_equal(policy_meta_reasons("/nonexistent.so", take_reason, all, &diag), -ENOENT);
}

static void policy_meta__reads_all_of_a_table(void **state)
{
	(void)state;
	assert_reads("good");
	assert_good();
	assert_string_equal(meta.path, plugin_path("good"));
}

static void policy_meta__reads_packed_relocations(void **state)
{
	(void)state;
	if (access(plugin_path("good_relr"), F_OK))
		skip();
	assert_reads("good_relr");
	assert_good();
}

static void policy_meta__takes_other_versions_of_the_table(void **state)
{
	static const struct {
		const char *file, *name;
	} cases[] = {
		{ "minimal", "minimal" },	    { "short_table", "short-table" },
		{ "higher_minor", "higher-minor" }, { "larger_zero_tail", "larger-zero-tail" },
		{ "public_rank", "public-rank" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		assert_reads(cases[i].file);
		assert_string_equal(meta.name, cases[i].name);
		assert_string_equal(meta.version, "");
		assert_int_equal(meta.nr_params, 0);
		assert_int_equal(meta.nr_reasons, 0);
	}
}

static void policy_meta__refuses_each_bad_plugin_in_its_own_words(void **state)
{
	static const struct {
		const char *file;
		int err;
		const char *said;
	} cases[] = {
		{ "bad_magic", -EINVAL, "starts with 0x1234|CLAND_POLICY(" },
		{ "foreign_major", -EINVAL, "for version 2 |has version 1|newer scx-cland" },
		{ "too_short_table", -EINVAL, "says that it has |expected |rebuild" },
		{ "huge_table", -EINVAL, "has 4294967295 bytes" },
		{ "lying_size", -EINVAL, "its symbol has|sizeof" },
		{ "larger_value_tail", -E2BIG, "does not know|newer scx-cland" },
		{ "larger_pointer_tail", -E2BIG, "does not know|newer scx-cland" },
		{ "no_rank", -EINVAL, "no rank()" },
		{ "no_name", -EINVAL, "gives no name" },
		{ "no_summary", -EINVAL, "summary is empty" },
		{ "bad_name", -EINVAL, "'Bad Name'|a-z" },
		{ "long_name", -EINVAL, "name is longer than 31" },
		{ "control_chars", -EINVAL, "summary has control characters" },
		{ "unknown_capability", -EINVAL, "capabilities 0x8000000000000000|newer" },
		{ "greedy_priv", -EINVAL, "4097 private bytes|at most 4096" },
		{ "no_symbol", -EINVAL, "exports no cland_policy" },
		{ "symbol_is_function", -EINVAL, "cland_policy is not a variable" },
		{ "symbol_in_bss", -EINVAL, "no content in the file" },
		{ "params_no_end", -EINVAL, "more than 32 parameters|NULL" },
		{ "param_twice", -EINVAL, "two parameters 'a'" },
		{ "param_default", -EINVAL, "default of the parameter 'a' is 10|5 to 9" },
		{ "param_type", -EINVAL, "'a' is of type 77" },
		{ "param_name", -EINVAL, "'a=b'" },
		{ "param_reserved", -EINVAL, "'a'|reserved" },
		{ "reasons_alone", -EINVAL, "reasons without reason()|both or neither" },
		{ "reason_alone", -EINVAL, "reason() without reasons|both or neither" },
		{ "reasons_no_end", -EINVAL, "more than 255 reasons|NULL" },
		{ "reasons_long", -EINVAL, "reason is longer than 63 bytes" },
	};
	struct policy_meta before;
	size_t i;
	int err;

	(void)state;
	memset(&before, 0x5a, sizeof(before));
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		meta = before;
		err = policy_meta_read(plugin_path(cases[i].file), &meta, &diag);
		if (err != cases[i].err)
			fail_msg("%s: %d, %s", cases[i].file, err, err ? diag.text : "taken");
		assert_said(cases[i].file, cases[i].said);
		assert_non_null(strstr(diag.text, plugin_path(cases[i].file)));
		assert_memory_equal(&meta, &before, sizeof(meta));
	}
}

static void policy_meta__refuses_what_is_no_shared_object(void **state)
{
	char path[64];
	FILE *file;

	(void)state;
	assert_int_equal(policy_meta_read("/nonexistent.so", &meta, &diag), -ENOENT);
	assert_said("nothing", "/nonexistent.so: |No such file");
	assert_int_equal(policy_meta_read(dir, &meta, &diag), -ENOEXEC);
	assert_said("folder", "not a regular file");
	assert_int_equal(policy_meta_read("/proc/self/exe", &meta, &diag), -EINVAL);
	assert_said("program", "exports no cland_policy");

	snprintf(path, sizeof(path), "%s/fifo.so", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(policy_meta_read(path, &meta, &diag), -ENOEXEC);
	unlink(path);
	assert_said("FIFO", "not a regular file");

	snprintf(path, sizeof(path), "%s/x.so", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(policy_meta_read(path, &meta, &diag), -ENOEXEC);
	assert_said("empty", "not an ELF file");
	fputs("#!/bin/sh\n", file);
	fflush(file);
	assert_int_equal(policy_meta_read(path, &meta, &diag), -ENOEXEC);
	assert_said("script", "not an ELF file");
	assert_int_equal(ftruncate(fileno(file), (off_t)1 << 30), 0);
	assert_int_equal(policy_meta_read(path, &meta, &diag), -EFBIG);
	assert_said("1 GiB", "larger than 256 MiB");
	fclose(file);
	unlink(path);
}

/* A copy of a plugin to damage. */
struct copy {
	unsigned char *bytes;
	size_t size;
	Elf64_Ehdr *ehdr;
	Elf64_Phdr *phdr;
	Elf64_Shdr *shdr;
	Elf64_Sym *sym;	  /* cland_policy's */
	Elf64_Phdr *load; /* the segment the table is in */
};

static void open_copy(struct copy *copy, const char *name)
{
	FILE *file = fopen(plugin_path(name), "r");
	const char *strings;
	size_t i, j;

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	copy->size = (size_t)ftell(file);
	rewind(file);
	copy->bytes = malloc(copy->size);
	assert_non_null(copy->bytes);
	assert_int_equal(fread(copy->bytes, 1, copy->size, file), copy->size);
	fclose(file);

	copy->ehdr = (void *)copy->bytes;
	copy->phdr = (void *)(copy->bytes + copy->ehdr->e_phoff);
	copy->shdr = (void *)(copy->bytes + copy->ehdr->e_shoff);
	copy->sym = NULL;
	copy->load = NULL;
	for (i = 0; i < copy->ehdr->e_shnum; i++) {
		Elf64_Shdr *shdr = &copy->shdr[i];
		Elf64_Sym *syms = (void *)(copy->bytes + shdr->sh_offset);

		if (shdr->sh_type != SHT_DYNSYM)
			continue;
		strings = (char *)copy->bytes + copy->shdr[shdr->sh_link].sh_offset;
		for (j = 0; j < shdr->sh_size / sizeof(*syms); j++) {
			if (!strcmp(strings + syms[j].st_name, CLAND_POLICY_SYMBOL))
				copy->sym = &syms[j];
		}
	}
	assert_non_null(copy->sym);
	for (i = 0; i < copy->ehdr->e_phnum; i++) {
		Elf64_Phdr *phdr = &copy->phdr[i];

		if (phdr->p_type == PT_LOAD && copy->sym->st_value >= phdr->p_vaddr &&
		    copy->sym->st_value < phdr->p_vaddr + phdr->p_filesz)
			copy->load = phdr;
	}
	assert_non_null(copy->load);
}

static void close_copy(struct copy *copy)
{
	free(copy->bytes);
}

/* Where the table is in the copy. */
static struct cland_policy_ops *copied_table(struct copy *copy)
{
	return (void *)(copy->bytes + copy->load->p_offset + copy->sym->st_value -
			copy->load->p_vaddr);
}

/* The relocation of the pointer that is at offset in the table. */
static Elf64_Rela *copied_rela(struct copy *copy, size_t offset)
{
	size_t i, j;

	for (i = 0; i < copy->ehdr->e_shnum; i++) {
		Elf64_Shdr *shdr = &copy->shdr[i];
		Elf64_Rela *relas = (void *)(copy->bytes + shdr->sh_offset);

		if (shdr->sh_type != SHT_RELA)
			continue;
		for (j = 0; j < shdr->sh_size / sizeof(*relas); j++) {
			if (relas[j].r_offset == copy->sym->st_value + offset)
				return &relas[j];
		}
	}
	fail_msg("no relocation at %zu", offset);
	return NULL;
}

/* What policy_meta_examine() found in the copy read last. */
static size_t nr_examined;
static int examined_err;

static void note_fault(void *data, enum policy_meta_part part, const char *sentence)
{
	(void)data;
	assert_true(part <= POLICY_META_PART_PARAMS);
	assert_true(sentence[0]);
	nr_examined++;
}

static void note_symbol(void *data, enum policy_meta_symbol kind, const char *name)
{
	(void)data;
	assert_true(kind <= POLICY_META_SYMBOL_LIBRARY);
	assert_non_null(name);
}

/* Read the copy's first size bytes, from a file in memory as it happens some 20,000 times. */
static int read_copy(const struct copy *copy, size_t size)
{
	static int fd = -1;
	char path[64];

	if (fd < 0)
		fd = memfd_create("copy", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(pwrite(fd, copy->bytes, size, 0), size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	nr_examined = 0;
	examined_err = policy_meta_examine(path, &meta, note_fault, NULL);
	policy_meta_symbols(path, note_symbol, NULL, &diag);
	strcpy(diag.text, "");
	return policy_meta_read(path, &meta, &diag);
}

static void damage_type(struct copy *copy)
{
	copy->ehdr->e_type = ET_REL;
}

static void damage_exec(struct copy *copy)
{
	copy->ehdr->e_type = ET_EXEC;
}

static void damage_machine(struct copy *copy)
{
	copy->ehdr->e_machine = EM_MIPS;
}

static void damage_class(struct copy *copy)
{
	copy->ehdr->e_ident[EI_CLASS] = ELFCLASS32;
}

static void damage_no_sections(struct copy *copy)
{
	copy->ehdr->e_shnum = 0;
	copy->ehdr->e_shoff = 0;
}

static void damage_undefined(struct copy *copy)
{
	copy->sym->st_shndx = SHN_UNDEF;
}

static void damage_symbol_wild(struct copy *copy)
{
	copy->sym->st_value = UINT64_MAX - 3;
}

static void damage_symbol_at_end(struct copy *copy)
{
	copy->sym->st_value = copy->load->p_vaddr + copy->load->p_filesz - 8;
}

static void damage_segment_cut(struct copy *copy)
{
	copy->load->p_filesz = copy->sym->st_value - copy->load->p_vaddr + 40;
}

static void damage_segment_far(struct copy *copy)
{
	copy->load->p_offset = UINT64_MAX - 4096;
}

static void damage_no_segments(struct copy *copy)
{
	copy->ehdr->e_phnum = 0;
}

static void damage_name_wild(struct copy *copy)
{
	copied_rela(copy, offsetof(struct cland_policy_ops, name))->r_addend = INT64_MIN;
}

static void damage_name_imported(struct copy *copy)
{
	copied_rela(copy, offsetof(struct cland_policy_ops, name))->r_info = ELF64_R_INFO(1, 99);
}

static void damage_summary_open(struct copy *copy)
{
	char *end = (char *)copy->bytes + copy->load->p_offset + copy->load->p_filesz;

	memcpy(end - 4, "abcd", 4);
	copied_rela(copy, offsetof(struct cland_policy_ops, summary))->r_addend =
		(Elf64_Sxword)(copy->load->p_vaddr + copy->load->p_filesz - 4);
}

static void damage_params_wild(struct copy *copy)
{
	copied_rela(copy, offsetof(struct cland_policy_ops, params))->r_addend = 0x7fffffff;
}

static void damage_params_open(struct copy *copy)
{
	copied_rela(copy, offsetof(struct cland_policy_ops, params))->r_addend =
		(Elf64_Sxword)(copy->load->p_vaddr + copy->load->p_filesz - 60);
	memset(copy->bytes + copy->load->p_offset + copy->load->p_filesz - 60, 'a', 60);
}

static void damage_major_down(struct copy *copy)
{
	copied_table(copy)->abi_major = 0;
}

static void policy_meta__refuses_damaged_files_in_words(void **state)
{
	static const struct {
		const char *name;
		void (*damage)(struct copy *copy);
		int err;
		const char *said;
	} cases[] = {
		{ "type", damage_type, -ENOEXEC, "object file|-shared" },
		{ "exec", damage_exec, -ENOEXEC, "not a shared object" },
		{ "machine", damage_machine, -ENOEXEC, "another machine" },
		{ "class", damage_class, -ENOEXEC, "" },
		{ "no sections", damage_no_sections, -ENOEXEC, "dynamic symbols" },
		{ "undefined", damage_undefined, -EINVAL, "does not define it" },
		{ "symbol wild", damage_symbol_wild, -EINVAL, "no content in the file" },
		{ "symbol at end", damage_symbol_at_end, -EINVAL, "no content in the file" },
		{ "segment cut", damage_segment_cut, -EINVAL, "only partly in the file" },
		{ "segment far", damage_segment_far, -EINVAL, "no content in the file" },
		{ "no segments", damage_no_segments, -EINVAL, "no content in the file" },
		{ "name wild", damage_name_wild, -EINVAL, "name is not in the file" },
		{ "name imported", damage_name_imported, -EINVAL, "name is not in the file" },
		{ "summary open", damage_summary_open, -EINVAL, "summary has no end" },
		{ "params wild", damage_params_wild, -EINVAL, "parameters are not in the file" },
		{ "params open", damage_params_open, -EINVAL, "parameter's name is not in" },
		{ "major down", damage_major_down, -EINVAL, "for version 0|rebuild the policy" },
	};
	struct copy copy;
	size_t i;
	int err;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		open_copy(&copy, "good");
		cases[i].damage(&copy);
		err = read_copy(&copy, copy.size);
		if (err != cases[i].err)
			fail_msg("%s: %d, %s", cases[i].name, err, err ? diag.text : "taken");
		assert_said(cases[i].name, cases[i].said);
		close_copy(&copy);
	}
}

/* Whatever is cut off or changed: a sentence or a policy, and neither crash nor silence. */
static void policy_meta__survives_any_cut_and_any_changed_byte(void **state)
{
	struct copy copy;
	size_t i, step, nr_taken = 0, nr_refused = 0;
	int err;

	(void)state;
	open_copy(&copy, "good");
	/* sanitizers make the file several times as large */
	step = 1 + copy.size / 25000;
	for (i = 0; i < copy.size; i += 13) {
		err = read_copy(&copy, i);
		if (err >= 0 || !diag.text[0] || !nr_examined || examined_err != err)
			fail_msg("cut at %zu: %d '%s'", i, err, diag.text);
	}
	for (i = 0; i < copy.size; i += step) {
		copy.bytes[i] ^= 0xff;
		err = read_copy(&copy, copy.size);
		if (err > 0 || !err != !diag.text[0] || !err != !nr_examined ||
		    examined_err != err)
			fail_msg("byte %zu: %d '%s'", i, err, diag.text);
		if (err)
			nr_refused++;
		else
			nr_taken++;
		copy.bytes[i] ^= 0xff;
	}
	close_copy(&copy);
	print_message("%zu bytes change nothing that is read, %zu make it unusable\n", nr_taken,
		      nr_refused);
	assert_true(nr_refused > 100);
	assert_true(nr_taken > 100);
}

static void link_plugin(const char *plugin, const char *sub, const char *name, bool make)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s/%s.so", dir, sub, name);
	if (make)
		assert_int_equal(symlink(plugin_path(plugin), path), 0);
	else
		unlink(path);
}

/* Two folders of policies, the first of which hides one of the second. */
static void folders(bool make)
{
	char first[64], second[64], both[192];

	snprintf(first, sizeof(first), "%s/1", dir);
	snprintf(second, sizeof(second), "%s/2", dir);
	if (make) {
		assert_int_equal(mkdir(first, 0700), 0);
		assert_int_equal(mkdir(second, 0700), 0);
	}
	link_plugin("good", "1", "good", make);
	link_plugin("no_rank", "1", "broken", make);
	link_plugin("minimal", "2", "good", make);
	link_plugin("minimal", "2", "other-name", make);
	if (make) {
		snprintf(both, sizeof(both), "%s::%s:%s/3", first, second, dir);
		setenv("SCX_CLAND_POLICY_PATH", both, 1);
	} else {
		rmdir(first);
		rmdir(second);
		unsetenv("SCX_CLAND_POLICY_PATH");
	}
}

static void policy_meta__finds_by_name_in_the_folders(void **state)
{
	char path[PATH_MAX], expected[128];

	(void)state;
	folders(true);
	assert_int_equal(policy_meta_find("good", path, sizeof(path), &diag), 0);
	snprintf(expected, sizeof(expected), "%s/1/good.so", dir);
	assert_string_equal(path, expected);
	assert_int_equal(policy_meta_find("other-name", path, sizeof(path), &diag), 0);
	snprintf(expected, sizeof(expected), "%s/2/other-name.so", dir);
	assert_string_equal(path, expected);

	assert_int_equal(policy_meta_find("godo", path, sizeof(path), &diag), -ENOENT);
	assert_said("godo", "no policy 'godo' in |/1, |/2, |broken, good, |did you mean 'good'?");
	assert_int_equal(policy_meta_find("zzz", path, sizeof(path), &diag), -ENOENT);
	assert_null(strstr(diag.text, "did you mean"));
	assert_int_equal(policy_meta_find("good.so", path, sizeof(path), &diag), -ENOENT);
	assert_said("good.so", "'good.so' is no policy");
	assert_int_equal(policy_meta_find("good", path, 10, &diag), -ENAMETOOLONG);
	folders(false);
}

static void policy_meta__finds_by_path(void **state)
{
	char path[PATH_MAX], cwd[PATH_MAX];

	(void)state;
	assert_int_equal(policy_meta_find(plugin_path("good"), path, sizeof(path), &diag), 0);
	assert_string_equal(path, plugin_path("good"));
	assert_int_equal(policy_meta_find("./no.so", path, sizeof(path), &diag), -ENOENT);
	assert_said("./no.so", "./no.so: there is no policy");

	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(chdir(TEST_PLUGIN_DIR), 0);
	assert_int_equal(policy_meta_find("./good.so", path, sizeof(path), &diag), 0);
	assert_string_equal(path, TEST_PLUGIN_DIR "/good.so");
	assert_int_equal(policy_meta_read("good.so", &meta, &diag), 0);
	assert_string_equal(meta.path, TEST_PLUGIN_DIR "/good.so");
	assert_int_equal(chdir(cwd), 0);
}

/* This test lies beside the build's own policies as the program does. */
static void policy_meta__finds_the_policies_of_a_build(void **state)
{
	char path[PATH_MAX];

	(void)state;
	unsetenv("SCX_CLAND_POLICY_PATH");
	if (policy_meta_find("vruntime", path, sizeof(path), &diag))
		fail_msg("%s", diag.text);
	assert_non_null(strstr(path, "/policies/vruntime.so"));
	if (policy_meta_read(path, &meta, &diag))
		fail_msg("%s", diag.text);
	assert_string_equal(meta.name, "vruntime");
}

static void policy_meta__lists_what_is_found(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	folders(true);
	policy_meta_list(out);
	folders(false);
	fclose(out);
	assert_non_null(strstr(text, "good 1.2  nothing wrong with it\n"));
	assert_non_null(strstr(text, "slice_us = 3000  (100 to 100000 us)  how long\n"));
	assert_non_null(strstr(text, "boost = yes  whether\n"));
	assert_non_null(strstr(text, "broken  cannot be used: "));
	assert_non_null(strstr(text, "other-name  as little as can be\n"));
	assert_non_null(strstr(text, "[policy.minimal]"));
	assert_null(strstr(text, "/2/good.so"));
	free(text);

	setenv("SCX_CLAND_POLICY_PATH", "/nonexistent", 1);
	out = open_memstream(&text, &size);
	assert_non_null(out);
	policy_meta_list(out);
	fclose(out);
	unsetenv("SCX_CLAND_POLICY_PATH");
	assert_string_equal(text, "No policies in /nonexistent\n");
	free(text);
}

static struct config config_of(const char *policy, const char *key, const char *value)
{
	struct config config = { .nr_params = 1 };

	snprintf(config.params[0].policy, sizeof(config.params[0].policy), "%s", policy);
	snprintf(config.params[0].key, sizeof(config.params[0].key), "%s", key);
	snprintf(config.params[0].value, sizeof(config.params[0].value), "%s", value);
	strcpy(config.params[0].origin, "/x.ini:7");
	return config;
}

static void policy_meta__values_come_from_defaults_and_configuration(void **state)
{
	static const struct {
		const char *policy, *key, *value;
		uint64_t expected[3];
	} cases[] = {
		{ "vruntime", "slice_us", "1", { 3000, 1, UINT64_MAX } },
		{ "good", "slice_us", "100", { 100, 1, UINT64_MAX } },
		{ "good", "boost", "off", { 3000, 0, UINT64_MAX } },
		{ "good", "depth", "0", { 3000, 1, 0 } },
		{ "good", "depth", "18446744073709551615", { 3000, 1, UINT64_MAX } },
	};
	uint64_t values[3];
	size_t i;

	(void)state;
	assert_reads("good");
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct config config = config_of(cases[i].policy, cases[i].key, cases[i].value);

		assert_int_equal(policy_meta_values(&meta, &config, values, &diag), 0);
		assert_memory_equal(values, cases[i].expected, sizeof(values));
	}
}

static void policy_meta__bad_values_are_named_with_their_place(void **state)
{
	static const struct {
		const char *key, *value, *said;
	} cases[] = {
		{ "slice", "1", "/x.ini:7: |no parameter 'slice'|slice_us, boost, depth" },
		{ "slic_us", "1", "did you mean 'slice_us'?" },
		{ "slice_us", "99", "/x.ini:7: slice_us: '99' is out of range|100 to 100000 us" },
		{ "slice_us", "3ms", "'3ms' is not a whole number" },
		{ "boost", "2", "/x.ini:7: boost: '2' is neither yes nor no" },
		{ "depth", "18446744073709551616", "depth|out of range" },
		{ "depth", "-1", "depth|not a whole number" },
	};
	uint64_t values[3] = { 7, 7, 7 };
	size_t i;

	(void)state;
	assert_reads("good");
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct config config = config_of("good", cases[i].key, cases[i].value);

		assert_int_equal(policy_meta_values(&meta, &config, values, &diag), -EINVAL);
		assert_said(cases[i].key, cases[i].said);
		assert_int_equal(values[0], 7);
	}
	assert_reads("minimal");

	struct config config = config_of("minimal", "x", "1");

	assert_int_equal(policy_meta_values(&meta, &config, values, &diag), -EINVAL);
	assert_said("minimal", "no parameter 'x'; it has none");

	/* whether there is such a one is target_check_names()'s to say */
	config = config_of("other", "x", "1");
	assert_int_equal(policy_meta_values(&meta, &config, values, &diag), 0);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy_meta__reads_all_of_a_table),
		cmocka_unit_test(policy_meta__reads_packed_relocations),
		cmocka_unit_test(policy_meta__tells_reasons_in_their_order),
		cmocka_unit_test(policy_meta__takes_other_versions_of_the_table),
		cmocka_unit_test(policy_meta__refuses_each_bad_plugin_in_its_own_words),
		cmocka_unit_test(policy_meta__refuses_what_is_no_shared_object),
		cmocka_unit_test(policy_meta__refuses_damaged_files_in_words),
		cmocka_unit_test(policy_meta__survives_any_cut_and_any_changed_byte),
		cmocka_unit_test(policy_meta__finds_by_name_in_the_folders),
		cmocka_unit_test(policy_meta__finds_by_path),
		cmocka_unit_test(policy_meta__finds_the_policies_of_a_build),
		cmocka_unit_test(policy_meta__lists_what_is_found),
		cmocka_unit_test(policy_meta__values_come_from_defaults_and_configuration),
		cmocka_unit_test(policy_meta__bad_values_are_named_with_their_place),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
