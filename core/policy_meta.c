/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_meta.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <scx-cland/policy.h>

#include "suggest.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#if defined(__x86_64__)
#define MACHINE	       EM_X86_64
#define MACHINE_NAME   "x86-64"
#define RELOC_RELATIVE R_X86_64_RELATIVE
#define RELOC_SYMBOL   R_X86_64_64
#elif defined(__aarch64__)
#define MACHINE	       EM_AARCH64
#define MACHINE_NAME   "aarch64"
#define RELOC_RELATIVE R_AARCH64_RELATIVE
#define RELOC_SYMBOL   R_AARCH64_ABS64
#else
#error "policy_meta.c does not know this machine's relocations"
#endif

#define BYTE_ORDER_ELF (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

/* What a file can be at most: far more than any policy, far less than the machine's memory. */
#define FILE_MAX (256u << 20)
/* What a later version of the table may grow to. */
#define TABLE_MAX	   4096u
#define TABLE_MIN	   (offsetof(struct cland_policy_ops, rank) + sizeof(uint64_t))
#define KNOWN_CAPABILITIES (uint64_t)0

/* An address that no segment holds; stands for what another object will provide. */
#define ADDR_EXTERNAL UINT64_MAX

/* The file in memory. Owned by policy_meta_read(). */
struct image {
	const char *path;
	struct diag *diag;
	char *bytes;
	size_t size;
	Elf *elf;
	Elf_Scn *dynsym;
};

#define FAIL(image, err, fmt, ...)                                                                 \
	diag_set((image)->diag, err, "%s: " fmt, (image)->path, ##__VA_ARGS__)

static int open_image(struct image *image)
{
	struct stat st;
	size_t at = 0;
	ssize_t n;
	int fd, err = 0;

	/* O_NONBLOCK: a FIFO must not hold us up until it is found not to be a regular file */
	fd = open(image->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return FAIL(image, -errno, "cannot be opened: %s", strerror(errno));
	if (fstat(fd, &st)) {
		err = FAIL(image, -errno, "%s", strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		err = FAIL(image, -ENOEXEC, "not a regular file; expected a policy's .so");
		goto out;
	}
	if (st.st_size > FILE_MAX) {
		err = FAIL(image, -EFBIG, "larger than %u MiB; not a policy", FILE_MAX >> 20);
		goto out;
	}
	/*
	 * Read rather than mapped: whoever cuts the file short meanwhile would kill us by SIGBUS.
	 * One byte more than needed, as malloc(0) may be NULL.
	 */
	image->bytes = malloc((size_t)st.st_size + 1);
	if (!image->bytes) {
		err = FAIL(image, -ENOMEM, "no memory to read it");
		goto out;
	}
	while (at < (size_t)st.st_size) {
		n = read(fd, image->bytes + at, (size_t)st.st_size - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err = FAIL(image, -errno, "cannot be read: %s", strerror(errno));
			goto out;
		}
		if (!n)
			break;
		at += (size_t)n;
	}
	image->size = at;
out:
	close(fd);
	return err;
}

static int check_header(struct image *image)
{
	GElf_Ehdr ehdr;

	elf_version(EV_CURRENT);
	image->elf = elf_memory(image->bytes, image->size);
	if (!image->elf || elf_kind(image->elf) != ELF_K_ELF || !gelf_getehdr(image->elf, &ehdr))
		return FAIL(image, -ENOEXEC, "not an ELF file; expected a policy's .so");
	if (ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_ident[EI_DATA] != BYTE_ORDER_ELF ||
	    ehdr.e_machine != MACHINE)
		return FAIL(image, -ENOEXEC,
			    "made for another machine; build the policy for " MACHINE_NAME);
	if (ehdr.e_type == ET_REL)
		return FAIL(image, -ENOEXEC,
			    "an object file; link it with -shared to make a policy of it");
	if (ehdr.e_type != ET_DYN)
		return FAIL(image, -ENOEXEC, "not a shared object; link the policy with -shared");
	return 0;
}

/*
 * Where the size bytes at the address lie in the file as the loader will map it; fewer are accepted
 * when at_least are there. Returns NULL when they are not.
 */
static const char *find_bytes(const struct image *image, uint64_t addr, size_t at_least,
			      size_t *size)
{
	size_t i, nr;
	GElf_Phdr phdr;
	uint64_t skip, rest;

	if (elf_getphdrnum(image->elf, &nr))
		return NULL;
	for (i = 0; i < nr && i < INT_MAX; i++) {
		if (!gelf_getphdr(image->elf, (int)i, &phdr))
			return NULL;
		if (phdr.p_type != PT_LOAD || addr < phdr.p_vaddr)
			continue;
		skip = addr - phdr.p_vaddr;
		if (skip >= phdr.p_filesz)
			continue;
		rest = phdr.p_filesz - skip;
		if (rest < at_least || phdr.p_offset > image->size ||
		    phdr.p_filesz > image->size - phdr.p_offset)
			return NULL;
		if (*size > rest)
			*size = (size_t)rest;
		return image->bytes + phdr.p_offset + skip;
	}
	return NULL;
}

/* The address a relocation puts in place, with the file loaded where it was linked to. */
static uint64_t reloc_value(const struct image *image, const GElf_Rela *rela)
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

/*
 * Put what the loader will write into the size bytes that stand at addr. RELR and REL relocations
 * need nothing done, as the address is in place already.
 */
static void relocate(const struct image *image, uint64_t addr, char *bytes, size_t size)
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

/*
 * Copy a string, which must fit. ret_text[0] is '\0' and the result 0 when addr is 0, and what is
 * optional.
 */
static int read_string(const struct image *image, uint64_t addr, const char *what, bool required,
		       char *ret_text, size_t size)
{
	const char *text;
	size_t avail = size, len, i;

	if (!addr) {
		if (required)
			return FAIL(image, -EINVAL, "the policy's table gives no %s", what);
		ret_text[0] = '\0';
		return 0;
	}
	text = find_bytes(image, addr, 1, &avail);
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

static int check_symbol(const struct image *image, const GElf_Sym *sym)
{
	if (sym->st_shndx == SHN_UNDEF)
		return FAIL(image, -EINVAL,
			    "uses " CLAND_POLICY_SYMBOL " but does not define it; write "
			    "CLAND_POLICY(...) in one of its sources");
	if (GELF_ST_TYPE(sym->st_info) != STT_OBJECT)
		return FAIL(image, -EINVAL,
			    CLAND_POLICY_SYMBOL " is not a variable; define it by "
						"CLAND_POLICY(...)");
	return 0;
}

/* The dynamic symbol CLAND_POLICY_SYMBOL. */
static int find_symbol(struct image *image, GElf_Sym *ret_sym)
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
		return FAIL(image, -ENOEXEC,
			    "has no table of dynamic symbols; link the policy with -shared");

	nr = data->d_size / sizeof(Elf64_Sym);
	for (i = 0; i < nr && i < INT_MAX; i++) {
		if (!gelf_getsym(data, (int)i, &sym))
			break;
		name = elf_strptr(image->elf, shdr.sh_link, sym.st_name);
		if (name && !strcmp(name, CLAND_POLICY_SYMBOL)) {
			*ret_sym = sym;
			return check_symbol(image, &sym);
		}
	}
	return FAIL(image, -EINVAL,
		    "exports no " CLAND_POLICY_SYMBOL ", so it is not a policy; see CLAND_POLICY() "
		    "in scx-cland/policy.h");
}

/* What the first fields say of the rest. *ret_size is how long the table says it is. */
static int check_start(const struct image *image, const GElf_Sym *sym, uint32_t *ret_size)
{
	struct cland_policy_ops ops = { 0 };
	size_t start = offsetof(struct cland_policy_ops, capabilities), avail = start;
	const char *bytes = find_bytes(image, sym->st_value, start, &avail);

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
	if (sym->st_size && sym->st_size < ops.struct_size)
		return FAIL(image, -EINVAL,
			    "the policy's table says that it has %" PRIu32 " bytes, and its symbol "
			    "has %" PRIu64 "; set struct_size to its sizeof",
			    ops.struct_size, sym->st_size);
	*ret_size = ops.struct_size;
	return 0;
}

/* The table, with what a shorter one lacks as zero. Its pointers are addresses in the image. */
static int read_table(const struct image *image, const GElf_Sym *sym,
		      struct cland_policy_ops *ret_ops)
{
	char table[TABLE_MAX];
	uint32_t size = 0;
	size_t avail, i;
	const char *bytes;
	int err;

	err = check_start(image, sym, &size);
	if (err)
		return err;
	avail = size;
	bytes = find_bytes(image, sym->st_value, size, &avail);
	if (!bytes)
		return FAIL(image, -EINVAL, "the policy's table is only partly in the file");
	memcpy(table, bytes, size);
	relocate(image, sym->st_value, table, size);
	for (i = sizeof(*ret_ops); i < size; i++) {
		if (table[i])
			return FAIL(image, -E2BIG,
				    "the policy uses what this scx-cland does not know (byte %zu "
				    "of its table); install a newer scx-cland",
				    i);
	}
	memset(ret_ops, 0, sizeof(*ret_ops));
	memcpy(ret_ops, table, size < sizeof(*ret_ops) ? size : sizeof(*ret_ops));

	if (ret_ops->capabilities & ~KNOWN_CAPABILITIES)
		return FAIL(image, -EINVAL,
			    "the policy needs capabilities 0x%" PRIx64 ", which this scx-cland "
			    "does not have; install a newer scx-cland",
			    ret_ops->capabilities & ~KNOWN_CAPABILITIES);
	if (ret_ops->task_priv_size > CLAND_TASK_PRIV_MAX)
		return FAIL(image, -EINVAL,
			    "the policy wants %" PRIu32 " private bytes for each task; at most %u "
			    "are to be had",
			    ret_ops->task_priv_size, CLAND_TASK_PRIV_MAX);
	if (!ret_ops->rank)
		return FAIL(image, -EINVAL, "the policy has no rank(), which is required");
	return 0;
}

static bool is_param_name(const char *name)
{
	return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

static int read_param(const struct image *image, const struct cland_param *raw,
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
		return FAIL(image, -EINVAL,
			    "the parameter '%s' may have only a-z, 0-9 and '_' in its name",
			    param->name);
	for (i = 0; i < meta->nr_params; i++) {
		if (!strcmp(meta->params[i].name, param->name))
			return FAIL(image, -EINVAL, "the policy has two parameters '%s'",
				    param->name);
	}
	snprintf(what, sizeof(what), "unit of '%s'", param->name);
	err = read_string(image, (uintptr_t)raw->unit, what, false, param->unit,
			  sizeof(param->unit));
	if (err)
		return err;
	snprintf(what, sizeof(what), "help on '%s'", param->name);
	err = read_string(image, (uintptr_t)raw->help, what, false, param->help,
			  sizeof(param->help));
	if (err)
		return err;
	if (raw->type != CLAND_PARAM_U64 && raw->type != CLAND_PARAM_BOOL)
		return FAIL(image, -EINVAL,
			    "the parameter '%s' is of type %" PRIu32 ", which this scx-cland does "
			    "not know; install a newer scx-cland",
			    param->name, raw->type);
	if (raw->reserved)
		return FAIL(image, -EINVAL, "the parameter '%s' must have 0 in its reserved field",
			    param->name);

	param->type = raw->type;
	param->min = raw->type == CLAND_PARAM_BOOL ? 0 : raw->min;
	param->max = raw->type == CLAND_PARAM_BOOL ? 1 : raw->max;
	param->def = raw->def;
	if (param->def < param->min || param->def > param->max)
		return FAIL(image, -EINVAL,
			    "the default of the parameter '%s' is %" PRIu64 ", and its range "
			    "%" PRIu64 " to %" PRIu64,
			    param->name, param->def, param->min, param->max);
	return 0;
}

static int read_params(const struct image *image, uint64_t addr, struct policy_meta *meta)
{
	struct cland_param raw[POLICY_META_MAX_PARAMS + 1];
	size_t size = sizeof(raw), i;
	const char *bytes;
	int err;

	if (!addr)
		return 0;
	bytes = find_bytes(image, addr, sizeof(raw[0]), &size);
	if (!bytes)
		return FAIL(image, -EINVAL, "the policy's parameters are not in the file");
	memcpy(raw, bytes, size);
	relocate(image, addr, (char *)raw, size);
	for (i = 0; i < size / sizeof(raw[0]); i++) {
		if (!raw[i].name)
			return 0;
		if (i == POLICY_META_MAX_PARAMS)
			return FAIL(image, -EINVAL,
				    "the policy has more than %d parameters, or no entry whose "
				    "name is NULL at their end",
				    POLICY_META_MAX_PARAMS);
		err = read_param(image, &raw[i], meta, &meta->params[i]);
		if (err)
			return err;
		meta->nr_params++;
	}
	return FAIL(image, -EINVAL,
		    "the policy's parameters have no entry whose name is NULL at their end");
}

static int read_meta(struct image *image, struct policy_meta *meta)
{
	struct cland_policy_ops ops = { 0 };
	GElf_Sym sym = { 0 };
	int err;

	err = check_header(image);
	if (!err)
		err = find_symbol(image, &sym);
	if (!err)
		err = read_table(image, &sym, &ops);
	if (err)
		return err;
	meta->abi_major = ops.abi_major;
	meta->abi_minor = ops.abi_minor;
	err = read_string(image, (uintptr_t)ops.name, "name", true, meta->name, sizeof(meta->name));
	if (!err && !config_is_policy_name(meta->name))
		err = FAIL(image, -EINVAL,
			   "the policy's name '%s' may have only a-z, 0-9 and '-' in it",
			   meta->name);
	if (!err)
		err = read_string(image, (uintptr_t)ops.summary, "summary", true, meta->summary,
				  sizeof(meta->summary));
	if (!err)
		err = read_string(image, (uintptr_t)ops.version, "version", false, meta->version,
				  sizeof(meta->version));
	if (!err)
		err = read_params(image, (uintptr_t)ops.params, meta);
	return err;
}

static int make_absolute(const char *path, char *ret_path, size_t size, struct diag *diag)
{
	char cwd[PATH_MAX] = "";
	int len;

	if (path[0] != '/' && !getcwd(cwd, sizeof(cwd)))
		return diag_set(diag, -errno, "%.256s: the current folder is not known: %s", path,
				strerror(errno));
	len = snprintf(ret_path, size, "%s%s%s", cwd, cwd[0] ? "/" : "", path);
	if (len < 0 || (size_t)len >= size)
		return diag_set(diag, -ENAMETOOLONG, "%.256s...: the path is too long", path);
	return 0;
}

int policy_meta_read(const char *path, struct policy_meta *ret_meta, struct diag *diag)
{
	struct image image = { .path = path, .diag = diag };
	struct policy_meta meta = { 0 };
	int err;

	err = make_absolute(path, meta.path, sizeof(meta.path), diag);
	if (!err)
		err = open_image(&image);
	if (!err)
		err = read_meta(&image, &meta);
	if (!err)
		*ret_meta = meta;
	if (image.elf)
		elf_end(image.elf);
	free(image.bytes);
	return err;
}

/* Folders, first come, first served: a policy in an earlier one hides that in a later. */
struct folders {
	size_t nr;
	char paths[16][PATH_MAX / 4];
};

static bool add_folder(struct folders *folders, const char *path, size_t len)
{
	if (!len)
		return true;
	if (folders->nr == ARRAY_LEN(folders->paths) || len >= sizeof(folders->paths[0]))
		return false;
	memcpy(folders->paths[folders->nr], path, len);
	folders->paths[folders->nr++][len] = '\0';
	return true;
}

/* While the program lies in a build folder its policies lie in the folder beside its own. */
static void add_build_folder(struct folders *folders)
{
	char path[PATH_MAX / 4];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	struct stat st;
	char *slash;
	int i;

	if (len < 0)
		return;
	path[len] = '\0';
	for (i = 0; i < 2; i++) {
		slash = strrchr(path, '/');
		if (!slash)
			return;
		*slash = '\0';
	}
	if (strlen(path) + sizeof("/policies") > sizeof(path))
		return;
	strcat(path, "/policies");
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		add_folder(folders, path, strlen(path));
}

static int find_folders(struct folders *ret_folders, struct diag *diag)
{
	const char *env = getenv("SCX_CLAND_POLICY_PATH");
	size_t len;

	ret_folders->nr = 0;
	if (!env || !*env) {
		add_build_folder(ret_folders);
		add_folder(ret_folders, CLAND_POLICY_DIR, strlen(CLAND_POLICY_DIR));
		return 0;
	}
	for (; *env; env += len + (env[len] == ':')) {
		len = strcspn(env, ":");
		if (!add_folder(ret_folders, env, len))
			return diag_set(diag, -ENAMETOOLONG,
					"SCX_CLAND_POLICY_PATH names a folder of more than %zu "
					"letters, or more than %zu folders",
					sizeof(ret_folders->paths[0]) - 1,
					ARRAY_LEN(ret_folders->paths));
	}
	return 0;
}

static int is_so(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 3 && !strcmp(entry->d_name + len - 3, ".so");
}

/* Calls with(data, folder, file) for each NAME.so, by folder and name. */
static void for_each_file(const struct folders *folders,
			  void (*with)(void *data, const char *folder, const char *file),
			  void *data)
{
	struct dirent **entries;
	size_t i;
	int j, nr;

	for (i = 0; i < folders->nr; i++) {
		nr = scandir(folders->paths[i], &entries, is_so, alphasort);
		for (j = 0; j < nr; j++) {
			with(data, folders->paths[i], entries[j]->d_name);
			free(entries[j]);
		}
		if (nr >= 0)
			free(entries);
	}
}

/* Text that is made by adding; ends in "..." when not all fit. */
static void append(char *text, size_t size, const char *separator, const char *more)
{
	size_t len = strlen(text);

	if (len + strlen(separator) + strlen(more) + 4 < size)
		sprintf(text + len, "%s%s", len ? separator : "", more);
	else if (len + 4 < size && (len < 3 || strcmp(text + len - 3, "...") != 0))
		strcpy(text + len, "...");
}

struct wanted {
	struct suggest suggest;
	char near[32]; /* suggest's best outlives its entry here */
	char found[384];
};

static void note_file(void *data, const char *folder, const char *file)
{
	struct wanted *wanted = data;
	const char *before = wanted->suggest.best;
	char name[NAME_MAX + 1];

	(void)folder;
	snprintf(name, sizeof(name), "%.*s", (int)strlen(file) - 3, file);
	append(wanted->found, sizeof(wanted->found), ", ", name);
	suggest_try(&wanted->suggest, name);
	if (wanted->suggest.best != before) {
		snprintf(wanted->near, sizeof(wanted->near), "%.31s", name);
		wanted->suggest.best = wanted->near;
	}
}

static int not_found(const char *name, const struct folders *folders, struct diag *diag)
{
	struct wanted wanted = { 0 };
	char where[384] = "";
	size_t i;

	for (i = 0; i < folders->nr; i++)
		append(where, sizeof(where), ", ", folders->paths[i]);
	suggest_init(&wanted.suggest, name);
	for_each_file(folders, note_file, &wanted);
	return diag_set(diag, -ENOENT, "no policy '%s' in %s; found there: %s%s", name,
			where[0] ? where : "any folder", wanted.found[0] ? wanted.found : "none",
			suggest_hint(&wanted.suggest));
}

int policy_meta_find(const char *name_or_path, char *ret_path, size_t size, struct diag *diag)
{
	struct folders folders;
	char path[PATH_MAX], absolute[PATH_MAX];
	size_t i;
	int err;

	if (strchr(name_or_path, '/')) {
		if (access(name_or_path, F_OK))
			return diag_set(diag, -errno, "%.256s: there is no policy: %s",
					name_or_path, strerror(errno));
		err = make_absolute(name_or_path, absolute, sizeof(absolute), diag);
		goto out;
	}
	if (!config_is_policy_name(name_or_path))
		return diag_set(diag, -ENOENT,
				"'%.64s' is no policy; expected a name (at most 31 of a-z, 0-9 "
				"and '-') or a path with a '/' in it",
				name_or_path);
	err = find_folders(&folders, diag);
	if (err)
		return err;
	for (i = 0; i < folders.nr; i++) {
		snprintf(path, sizeof(path), "%s/%s.so", folders.paths[i], name_or_path);
		if (!access(path, F_OK)) {
			err = make_absolute(path, absolute, sizeof(absolute), diag);
			goto out;
		}
	}
	return not_found(name_or_path, &folders, diag);
out:
	if (!err && strlen(absolute) >= size)
		err = diag_set(diag, -ENAMETOOLONG, "%.256s...: the path is too long", absolute);
	if (!err)
		strcpy(ret_path, absolute);
	return err;
}

static int param_value(const struct policy_meta_param *param, const struct config_param *entry,
		       uint64_t *ret_value, struct diag *diag)
{
	uint64_t value;
	bool yes;
	int err;

	if (param->type == CLAND_PARAM_BOOL) {
		if (config_parse_bool(entry->value, &yes))
			return diag_set(diag, -EINVAL, "%s: %s: '%s' is neither yes nor no",
					entry->origin, entry->key, entry->value);
		*ret_value = yes;
		return 0;
	}
	err = config_parse_u64(entry->value, &value);
	if (err || value < param->min || value > param->max)
		return diag_set(diag, -EINVAL,
				"%s: %s: '%s' is %s; expected %" PRIu64 " to %" PRIu64 "%s%s",
				entry->origin, entry->key, entry->value,
				err == -EINVAL ? "not a whole number" : "out of range", param->min,
				param->max, param->unit[0] ? " " : "", param->unit);
	*ret_value = value;
	return 0;
}

/* A setting for another policy than the one in use: its name must not be a slip of the pen. */
static int check_other_policy(const struct config_param *entry, struct diag *diag)
{
	char path[sizeof(((struct policy_meta *)0)->path)];
	struct diag reason;

	if (!policy_meta_find(entry->policy, path, sizeof(path), &reason))
		return 0;
	return diag_set(diag, -EINVAL, "%s: '%s' is set for a policy that is not there: %s",
			entry->origin, entry->key, reason.text);
}

int policy_meta_values(const struct policy_meta *meta, const struct config *config,
		       uint64_t *ret_values, struct diag *diag)
{
	const struct config_param *entry;
	uint64_t values[POLICY_META_MAX_PARAMS];
	struct suggest suggest;
	char all[384] = "";
	size_t i, j;
	int err;

	for (i = 0; i < meta->nr_params; i++)
		values[i] = meta->params[i].def;
	for (i = 0; i < config->nr_params; i++) {
		entry = &config->params[i];
		if (strcmp(entry->policy, meta->name) != 0) {
			err = check_other_policy(entry, diag);
			if (err)
				return err;
			continue;
		}
		suggest_init(&suggest, entry->key);
		for (j = 0; j < meta->nr_params; j++) {
			if (!strcmp(meta->params[j].name, entry->key))
				break;
			suggest_try(&suggest, meta->params[j].name);
			append(all, sizeof(all), ", ", meta->params[j].name);
		}
		if (j == meta->nr_params)
			return diag_set(diag, -EINVAL,
					"%s: the policy '%s' has no parameter '%s'; it has %s%s",
					entry->origin, meta->name, entry->key,
					all[0] ? all : "none", suggest_hint(&suggest));
		all[0] = '\0';
		err = param_value(&meta->params[j], entry, &values[j], diag);
		if (err)
			return err;
	}
	memcpy(ret_values, values, meta->nr_params * sizeof(values[0]));
	return 0;
}

static void list_param(FILE *out, const struct policy_meta_param *param)
{
	const char *space = param->unit[0] ? " " : "";

	if (param->type == CLAND_PARAM_BOOL)
		fprintf(out, "    %s = %s", param->name, param->def ? "yes" : "no");
	else
		fprintf(out, "    %s = %" PRIu64 "  (%" PRIu64 " to %" PRIu64 "%s%s)", param->name,
			param->def, param->min, param->max, space, param->unit);
	fprintf(out, "%s%s\n", param->help[0] ? "  " : "", param->help);
}

struct listing {
	FILE *out;
	const struct folders *folders;
	size_t nr;
};

/* Is there one of that name in an earlier folder, which is then the one that is used? */
static bool is_hidden(const struct listing *listing, const char *folder, const char *file)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; listing->folders->paths[i] != folder; i++) {
		snprintf(path, sizeof(path), "%s/%s", listing->folders->paths[i], file);
		if (!access(path, F_OK))
			return true;
	}
	return false;
}

static void list_file(void *data, const char *folder, const char *file)
{
	struct listing *listing = data;
	struct policy_meta meta;
	struct diag diag;
	char path[PATH_MAX], name[NAME_MAX + 1];
	size_t i;

	if (is_hidden(listing, folder, file))
		return;
	listing->nr++;
	snprintf(name, sizeof(name), "%.*s", (int)strlen(file) - 3, file);
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	if (policy_meta_read(path, &meta, &diag)) {
		fprintf(listing->out, "%s  cannot be used: %s\n", name, diag.text);
		return;
	}
	fprintf(listing->out, "%s%s%s  %s\n    %s\n", name, meta.version[0] ? " " : "",
		meta.version, meta.summary, meta.path);
	if (strcmp(name, meta.name) != 0)
		fprintf(listing->out, "    its parameters stand in [policy.%s]\n", meta.name);
	for (i = 0; i < meta.nr_params; i++)
		list_param(listing->out, &meta.params[i]);
}

void policy_meta_list(FILE *out)
{
	struct folders folders;
	struct listing listing = { .out = out, .folders = &folders };
	struct diag diag;
	size_t i;

	if (find_folders(&folders, &diag)) {
		fprintf(out, "%s\n", diag.text);
		return;
	}
	for_each_file(&folders, list_file, &listing);
	if (listing.nr)
		return;
	fprintf(out, "No policies in");
	for (i = 0; i < folders.nr; i++)
		fprintf(out, "%s %s", i ? "," : "", folders.paths[i]);
	fprintf(out, "\n");
}
