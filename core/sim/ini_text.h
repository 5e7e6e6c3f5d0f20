/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ini_text.h - an INI file as a row of keys with their lines, and the kinds of values that files of
 * the simulator have. Non-logging.
 */
#ifndef CLAND_SIM_INI_TEXT_H
#define CLAND_SIM_INI_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "cpuset.h"
#include "diag.h"

#define INI_TEXT_MAX (1024 * 1024)

struct ini_place {
	const char *path;
	unsigned int line;
	const char *section, *key;
};

/*
 * Takes one key, or, with "" and the value NULL, the beginning of a section. Returns 0, or -errno
 * with a sentence, which ends the reading.
 */
typedef int ini_text_key_fn(void *data, const struct ini_place *place, const char *value,
			    struct diag *diag);

/* ini_text_parse - hand the text's keys to with(). Returns 0, or -errno with a sentence. */
int ini_text_parse(const char *path, const char *text, size_t size, ini_text_key_fn *with,
		   void *data, struct diag *diag);

/*
 * file_text_read - the whole file, at most max bytes (a pipe will do), with a NUL behind it.
 * *ret_text is the caller's to free. Returns 0, or -errno with a sentence.
 */
int file_text_read(const char *path, size_t max, char **ret_text, size_t *ret_size,
		   struct diag *diag);

/* ini_error - "FILE:LINE: [SECTION] KEY: ...". Returns err. */
__attribute__((format(printf, 4, 5))) int ini_error(const struct ini_place *place, int err,
						    struct diag *diag, const char *fmt, ...);

/* Each returns 0, or -EINVAL with a sentence that says what was expected. */
int ini_number(const struct ini_place *place, const char *value, uint64_t min, uint64_t max,
	       uint64_t *ret_value, struct diag *diag);
int ini_signed(const struct ini_place *place, const char *value, int64_t min, int64_t max,
	       int64_t *ret_value, struct diag *diag);
/* 10s, 16.667ms, 50us, 300ns */
int ini_time(const struct ini_place *place, const char *value, uint64_t *ret_ns,
	     struct diag *diag);
/* 0-3,8 */
int ini_cpus(const struct ini_place *place, const char *value, struct cpuset *ret_cpus,
	     struct diag *diag);

/* time_parse - the value of ini_time(). Returns 0 or -EINVAL. */
int time_parse(const char *value, uint64_t *ret_ns);

#endif
