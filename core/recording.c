/* SPDX-License-Identifier: GPL-2.0-only */
#include "recording.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "scx-cland recording"
#define CPUS_MAX 4096

static const char *const kind_names[] = {
	[RECORDING_RUN] = "run",   [RECORDING_SLEEP] = "sleep", [RECORDING_WAIT] = "wait",
	[RECORDING_WAKE] = "wake", [RECORDING_FORK] = "fork",
};

static const struct {
	enum recording_class class;
	const char *name;
} classes[] = {
	{ RECORDING_OTHER, "other" }, { RECORDING_FIFO, "fifo" }, { RECORDING_RR, "rr" },
	{ RECORDING_BATCH, "batch" }, { RECORDING_IDLE, "idle" },
	{ RECORDING_DEADLINE, "deadline" }, { RECORDING_EXT, "ext" },
};

#define NR(array) (sizeof(array) / sizeof((array)[0]))

bool recording_class_is_modelled(enum recording_class class)
{
	return class != RECORDING_FIFO && class != RECORDING_RR && class != RECORDING_DEADLINE;
}

/* ---- making one ------------------------------------------------------------------------------ */

/* Room for one more of size bytes. Returns the array, moved perhaps, or NULL. */
static void *grown(void *array, size_t size, uint32_t used, uint32_t *room)
{
	uint32_t wanted = *room ? 2 * *room : 8;
	void *moved;

	if (used < *room)
		return array;
	moved = realloc(array, wanted * size);
	if (moved)
		*room = wanted;
	return moved;
}

int recording_init(struct recording *r)
{
	*r = (struct recording){ .nr_cpus = 1, .smt = 1, .nr_llcs = 1, .nr_nodes = 1 };
	return recording_add_cgroup(r, 0, 100, "/") == RECORDING_NONE ? -ENOMEM : 0;
}

void recording_free(struct recording *r)
{
	uint32_t i;

	for (i = 0; i < r->nr_tasks; i++) {
		free(r->tasks[i].cpus);
		free(r->tasks[i].steps);
	}
	for (i = 0; i < r->nr_cgroups; i++)
		free(r->cgroups[i].path);
	free(r->tasks);
	free(r->cgroups);
	memset(r, 0, sizeof(*r));
}

uint32_t recording_add_task(struct recording *r, int32_t pid)
{
	struct recording_task *tasks;

	if (r->nr_tasks == RECORDING_TASKS_MAX)
		return RECORDING_NONE;
	tasks = grown(r->tasks, sizeof(*tasks), r->nr_tasks, &r->room_tasks);
	if (!tasks)
		return RECORDING_NONE;
	r->tasks = tasks;
	tasks[r->nr_tasks] = (struct recording_task){ .pid = pid, .tgid = pid, .comm = "?" };
	return r->nr_tasks++;
}

uint32_t recording_add_cgroup(struct recording *r, uint32_t parent, uint32_t weight, const char *path)
{
	struct recording_cgroup *cgroups;
	char *copy;

	if (r->nr_cgroups == RECORDING_CGROUPS_MAX)
		return RECORDING_NONE;
	cgroups = grown(r->cgroups, sizeof(*cgroups), r->nr_cgroups, &r->room_cgroups);
	if (!cgroups)
		return RECORDING_NONE;
	r->cgroups = cgroups;
	copy = strdup(path);
	if (!copy)
		return RECORDING_NONE;
	cgroups[r->nr_cgroups] = (struct recording_cgroup){ copy, parent, weight };
	return r->nr_cgroups++;
}

int recording_add_step(struct recording *r, uint32_t index, enum recording_kind kind, uint64_t ns,
		       uint32_t other)
{
	struct recording_task *task = &r->tasks[index];
	struct recording_step *steps;

	if (r->nr_steps == RECORDING_STEPS_MAX)
		return -E2BIG;
	steps = grown(task->steps, sizeof(*steps), task->nr_steps, &task->room_steps);
	if (!steps)
		return -ENOMEM;
	task->steps = steps;
	steps[task->nr_steps++] = (struct recording_step){ ns, other, (uint8_t)kind };
	r->nr_steps++;
	return 0;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* A name to the end of its line, whatever is in it. */
static void put_name(FILE *out, const char *name)
{
	const unsigned char *at;

	for (at = (const unsigned char *)name; *at; at++) {
		if (*at < ' ' || *at == '\\' || *at == 0x7f)
			fprintf(out, "\\x%02x", *at);
		else
			putc(*at, out);
	}
	putc('\n', out);
}

static const char *class_name(enum recording_class class)
{
	size_t i;

	for (i = 0; i < NR(classes); i++)
		if (classes[i].class == class)
			return classes[i].name;
	return "other";
}

static void put_task(FILE *out, const struct recording_task *task, uint32_t index)
{
	uint32_t i;

	fprintf(out, "task %" PRIu32 " pid %" PRId32 " tgid %" PRId32 " nice %" PRId32
		" class %s kthread %s start %" PRIu64 " ended %s cgroup %" PRIu32 " cpus %s comm ", index,
		task->pid, task->tgid, task->nice, class_name(task->class),
		task->is_kthread ? "yes" : "no", task->start_ns, task->has_exited ? "yes" : "no",
		task->cgroup, task->cpus ? task->cpus : "all");
	put_name(out, task->comm);
	for (i = 0; i < task->nr_steps; i++) {
		const struct recording_step *step = &task->steps[i];

		fputs(kind_names[step->kind], out);
		if (step->kind <= RECORDING_WAIT)
			fprintf(out, " %" PRIu64, step->ns);
		if (step->kind >= RECORDING_WAIT)
			fprintf(out, " %" PRIu32, step->task);
		putc('\n', out);
	}
}

int recording_write(FILE *out, const struct recording *r)
{
	uint32_t i;

	fprintf(out, MAGIC " %d\n", RECORDING_VERSION);
	fprintf(out, "source %s\nkernel ", r->source);
	put_name(out, r->kernel[0] ? r->kernel : "unknown");
	fprintf(out, "cpus %" PRIu32 "\nsmt %" PRIu32 "\nllcs %" PRIu32 "\nnodes %" PRIu32 "\n"
		"clock monotonic\nstart %" PRIu64 "\nduration %" PRIu64 "\nevents %" PRIu64
		"\ndropped %" PRIu64 "\ninterrupts %s\n", r->nr_cpus, r->smt, r->nr_llcs, r->nr_nodes,
		r->start_ns, r->duration_ns, r->nr_events, r->nr_dropped,
		r->tells_interrupts ? "told" : "untold");
	for (i = 0; i < r->nr_cgroups; i++) {
		fprintf(out, "cgroup %" PRIu32 " parent %" PRIu32 " weight %" PRIu32 " path ", i,
			r->cgroups[i].parent, r->cgroups[i].weight);
		put_name(out, r->cgroups[i].path);
	}
	for (i = 0; i < r->nr_tasks; i++)
		put_task(out, &r->tasks[i], i);
	fprintf(out, "end tasks %" PRIu32 " steps %" PRIu32 "\n", r->nr_tasks, r->nr_steps);
	errno = 0;
	return fflush(out) || ferror(out) ? (errno ? -errno : -EIO) : 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
	const char *path;
	unsigned int line;
	char *at;		/* in the line, a copy that ends with a NUL */
	struct recording *recording;
	struct diag *diag;
	uint64_t max_task;	/* the highest one that a step names, and where */
	unsigned int max_task_line;
	uint32_t has_header;	/* bits of header_keys */
	bool has_ended;
};

__attribute__((format(printf, 3, 4))) static int bad(struct reader *in, int err, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return diag_set(in->diag, err, "%s:%u: %s", in->path, in->line, text);
}

/* The next word of the line; "" at its end. */
static char *word(struct reader *in)
{
	char *begin;

	while (*in->at == ' ')
		in->at++;
	begin = in->at;
	while (*in->at && *in->at != ' ')
		in->at++;
	if (*in->at)
		*in->at++ = '\0';
	return begin;
}

static int want_word(struct reader *in, const char *wanted)
{
	const char *got = word(in);

	if (!strcmp(got, wanted))
		return 0;
	return bad(in, -EINVAL, "expected '%s' instead of '%.32s'", wanted, got[0] ? got : "the end of the line");
}

static int want_number(struct reader *in, const char *what, uint64_t max, uint64_t *ret)
{
	const char *got = word(in), *at;
	uint64_t number = 0;

	for (at = got; *at >= '0' && *at <= '9'; at++) {
		if (number > (UINT64_MAX - 9) / 10)
			break;
		number = number * 10 + (uint64_t)(*at - '0');
	}
	if (at == got || *at || number > max)
		return bad(in, -EINVAL, "%s: expected a whole number up to %" PRIu64 " instead of "
			   "'%.32s'", what, max, got);
	*ret = number;
	return 0;
}

/* The word `what` and a number behind it. */
static int want_pair(struct reader *in, const char *what, uint64_t max, uint64_t *ret)
{
	int err = want_word(in, what);

	return err ? err : want_number(in, what, max, ret);
}

/* One of two words behind the word `what`. */
static int want_choice(struct reader *in, const char *what, const char *yes, const char *no, bool *ret)
{
	const char *got;
	int err = want_word(in, what);

	if (err)
		return err;
	got = word(in);
	*ret = !strcmp(got, yes);
	if (*ret || !strcmp(got, no))
		return 0;
	return bad(in, -EINVAL, "%s: expected %s or %s instead of '%.32s'", what, yes, no, got);
}

static int want_end(struct reader *in)
{
	const char *got = word(in);

	return got[0] ? bad(in, -EINVAL, "'%.32s' is too much", got) : 0;
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The rest of the line, its escapes resolved in place. */
static int want_name(struct reader *in, const char *what, char **ret_name)
{
	char *from, *to;

	*ret_name = to = from = in->at;
	while (*from) {
		if (*from == '\\') {
			int high = from[1] == 'x' ? hex_digit(from[2]) : -1;
			int low = high >= 0 ? hex_digit(from[3]) : -1;

			if (low < 0 || !(high | low))
				return bad(in, -EINVAL, "a backslash is written as \\x5c, and another "
					   "byte likewise as \\xNN");
			*to++ = (char)(high << 4 | low);
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	in->at = from;
	if (!**ret_name)
		return bad(in, -EINVAL, "%s: a name is missing", what);
	return 0;
}

static int read_name(struct reader *in, const char *what, char *to, size_t size)
{
	char *name;
	int err = want_name(in, what, &name);

	if (err)
		return err;
	if (strlen(name) >= size)
		return bad(in, -EINVAL, "'%.64s' is longer than %zu bytes", name, size - 1);
	memcpy(to, name, strlen(name) + 1);
	return 0;
}

enum header_type { HEADER_NAME, HEADER_U32, HEADER_U64, HEADER_CLOCK, HEADER_INTERRUPTS };

static const struct header_key {
	const char *name;
	enum header_type type;
	size_t offset, size;
	uint64_t min, max;
} header_keys[] = {
#define TEXT(name, field) \
	{ name, HEADER_NAME, offsetof(struct recording, field), sizeof(((struct recording *)0)->field), 0, 0 }
#define NUMBER(name, type, field, min, max) { name, type, offsetof(struct recording, field), 0, min, max }
	TEXT("source", source),
	TEXT("kernel", kernel),
	NUMBER("cpus", HEADER_U32, nr_cpus, 1, CPUS_MAX),
	NUMBER("smt", HEADER_U32, smt, 1, 8),
	NUMBER("llcs", HEADER_U32, nr_llcs, 1, CPUS_MAX),
	NUMBER("nodes", HEADER_U32, nr_nodes, 1, 64),
	{ "clock", HEADER_CLOCK, 0, 0, 0, 0 },
	NUMBER("start", HEADER_U64, start_ns, 0, UINT64_MAX),
	NUMBER("duration", HEADER_U64, duration_ns, 1, 86400000000000ULL),
	NUMBER("events", HEADER_U64, nr_events, 0, UINT64_MAX),
	NUMBER("dropped", HEADER_U64, nr_dropped, 0, UINT64_MAX),
	{ "interrupts", HEADER_INTERRUPTS, 0, 0, 0, 0 },
#undef TEXT
#undef NUMBER
};

static int read_header(struct reader *in, size_t index)
{
	const struct header_key *key = &header_keys[index];
	char *field = (char *)in->recording + key->offset;
	uint32_t small;
	uint64_t number;
	const char *got;
	int err;

	if (in->has_header & 1u << index)
		return bad(in, -EINVAL, "'%s' is there twice", key->name);
	if (in->recording->nr_tasks)
		return bad(in, -EINVAL, "'%s' belongs before the first task", key->name);
	in->has_header |= 1u << index;
	switch (key->type) {
	case HEADER_NAME:
		return read_name(in, key->name, field, key->size);
	case HEADER_CLOCK:
		got = word(in);
		return strcmp(got, "monotonic") != 0 ?
			       bad(in, -EINVAL, "clock: expected monotonic instead of '%.32s'", got) : 0;
	case HEADER_INTERRUPTS:
		got = word(in);
		in->recording->tells_interrupts = !strcmp(got, "told");
		if (in->recording->tells_interrupts || !strcmp(got, "untold"))
			return 0;
		return bad(in, -EINVAL, "interrupts: expected told or untold instead of '%.32s'", got);
	default:
		err = want_number(in, key->name, key->max, &number);
		if (err)
			return err;
		if (number < key->min)
			return bad(in, -EINVAL, "%s: expected at least %" PRIu64, key->name, key->min);
		small = (uint32_t)number;
		if (key->type == HEADER_U32)
			memcpy(field, &small, sizeof(small));
		else
			memcpy(field, &number, sizeof(number));
		return 0;
	}
}

static int read_cgroup(struct reader *in)
{
	uint64_t index, parent, weight;
	struct recording *r = in->recording;
	char *path;
	int err;

	err = want_number(in, "cgroup", RECORDING_CGROUPS_MAX - 1, &index);
	if (!err)
		err = want_pair(in, "parent", RECORDING_CGROUPS_MAX - 1, &parent);
	if (!err)
		err = want_pair(in, "weight", 10000, &weight);
	if (!err)
		err = want_word(in, "path");
	if (!err)
		err = want_name(in, "path", &path);
	if (err)
		return err;
	if (!weight)
		return bad(in, -EINVAL, "weight: expected a whole number from 1 to 10000");
	if (!index && r->nr_cgroups == 1 && !parent)
		return 0; /* the root, which is there */
	if (index != r->nr_cgroups)
		return bad(in, -EINVAL, "cgroup %" PRIu64 ": expected the next number, %" PRIu32, index,
			   r->nr_cgroups);
	if (parent >= index)
		return bad(in, -EINVAL, "parent: expected a cgroup before this one");
	if (recording_add_cgroup(r, (uint32_t)parent, (uint32_t)weight, path) == RECORDING_NONE)
		return bad(in, -ENOMEM, "no memory");
	return 0;
}

static int read_class(struct reader *in, struct recording_task *task)
{
	const char *got;
	size_t i;
	int err = want_word(in, "class");

	if (err)
		return err;
	got = word(in);
	for (i = 0; i < NR(classes); i++) {
		if (strcmp(got, classes[i].name) != 0)
			continue;
		task->class = classes[i].class;
		return 0;
	}
	return bad(in, -EINVAL, "class: expected other, batch, idle, ext, fifo, rr or deadline instead of "
		   "'%.32s'", got);
}

static int read_nice(struct reader *in, struct recording_task *task)
{
	uint64_t number;
	bool negative;
	int err = want_word(in, "nice");

	if (err)
		return err;
	while (*in->at == ' ')
		in->at++;
	negative = *in->at == '-';
	in->at += negative;
	err = want_number(in, "nice", negative ? 20 : 19, &number);
	if (!err)
		task->nice = negative ? -(int32_t)number : (int32_t)number;
	return err;
}

/* Which CPUs there are is for those to say who have a machine. */
static int read_cpus(struct reader *in, struct recording_task *task)
{
	const char *got;
	int err = want_word(in, "cpus");

	if (err)
		return err;
	got = word(in);
	if (!got[0] || (strspn(got, "0123456789,-") != strlen(got) && strcmp(got, "all") != 0))
		return bad(in, -EINVAL, "cpus: expected all or a list, as 0-3,8, instead of '%.32s'", got);
	if (!strcmp(got, "all"))
		return 0;
	task->cpus = strdup(got);
	return task->cpus ? 0 : bad(in, -ENOMEM, "no memory");
}

static int read_task(struct reader *in)
{
	struct recording *r = in->recording;
	struct recording_task *task;
	uint64_t index, pid, tgid, cgroup;
	uint32_t at;
	int err;

	if (in->has_header != (1u << NR(header_keys)) - 1) {
		for (at = 0; in->has_header & 1u << at; at++)
			;
		return bad(in, -EINVAL, "'%s' is missing before the first task", header_keys[at].name);
	}
	err = want_number(in, "task", RECORDING_TASKS_MAX - 1, &index);
	if (!err)
		err = want_pair(in, "pid", INT32_MAX, &pid);
	if (!err)
		err = want_pair(in, "tgid", INT32_MAX, &tgid);
	if (err)
		return err;
	if (index != r->nr_tasks)
		return bad(in, -EINVAL, "task %" PRIu64 ": expected the next number, %" PRIu32, index,
			   r->nr_tasks);
	at = recording_add_task(r, (int32_t)pid);
	if (at == RECORDING_NONE)
		return bad(in, -ENOMEM, "no memory");
	task = &r->tasks[at];
	task->tgid = (int32_t)tgid;
	task->line = in->line;
	err = read_nice(in, task);
	if (!err)
		err = read_class(in, task);
	if (!err)
		err = want_choice(in, "kthread", "yes", "no", &task->is_kthread);
	if (!err)
		err = want_pair(in, "start", r->duration_ns, &task->start_ns);
	if (!err)
		err = want_choice(in, "ended", "yes", "no", &task->has_exited);
	if (!err)
		err = want_pair(in, "cgroup", UINT32_MAX, &cgroup);
	if (!err && cgroup >= r->nr_cgroups)
		err = bad(in, -EINVAL, "cgroup: there is none with the number %" PRIu64, cgroup);
	if (err)
		return err;
	task->cgroup = (uint32_t)cgroup;
	err = read_cpus(in, task);
	if (!err)
		err = want_word(in, "comm");
	return err ? err : read_name(in, "comm", task->comm, sizeof(task->comm));
}

static int read_step(struct reader *in, enum recording_kind kind)
{
	struct recording *r = in->recording;
	uint64_t ns = 0, task = RECORDING_NONE;
	int err = 0;

	if (!r->nr_tasks)
		return bad(in, -EINVAL, "'%s' belongs behind a task", kind_names[kind]);
	if (kind <= RECORDING_WAIT)
		err = want_number(in, kind_names[kind], 86400000000000ULL, &ns);
	if (!err && kind >= RECORDING_WAIT)
		err = want_number(in, kind_names[kind], RECORDING_TASKS_MAX - 1, &task);
	if (err)
		return err;
	if (kind >= RECORDING_WAIT && (!in->max_task_line || task > in->max_task)) {
		in->max_task = task;
		in->max_task_line = in->line;
	}
	err = recording_add_step(r, r->nr_tasks - 1, kind, ns, (uint32_t)task);
	if (err == -E2BIG)
		return bad(in, err, "more than %u steps", RECORDING_STEPS_MAX);
	return err ? bad(in, err, "no memory") : 0;
}

static int read_last(struct reader *in)
{
	uint64_t nr_tasks, nr_steps;
	int err = want_pair(in, "tasks", UINT32_MAX, &nr_tasks);

	if (!err)
		err = want_pair(in, "steps", UINT32_MAX, &nr_steps);
	if (!err)
		err = want_end(in);
	if (err)
		return err;
	if (nr_tasks != in->recording->nr_tasks || nr_steps != in->recording->nr_steps)
		return bad(in, -EINVAL, "there are %" PRIu32 " tasks and %" PRIu32 " steps in it, and not %"
			   PRIu64 " and %" PRIu64 ": some are missing", in->recording->nr_tasks,
			   in->recording->nr_steps, nr_tasks, nr_steps);
	in->has_ended = true;
	return 0;
}

static int read_line(struct reader *in)
{
	const char *first;
	size_t i;
	int err;

	if (in->at[0] == '#')
		return 0;
	first = word(in);
	if (!first[0])
		return 0;
	if (in->has_ended)
		return bad(in, -EINVAL, "there is more behind the line 'end'");
	for (i = 0; i < NR(kind_names); i++) {
		if (strcmp(first, kind_names[i]) != 0)
			continue;
		err = read_step(in, (enum recording_kind)i);
		return err ? err : want_end(in);
	}
	if (!strcmp(first, "task"))
		return read_task(in);
	if (!strcmp(first, "cgroup"))
		return read_cgroup(in);
	if (!strcmp(first, "end"))
		return read_last(in);
	for (i = 0; i < NR(header_keys); i++) {
		if (strcmp(first, header_keys[i].name) != 0)
			continue;
		err = read_header(in, i);
		return err ? err : want_end(in);
	}
	return bad(in, -EINVAL, "'%.32s' is not known", first);
}

static int read_magic(struct reader *in)
{
	size_t len = strlen(MAGIC);
	uint64_t version;
	int err;

	if (strncmp(in->at, MAGIC " ", len + 1) != 0)
		return bad(in, -EINVAL, "this is no recording: the first line does not begin with '" MAGIC
			   "'");
	in->at += len;
	err = want_number(in, "version", UINT32_MAX, &version);
	if (err)
		return err;
	if (version != RECORDING_VERSION)
		return bad(in, -EINVAL, "the recording has the version %" PRIu64 ", and this program reads "
			   "version %d", version, RECORDING_VERSION);
	return want_end(in);
}

/* Only what nothing is missing of: steps that name tasks which are not there go. */
static void drop_dangling(struct recording *r)
{
	uint32_t i, from, to;

	for (i = 0; i < r->nr_tasks; i++) {
		struct recording_task *task = &r->tasks[i];

		for (from = to = 0; from < task->nr_steps; from++) {
			struct recording_step *step = &task->steps[from];

			if (step->kind >= RECORDING_WAKE && step->task >= r->nr_tasks)
				continue;
			if (step->kind == RECORDING_WAIT && step->task >= r->nr_tasks) {
				step->kind = RECORDING_SLEEP;
				step->task = RECORDING_NONE;
			}
			task->steps[to++] = *step;
		}
		r->nr_steps -= task->nr_steps - to;
		task->nr_steps = to;
	}
}

static int check_end(struct reader *in, bool partial)
{
	if (!in->has_ended && !partial)
		return bad(in, -ENODATA, "the recording is not whole: its last line, 'end', is missing");
	if (!in->recording->nr_tasks)
		return bad(in, -EINVAL, "there are no tasks in it");
	if (in->max_task_line && in->max_task >= in->recording->nr_tasks) {
		if (!partial) {
			in->line = in->max_task_line;
			return bad(in, -EINVAL, "there is no task %" PRIu64, in->max_task);
		}
		drop_dangling(in->recording);
	}
	return 0;
}

int recording_parse(const char *path, const char *text, size_t size, bool partial,
		    struct recording *ret_recording, struct diag *diag)
{
	struct recording r;
	struct reader in = { .path = path, .recording = &r, .diag = diag };
	const char *at = text, *end = text + size, *newline;
	char *line = NULL, *moved;
	size_t room = 0, len;
	int err = recording_init(&r);

	if (err)
		return diag_set(diag, err, "%s: no memory", path);
	while (!err && at < end) {
		newline = memchr(at, '\n', (size_t)(end - at));
		/* Of a line without its end nobody knows what is missing. */
		if (!newline && !in.has_ended && partial && in.line)
			break;
		len = (size_t)((newline ? newline : end) - at);
		in.line++;
		if (len >= room) {
			moved = realloc(line, 2 * len + 1);
			if (!moved) {
				err = bad(&in, -ENOMEM, "no memory");
				break;
			}
			line = moved;
			room = 2 * len + 1;
		}
		memcpy(line, at, len);
		line[len] = '\0';
		in.at = line;
		at = newline ? newline + 1 : end;
		if (memchr(line, '\0', len))
			err = bad(&in, -EINVAL, "there is a NUL byte in it");
		else
			err = in.line == 1 ? read_magic(&in) : read_line(&in);
		/* What is cut off in the middle says so, rather than what is wrong with its half. */
		if (err == -EINVAL && !newline && in.line > 1)
			err = bad(&in, -ENODATA, "the recording is not whole: it ends within a line");
	}
	if (!err && !in.line)
		err = diag_set(diag, -EINVAL, "%s: the file is empty", path);
	if (!err)
		err = check_end(&in, partial);
	free(line);
	if (err)
		recording_free(&r);
	else
		*ret_recording = r;
	return err;
}
