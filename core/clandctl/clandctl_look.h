/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_look.h - what the subcommands share that look on for a while and write a file of it
 * (record, trace): -o, --for and --buffer; a file that takes its place only when it is whole; the
 * end by Ctrl-C; what it has cost.
 */
#ifndef CLAND_CLANDCTL_LOOK_H
#define CLAND_CLANDCTL_LOOK_H

#include <stdint.h>
#include <stdio.h>

struct clandctl_look {
	const char *path;
	uint64_t duration_ns;
	uint32_t ring_kib;	/* a power of two */
	int stop_fd;		/* readable when somebody wants us to end; such signals do nothing else */
	FILE *file;		/* beside its place yet */
	char place[4096];	/* path behind its links */
	char beside[4104];	/* what it is called yet; "": it is written in place, being a device or a pipe */
};

/*
 * clandctl_look_begin - read the subcommand's line, argv[0] being its name, and make the file.
 * Returns EXIT_CODE_OK, and *ret_look is the caller's to clandctl_look_end(); or another
 * EXIT_CODE_*, having said why.
 */
int clandctl_look_begin(int argc, char *argv[], struct clandctl_look *ret_look);

/*
 * clandctl_look_end - have the file take its place, if code is EXIT_CODE_OK, or remove it. Returns
 * code, or another EXIT_CODE_*, having said why. Where the file was stdout, what is printed from
 * then on goes to stderr.
 */
int clandctl_look_end(struct clandctl_look *look, int code);

/* clandctl_look_failed - say it of a file that could not be written; err: -errno. Returns EXIT_CODE_FAILED. */
int clandctl_look_failed(const struct clandctl_look *look, int err);

/*
 * clandctl_look_print_cost - a line: CPU time in ns, of the programs in the kernel and of this
 * process, and what part of all CPU time in duration_ns that is.
 */
void clandctl_look_print_cost(const char *what, uint64_t kernel_ns, uint64_t own_ns,
			      uint64_t duration_ns, uint32_t nr_cpus);

#endif
