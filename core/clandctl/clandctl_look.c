/* SPDX-License-Identifier: GPL-2.0-only */
#include "clandctl_look.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clandctl.h"
#include "config.h"
#include "exit_codes.h"
#include "file_place.h"
#include "intent.h"
#include "record_msg.h"
#include "stats.h"

#define DEFAULT_NS 10000000000ULL
#define LONGEST_NS 3600000000000ULL
#define RING_KIB_MIN 64u
#define RING_KIB_MAX 1048576u

/* Returns EXIT_CODE_OK or EXIT_CODE_USAGE. */
static int parse_buffer(const char *text, uint32_t *ret_kib)
{
	uint64_t kib;

	if (config_parse_u64(text, &kib) || kib < RING_KIB_MIN || kib > RING_KIB_MAX ||
	    kib & (kib - 1))
		return clandctl_error(EXIT_CODE_USAGE, "--buffer: '%s' is no power of two from %u to %u",
				      text, RING_KIB_MIN, RING_KIB_MAX);
	*ret_kib = (uint32_t)kib;
	return EXIT_CODE_OK;
}

static int parse(int argc, char *argv[], struct clandctl_look *look)
{
	static const struct option options[] = {
		{ "for", required_argument, NULL, 'f' },
		{ "buffer", required_argument, NULL, 'b' },
		{ 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "+:o:", options, NULL)) != -1) {
		switch (opt) {
		case 'o':
			look->path = optarg;
			break;
		case 'f':
			if (intent_parse_duration(optarg, &look->duration_ns) ||
			    !look->duration_ns || look->duration_ns > LONGEST_NS)
				return clandctl_error(EXIT_CODE_USAGE, "--for: '%s' is no time up to an "
						      "hour; expected 10s or 1m", optarg);
			break;
		case 'b':
			if (parse_buffer(optarg, &look->ring_kib))
				return EXIT_CODE_USAGE;
			break;
		default:
			return clandctl_bad_option(opt, argv);
		}
	}
	if (!look->path || !look->path[0])
		return clandctl_error(EXIT_CODE_USAGE, "%s: which file? Give -o FILE", argv[0]);
	if (!strcmp(look->path, "-"))
		return clandctl_error(EXIT_CODE_USAGE, "%s: not to the standard output, as a file takes its "
				      "place only when it is whole; give -o FILE", argv[0]);
	return clandctl_no_more(argc, argv, optind);
}

/* What a new file may be to others: what the one in its place may be, else what the umask says. */
static mode_t mode_of(const char *place)
{
	mode_t mask = umask(0);
	struct stat st;

	umask(mask);
	return stat(place, &st) ? 0666 & ~mask : st.st_mode & 0777;
}

/*
 * The file is made at once, beside its place, so that it is known at the beginning whether it can
 * be written; it takes its place when it is whole. Returns 0 or -errno.
 */
static int open_file(struct clandctl_look *look)
{
	bool in_place;
	int fd, err = file_place_find(look->path, look->place, sizeof(look->place), &in_place);

	if (err)
		return err;
	if (in_place) {
		fd = open(look->place, O_WRONLY | O_CLOEXEC);
	} else {
		snprintf(look->beside, sizeof(look->beside), "%s.XXXXXX", look->place);
		fd = mkostemp(look->beside, O_CLOEXEC);
	}
	if (fd < 0)
		return -errno;
	if (in_place || !fchmod(fd, mode_of(look->place)))
		look->file = fdopen(fd, "w");
	if (look->file)
		return 0;
	err = -errno;
	close(fd);
	if (!in_place)
		unlink(look->beside);
	return err;
}

int clandctl_look_begin(int argc, char *argv[], struct clandctl_look *ret_look)
{
	int err, code;

	*ret_look = (struct clandctl_look){ .duration_ns = DEFAULT_NS, .ring_kib = RECORD_RING_KIB };
	code = parse(argc, argv, ret_look);
	if (code)
		return code;
	/* A limit on the size of files is an error like a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	err = open_file(ret_look);
	if (err)
		return clandctl_look_failed(ret_look, err);
	ret_look->stop_fd = clandctl_stop_fd();
	return EXIT_CODE_OK;
}

/* What is printed afterwards is not to follow the file's contents there. */
static void leave_stdout_to(FILE *file)
{
	struct stat its, ours;

	if (!fstat(fileno(file), &its) && !fstat(STDOUT_FILENO, &ours) && its.st_dev == ours.st_dev &&
	    its.st_ino == ours.st_ino)
		dup2(STDERR_FILENO, STDOUT_FILENO);
}

int clandctl_look_end(struct clandctl_look *look, int code)
{
	bool is_beside = look->beside[0];
	int err = 0;

	if (!is_beside)
		leave_stdout_to(look->file);
	if (fclose(look->file))
		err = -errno;
	if (!code && !err && is_beside && rename(look->beside, look->place))
		err = -errno;
	if (!code && err)
		code = clandctl_look_failed(look, err);
	if (code && is_beside)
		unlink(look->beside);
	close(look->stop_fd);
	return code;
}

int clandctl_look_failed(const struct clandctl_look *look, int err)
{
	return clandctl_error(EXIT_CODE_FAILED, "%s cannot be written: %s", look->path, strerror(-err));
}

void clandctl_look_print_cost(const char *what, uint64_t kernel_ns, uint64_t own_ns,
			      uint64_t duration_ns, uint32_t nr_cpus)
{
	double all_ns = (double)duration_ns * nr_cpus;
	char kernel[32], own[32];

	stats_format_ns(kernel_ns, kernel, sizeof(kernel));
	stats_format_ns(own_ns, own, sizeof(own));
	printf("%s took %s in the kernel and %s in clandctl: %.3f %% of all CPU time\n", what, kernel, own,
	       100.0 * (double)(kernel_ns + own_ns) / all_ns);
}
